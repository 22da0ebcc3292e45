//! The columns that a job needs, in memory: numbers, or codes of words.

use std::{collections::HashMap, sync::Arc};

use csv::StringRecord;
use domain::{
    dataset::DatasetFormat,
    job::{JobSpec, MAX_CLASSES, ModelSpec, SplitBy},
};

use crate::{
    Error, Progress, Source, cell,
    images::{self, Picture},
    plain::{self, Layout},
    read::Rows,
    text::{self, Texts},
};

/// A word that is missing.
pub(crate) const NO_WORD: u32 = u32::MAX;
/// Different words of one column.
const MAX_WORDS: usize = 1_000_000;
/// Letters of the name of a class: every answer of the model repeats the names of all.
const MAX_LABEL_CHARS: usize = 200;

/// The values of one column, one a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Column {
    /// NaN is missing.
    Numbers(Vec<f32>),
    /// Positions in `words`; [`NO_WORD`] is missing.
    Words {
        codes: Vec<u32>,
        words: Vec<String>,
    },
    Texts(Texts),
    Images(Vec<Picture>),
}

/// What is to be predicted, one a row; never missing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    Numbers(Vec<f64>),
    Classes { codes: Vec<u32>, names: Vec<String> },
}

/// The values of the column that rows are split by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum By {
    /// Positions of groups; rows without a value are one, too.
    Groups { codes: Vec<u32>, groups: usize },
    /// Numbers, or seconds; missing is before everything.
    Times(Vec<f64>),
}

/// The features and the target of a job. Rows without a target are left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub(crate) columns: Vec<(String, Column)>,
    pub(crate) target: Target,
    /// What decides which rows are for what, where that is a column; one a row.
    pub(crate) by: Option<By>,
    /// Names of the columns of the file that the job does not use.
    pub(crate) others: Vec<String>,
    rows: usize,
    left_out: u64,
}

impl Table {
    /// Reads what `spec` names. A feature is numeric when every value is a number, otherwise it is words.
    ///
    /// # Errors
    /// With line and column for a cell that cannot be used, or the name of a column that is not there.
    pub fn read(source: &Source, spec: &JobSpec) -> Result<Self, Error> {
        Self::read_watched(source, spec, &Arc::default())
    }

    /// [`Table::read`], and `progress` says how far it is.
    ///
    /// # Errors
    /// As [`Table::read`].
    pub fn read_watched(source: &Source, spec: &JobSpec, progress: &Arc<Progress>) -> Result<Self, Error> {
        if source.format == DatasetFormat::Images {
            return Self::read_images(source, spec, progress);
        }
        match Self::read_plain(source, spec, progress)? {
            Some(table) => Ok(table),
            None => Self::read_line_by_line(source, spec, progress),
        }
    }

    /// Reads a file of numbers on all cores; `None` when it is something else.
    pub(crate) fn read_plain(source: &Source, spec: &JobSpec, progress: &Progress) -> Result<Option<Self>, Error> {
        if source.gzip || !spec.task.is_table() || spec.split != SplitBy::Random {
            return Ok(None);
        }
        let rows = Rows::open(source)?;
        let Some((delimiter, begin)) = rows.place() else { return Ok(None) };
        let position = |name: &String| position(&rows, name);
        let layout = Layout {
            delimiter,
            begin,
            width: rows.columns().len(),
            target: position(&spec.target)?,
            classes: spec.task.is_classification(),
            features: spec.features.iter().map(position).collect::<Result<_, _>>()?,
        };
        let Some(read) = plain::read(&source.path, &layout, progress) else { return Ok(None) };
        let target = if layout.classes {
            class_target(Dictionary { codes: read.codes, words: read.words, by_word: HashMap::new() })
        } else {
            Target::Numbers(read.target)
        };
        check_classes(&target, spec)?;
        let columns = spec.features.iter().cloned().zip(read.features.into_iter().map(Column::Numbers)).collect();
        let others = others(&rows, spec);
        Ok(Some(Self { columns, target, by: None, others, rows: read.rows, left_out: read.left_out }))
    }

