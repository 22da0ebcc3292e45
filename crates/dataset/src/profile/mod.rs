//! One pass over a file: what each column holds, and what could be learned from it.

mod column;
mod counts;
mod naming;
mod suggest;

use csv::StringRecord;
use domain::dataset::{DatasetFormat, DatasetProfile, Problem};

use self::column::ColumnProfiler;
pub(crate) use self::counts::{Counts, MAX_TOP};
use crate::{Error, Source, images, read::Rows};

/// Oddities that are listed at most.
const WARNINGS: usize = 20;

/// Reads a file once. Memory is bounded whatever its size.
pub fn profile(source: &Source) -> Result<DatasetProfile, Error> {
    if source.format == DatasetFormat::Images {
        return images::profile(source);
    }
    let mut rows = Rows::open(source)?;
    let mut profiler = Profiler::new(rows.columns());
    let mut row = StringRecord::new();
    while let Some(line) = rows.next(&mut row)? {
        profiler.add(line, &row);
    }
    profiler.finish()
}

/// Takes rows one by one.
pub(crate) struct Profiler {
    rows: u64,
    columns: Vec<ColumnProfiler>,
}

impl Profiler {
    pub(crate) fn new(names: &[String]) -> Self {
        let columns = names.iter().map(|name| ColumnProfiler::new(name, names.len())).collect();
        Self { rows: 0, columns }
    }

    pub(crate) fn add(&mut self, line: u64, row: &StringRecord) {
        self.rows += 1;
        for (column, text) in self.columns.iter_mut().zip(row) {
            column.add(line, text);
        }
    }

    pub(crate) fn finish(self) -> Result<DatasetProfile, Error> {
        if self.rows == 0 {
            return Err(Error::file("The file has column names but no rows."));
        }
        let mut warnings = Vec::new();
        let mut columns = Vec::with_capacity(self.columns.len());
        for profiler in self.columns {
            let (column, warning) = profiler.finish(self.rows)?;
            warnings.extend(warning.map(|(line, message)| Problem {
                line,
                column: Some(column.name.clone()),
                message,
            }));
            columns.push(column);
        }
        warnings.truncate(WARNINGS);
        let target = suggest::target(&columns, self.rows);
        let suggested_target = target.map(|at| columns[at].name.clone());
        let mut profile = DatasetProfile { rows: self.rows, columns, suggested_target, suggested_task: None, warnings };
        profile.suggested_task = target.and_then(|at| profile.task_for(&profile.columns[at], None));
        Ok(profile)
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        dataset::{ColumnType, DatasetFormat, DatasetProfile},
        job::Task,
    };

    use super::Profiler;
    use crate::{
        Sample,
        read::{Input, Rows},
    };

    fn profile(text: &[u8]) -> DatasetProfile {
        let mut rows = Rows::from_reader(Input::from_bytes(text.to_vec()), DatasetFormat::Csv).unwrap();
        let mut profiler = Profiler::new(rows.columns());
        let mut row = csv::StringRecord::new();
        while let Some(line) = rows.next(&mut row).unwrap() {
            profiler.add(line, &row);
        }
        profiler.finish().unwrap()
    }

    #[test]
    fn the_samples_are_what_they_are() {
        let of = |name| profile(Sample::find(name).unwrap().bytes);
        let found = ["iris", "wine", "breast_cancer", "diabetes", "sample_dataset", "messages"].map(|name| {
            let profile = of(name);
            (profile.rows, profile.suggested_target.unwrap(), profile.suggested_task.unwrap())
        });
        let expected = [
            (150, "species", Task::Multiclass),
            (178, "cultivar", Task::Multiclass),
            (569, "diagnosis", Task::Binary),
            (442, "progression", Task::Regression),
            (200, "y", Task::Regression),
            (800, "topic", Task::TextClassification),
        ];
        assert_eq!(found, expected.map(|(rows, target, task)| (rows, target.to_owned(), task)));
        let iris = of("iris");
        let petal = iris.column("petal_length").unwrap();
        let numbers = petal.numeric.as_ref().unwrap();
        assert_eq!((numbers.min, numbers.max, petal.unique, petal.missing), (1.0, 6.9, 43, 0));
        assert!((numbers.mean - 3.758).abs() < 1e-3 && (numbers.std - 1.7594).abs() < 1e-3);
        assert_eq!(numbers.histogram.iter().sum::<u64>(), 150);
        let species = iris.column("species").unwrap();
        assert_eq!((species.kind, species.unique, species.rarest), (ColumnType::Categorical, 3, Some(50)));
        assert_eq!(iris.default_features("species").len(), 4);
    }