    fn read_images(source: &Source, spec: &JobSpec, progress: &Progress) -> Result<Self, Error> {
        let images::Labelled { pictures, codes, classes } = images::read(source, spec, progress)?;
        let target = class_target(Dictionary { codes, words: classes, by_word: HashMap::new() });
        check_classes(&target, spec)?;
        let rows = pictures.len();
        let columns = spec.features.iter().take(1).cloned().zip([Column::Images(pictures)]).collect();
        Ok(Self { columns, target, by: None, others: Vec::new(), rows, left_out: 0 })
    }

    pub(crate) fn read_line_by_line(source: &Source, spec: &JobSpec, progress: &Arc<Progress>) -> Result<Self, Error> {
        // Twice, unless it turns out that there are no words.
        let passes = if spec.task.is_table() { 2 } else { 1 };
        progress.begin(source.path.metadata()?.len().saturating_mul(passes));
        let mut table = read(source, spec, &spec.features, true, progress)?;
        let wordy: Vec<String> = table
            .columns
            .iter()
            .filter(|(_, column)| matches!(column, Column::Words { .. }))
            .map(|(name, _)| name.clone())
            .collect();
        if !wordy.is_empty() {
            // They looked like numbers until a word came: only now is it known how to read them.
            let mut words = read(source, spec, &wordy, false, progress)?.columns.into_iter();
            for (name, column) in &mut table.columns {
                if matches!(column, Column::Words { .. })
                    && let Some((read, values)) = words.next()
                {
                    debug_assert_eq!(*name, read);
                    *column = values;
                }
            }
        }
        Ok(table)
    }

    /// The columns by their names.
    pub(crate) fn by_name(&self) -> HashMap<&str, &Column> {
        self.columns.iter().map(|(name, column)| (name.as_str(), column)).collect()
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Rows that have no target.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }
}

/// While reading: numbers until proven otherwise.
enum Reading {
    /// With the line and text of the first number that is too large, if there is one.
    Numbers(Vec<f32>, Option<(u64, String)>),
    /// A word came; the column is read again.
    NotNumbers,
    Words(Dictionary),
    Texts(text::Reader),
}

#[derive(Default)]
struct Dictionary {
    codes: Vec<u32>,
    words: Vec<String>,
    by_word: HashMap<String, u32>,
}

impl Dictionary {
    fn add(&mut self, text: &str) -> Option<()> {
        let code = match self.by_word.get(text) {
            Some(code) => *code,
            None if self.words.len() >= MAX_WORDS => return None,
            None => {
                let code = self.words.len() as u32;
                self.words.push(text.to_owned());
                self.by_word.insert(text.to_owned(), code);
                code
            }
        };
        self.codes.push(code);
        Some(())
    }
}

fn others(rows: &Rows, spec: &JobSpec) -> Vec<String> {
    let used = |name: &&String| **name == spec.target || spec.features.contains(name);
    rows.columns().iter().filter(|name| !used(name)).cloned().collect()
}