    #[test]
    fn types_are_told_apart() {
        let mut text = String::from("id,name,when,ok,city,note,amount,mixed\n");
        for row in 0..40 {
            let city = ["Rome", "Oslo"][row % 2];
            let amount = if row == 3 { "NA".to_owned() } else { format!("{}", row * 3 % 7) };
            let mixed = if row == 5 { "unknown".to_owned() } else { row.to_string() };
            text += &format!(
                "{},user{row},2026-01-{:02},{},{city},this is note {row},{amount},{mixed}\n",
                row + 1,
                row % 28 + 1,
                row % 3 == 0
            );
        }
        let profile = profile(text.as_bytes());
        let kinds: Vec<ColumnType> = profile.columns.iter().map(|column| column.kind).collect();
        use ColumnType::{Boolean, Categorical, Date, Id, Numeric, Text};
        assert_eq!(kinds, [Id, Id, Date, Boolean, Categorical, Text, Numeric, Id]);
        assert_eq!(profile.column("amount").unwrap().missing, 1);
        let warning = &profile.warnings[0];
        assert_eq!((warning.column.as_deref(), warning.line), (Some("mixed"), Some(7)));
        assert!(warning.message.contains("unknown"), "{}", warning.message);
    }

    #[test]
    fn numbers_are_counted_by_value() {
        let profile = profile(b"a,b\n1,x\n1.0,y\n2,x\n");
        let a = profile.column("a").unwrap();
        assert_eq!((a.unique, a.rarest), (2, Some(1)));
        assert_eq!(a.top[0].value, "1");
        assert!(a.numeric.as_ref().unwrap().integer);
    }

    #[test]
    fn everything_told_of_the_largest_numbers_is_finite() {
        let rows: String = (0..100).map(|row| if row % 2 == 0 { "3.4e38\n" } else { "-3.4e38\n" }).collect();
        let profile = profile(format!("x\n{rows}").as_bytes());
        let numbers = profile.columns[0].numeric.as_ref().unwrap();
        assert!([numbers.min, numbers.max, numbers.mean, numbers.std].into_iter().all(f64::is_finite), "{numbers:?}");
        assert_eq!((numbers.histogram[0], numbers.histogram[19]), (50, 50));
        let stored = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<DatasetProfile>(&stored).unwrap(), profile);
    }

    #[test]
    fn consecutive_numbers_name_rows_only_under_a_name_that_says_so() {
        let names = ["x", "day", "step", "id", "PassengerId", "No.", "index", "code_id", "no"];
        let mut text = format!("{}\n", names.join(","));
        // The last two are all different, but not consecutive.
        (1..=100).for_each(|row| text += &format!("{}{},{}\n", format!("{row},").repeat(7), row * 3, row * row));
        let kinds: Vec<ColumnType> = profile(text.as_bytes()).columns.iter().map(|column| column.kind).collect();
        use ColumnType::{Id, Numeric};
        assert_eq!(kinds, [Numeric, Numeric, Numeric, Id, Id, Id, Id, Id, Numeric]);
    }

    #[test]
    fn a_line_through_whole_numbers_can_be_learned() {
        let mut text = String::from("x,y\n");
        (1..=100).for_each(|x| text += &format!("{x},{}\n", 2 * x));
        let profile = profile(text.as_bytes());
        assert_eq!((profile.suggested_target.as_deref(), profile.suggested_task), (Some("y"), Some(Task::Regression)));
        assert_eq!(profile.default_features("y"), ["x"]);
    }

    #[test]
    fn a_table_of_many_columns_keeps_few_values_of_each() {
        let names: Vec<String> = (0..2_500).map(|column| format!("c{column}")).collect();
        let mut profiler = Profiler::new(&names);
        for row in 0..1_000 {
            let cells: Vec<String> = (0..2_500).map(|column| format!("{row}.{column}")).collect();
            profiler.add(row + 2, &csv::StringRecord::from(cells));
        }
        let kept: usize = profiler.columns.iter().map(super::ColumnProfiler::kept).sum();
        assert!(kept <= 2 * 2_000_000, "{kept}");
        let profile = profiler.finish().unwrap();
        let drawn = profile.columns[7].numeric.as_ref().unwrap().histogram.iter().sum::<u64>();
        assert!(drawn.abs_diff(1_000) < 20, "{drawn}");
    }
}