fn read(
    source: &Source,
    spec: &JobSpec,
    features: &[String],
    numbers_first: bool,
    progress: &Arc<Progress>,
) -> Result<Table, Error> {
    let mut rows = Rows::open_watched(source, Arc::clone(progress))?;
    let target_at = position(&rows, &spec.target)?;
    let positions: Vec<usize> = features.iter().map(|name| position(&rows, name)).collect::<Result<_, _>>()?;
    let start = || match &spec.model {
        ModelSpec::Transformer(spec) => Reading::Texts(text::Reader::new(spec.max_tokens)),
        _ if numbers_first => Reading::Numbers(Vec::new(), None),
        _ => Reading::Words(Dictionary::default()),
    };
    let mut columns: Vec<Reading> = positions.iter().map(|_| start()).collect();
    let by = spec.split.column().map(|name| Ok::<_, Error>((position(&rows, name)?, name))).transpose()?;
    let (mut groups, mut times) = (Dictionary::default(), Vec::new());
    let mut numbers: Vec<f64> = Vec::new();
    let mut classes = Dictionary::default();
    let (mut count, mut left_out) = (0, 0);
    let mut row = StringRecord::new();
    while let Some(line) = rows.next(&mut row)? {
        let target = row.get(target_at).unwrap_or_default();
        if cell::is_missing(target) {
            left_out += 1;
            continue;
        }
        if spec.task.is_classification() {
            let too_many = || Error::cell(line, &spec.target, "There are too many classes.");
            classes.add(target).ok_or_else(too_many)?;
        } else {
            let value = cell::number(target).ok_or_else(|| {
                let why = if cell::is_too_large(target) {
                    cell::too_large(target)
                } else {
                    format!("\"{target}\" is not a number, so it cannot be predicted as one.")
                };
                Error::cell(line, &spec.target, why)
            })?;
            numbers.push(value);
        }
        if let Some((at, name)) = by {
            let text = row.get(at).unwrap_or_default();
            match spec.split {
                SplitBy::Time { .. } => times.push(time(text).ok_or_else(|| {
                    Error::cell(line, name, format!("\"{text}\" is neither a number nor a date such as 2026-11-27."))
                })?),
                _ => groups.add(&group(text)).ok_or_else(|| Error::cell(line, name, "There are too many groups."))?,
            }
        }
        for ((column, &at), name) in columns.iter_mut().zip(&positions).zip(features) {
            let text = row.get(at).unwrap_or_default();
            add(column, line, text).ok_or_else(|| Error::cell(line, name, "There are too many different words."))?;
        }
        count += 1;
    }
    let finish = |(reading, name): (Reading, &String)| {
        let column = match reading {
            Reading::Numbers(_, Some((line, text))) => return Err(Error::cell(line, name, cell::too_large(&text))),
            Reading::Numbers(values, None) => Column::Numbers(values),
            Reading::NotNumbers => Column::Words { codes: Vec::new(), words: Vec::new() },
            Reading::Words(dictionary) => Column::Words { codes: dictionary.codes, words: dictionary.words },
            Reading::Texts(reader) => Column::Texts(reader.finish()),
        };
        Ok((name.clone(), column))
    };
    let target = if spec.task.is_classification() { class_target(classes) } else { Target::Numbers(numbers) };
    check_classes(&target, spec)?;
    Ok(Table {
        others: others(&rows, spec),
        by: match spec.split {
            SplitBy::Random => None,
            SplitBy::Group { .. } => Some(By::Groups { codes: groups.codes, groups: groups.words.len() }),
            SplitBy::Time { .. } => Some(By::Times(times)),
        },
        columns: columns.into_iter().zip(features).map(finish).collect::<Result<_, _>>()?,
        target,
        rows: count,
        left_out,
    })
}

/// What names a group, however it is spelt: `7` and `7.0` are one, and so is everything that is missing.
fn group(text: &str) -> String {
    match cell::number(text) {
        _ if cell::is_missing(text) => String::new(),
        Some(number) => cell::number_text(number),
        None => text.to_owned(),
    }
}

/// When a row was, in whatever unit; the oldest when it does not say.
fn time(text: &str) -> Option<f64> {
    if cell::is_missing(text) {
        return Some(f64::NEG_INFINITY);
    }
    cell::number(text).or_else(|| cell::seconds(text))
}

fn position(rows: &Rows, name: &str) -> Result<usize, Error> {
    let found = rows.columns().iter().position(|column| column == name);
    found.ok_or_else(|| Error::column(name, "There is no such column in the file."))
}

fn check_classes(target: &Target, spec: &JobSpec) -> Result<(), Error> {
    if let Target::Classes { names, .. } = target
        && names.len() as u64 > MAX_CLASSES
    {
        let message = format!("Has {} classes; at most {MAX_CLASSES} can be learned.", names.len());
        return Err(Error::column(&spec.target, message));
    }
    if let Target::Classes { names, .. } = target
        && let Some(long) = names.iter().find(|name| name.chars().count() > MAX_LABEL_CHARS)
    {
        let begin: String = long.chars().take(40).collect();
        let message =
            format!("The class that begins with \"{begin}\" has more than {MAX_LABEL_CHARS} letters. Name it shortly.");
        return Err(Error::column(&spec.target, message));
    }
    Ok(())
}

fn add(column: &mut Reading, line: u64, text: &str) -> Option<()> {
    let missing = cell::is_missing(text);
    match column {
        Reading::Numbers(values, _) if missing => values.push(f32::NAN),
        Reading::Numbers(values, too_large) => match cell::number(text) {
            Some(value) => values.push(value as f32),
            // Only a mistake if no word comes: then it is a column of numbers.
            None if cell::is_too_large(text) => {
                values.push(f32::NAN);
                too_large.get_or_insert_with(|| (line, text.to_owned()));
            }
            None => *column = Reading::NotNumbers,
        },
        Reading::NotNumbers => {}
        Reading::Texts(reader) => reader.add(if missing { "" } else { text }),
        Reading::Words(dictionary) if missing => dictionary.codes.push(NO_WORD),
        Reading::Words(dictionary) => return dictionary.add(text),
    }
    Some(())
}

/// Classes in the order of the alphabet; of numbers, if all are numbers, where `1` and `1.0` are one class.
fn class_target(classes: Dictionary) -> Target {
    let numeric: Option<Vec<f64>> = classes.words.iter().map(|word| cell::number(word)).collect();
    let labels: Vec<String> = match &numeric {
        Some(values) => values.iter().map(|value| cell::number_text(*value)).collect(),
        None => classes.words,
    };
    let mut order: Vec<usize> = (0..labels.len()).collect();
    match &numeric {
        Some(values) => order.sort_by(|&a, &b| values[a].total_cmp(&values[b])),
        None => order.sort_by(|&a, &b| labels[a].cmp(&labels[b])),
    }
    let mut names: Vec<String> = Vec::new();
    let mut code_of = vec![0_u32; labels.len()];
    for at in order {
        if names.last() != Some(&labels[at]) {
            names.push(labels[at].clone());
        }
        code_of[at] = names.len() as u32 - 1;
    }
    let codes = classes.codes.iter().map(|&code| code_of[code as usize]).collect();
    Target::Classes { codes, names }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use domain::{
        DatasetId,
        dataset::DatasetFormat,
        job::{Device, JobSpec, ModelSpec, Optimizer, SplitBy, Task},
    };

    use super::{Column, NO_WORD, Table, Target};
    use crate::{Error, Source};

    /// A spec with nothing special.
    pub(crate) fn spec(task: Task, target: &str, features: &[&str]) -> JobSpec {
        JobSpec {
            name: "test".into(),
            dataset_id: "00000000-0000-7000-8000-000000000000".parse::<DatasetId>().unwrap(),
            task,
            target: target.into(),
            features: features.iter().map(|name| (*name).to_owned()).collect(),
            model: ModelSpec::Linear,
            optimizer: Optimizer::Adam,
            lr: 0.01,
            learning: domain::job::Learning::default(),
            epochs: 10,
            batch_size: 16,
            validation: 0.15,
            test: 0.15,
            split: SplitBy::Random,
            early_stopping: None,
            seed: 42,
            device: Device::Flex,
            priority: 0,
            max_seconds: None,
            folds: None,
            start_from: None,
            embeddings: true,
            chosen: Vec::new(),
        }
    }

    /// Reads a table from CSV text.
    pub(crate) fn table(text: &[u8], spec: &JobSpec) -> Result<Table, Error> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        let source = Source { path: file.path().to_owned(), format: DatasetFormat::Csv, gzip: false };
        Table::read(&source, spec)
    }

    #[test]
    fn columns_are_numbers_unless_a_word_comes() {
        let text = b"a,b,c,y\n1,x,1,no\n,y,2,yes\n3,,3,\n4,x,four,no\n";
        let table = table(text, &spec(Task::Binary, "y", &["a", "b", "c"])).unwrap();
        assert_eq!((table.rows(), table.left_out()), (3, 1));
        let Column::Numbers(a) = &table.columns[0].1 else { panic!() };
        assert!(a[0] == 1.0 && a[1].is_nan() && a[2] == 4.0);
        let words = |codes: &[u32], words: &[&str]| Column::Words {
            codes: codes.to_vec(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        };
        assert_eq!(table.columns[1].1, words(&[0, 1, 0], &["x", "y"]));
        assert_eq!(table.columns[2].1, words(&[0, 1, 2], &["1", "2", "four"]));
        assert_eq!(table.target, Target::Classes { codes: vec![0, 1, 0], names: vec!["no".into(), "yes".into()] });
        assert_ne!(NO_WORD, 0);
    }

    #[test]
    fn numeric_classes_are_ordered_and_merged_by_value() {
        let table = table(b"a,y\n1,10\n2,2\n3,2.0\n", &spec(Task::Binary, "y", &["a"])).unwrap();
        assert_eq!(table.target, Target::Classes { codes: vec![1, 0, 0], names: vec!["2".into(), "10".into()] });
    }

    #[test]
    fn a_word_in_a_number_to_predict_is_named_with_its_line() {
        let error = table(b"a,y\n1,1\n2,two\n", &spec(Task::Regression, "y", &["a"])).unwrap_err();
        assert!(error.to_string().starts_with("Line 3, column y: \"two\""), "{error}");
        let error = table(b"a,y\n1,1\n2,-1e39\n", &spec(Task::Regression, "y", &["a"])).unwrap_err();
        assert!(error.to_string().starts_with("Line 3, column y: \"-1e39\" is too large"), "{error}");
        let error = table(b"a,y\n1,1\n", &spec(Task::Regression, "y", &["b"])).unwrap_err();
        assert!(error.to_string().starts_with("Column b: "), "{error}");
    }

    #[test]
    fn a_number_beyond_f32_is_named_with_its_line_unless_it_is_a_word_among_words() {
        let numbers = table(b"a,y\n1,1\n1e39,2\n", &spec(Task::Regression, "y", &["a"])).unwrap_err();
        assert!(numbers.to_string().starts_with("Line 3, column a: \"1e39\" is too large"), "{numbers}");
        let hashes = table(b"a,y\n1e39,1\n7f3a,2\n", &spec(Task::Regression, "y", &["a"])).unwrap();
        let Column::Words { words, .. } = &hashes.columns[0].1 else { panic!() };
        assert_eq!(words, &["1e39", "7f3a"]);
    }

    #[test]
    fn a_text_is_no_name_of_a_class() {
        let text = format!("a,y\n1,{}\n2,no\n", "yes ".repeat(60));
        let error = table(text.as_bytes(), &spec(Task::Binary, "y", &["a"])).unwrap_err().to_string();
        assert!(error.starts_with("Column y: The class that begins with \"yes yes") && error.len() < 150, "{error}");
    }

    #[test]
    fn a_target_with_a_class_for_every_row_is_refused() {
        let mut text = String::from("a,y\n");
        (0..1_001).for_each(|row| text += &format!("{row},class{row}\n"));
        let error = table(text.as_bytes(), &spec(Task::Multiclass, "y", &["a"])).unwrap_err();
        assert!(error.to_string().starts_with("Column y: Has 1001 classes"), "{error}");
    }
}
