//! Predictions for a whole CSV file: the file again, with what the model says of each row at the end of the row.

use std::collections::HashSet;

use csv::{StringRecord, Writer};
use dataset::RowReader;
use domain::{ApiError, ErrorCode, error::FieldErrors, model::Prediction};

use crate::{Predictor, predict::MAX_ANSWERS};

/// Rows that are in memory as more than text.
const PIECE: usize = 4_096;

impl Predictor {
    /// The file with new columns at its end: `predicted_<target>`, and for classes `probability_<class>` of each. Columns
    /// that the model does not know stay as they are; new columns take the place of old ones of the same name.
    ///
    /// # Errors
    /// `invalid_dataset` with the line, when it is not a CSV file or lacks a column that the model was trained on;
    /// `validation_failed` with fields such as `line 3.petal_length`.
    pub fn predict_csv(&self, csv: Vec<u8>) -> Result<Vec<u8>, ApiError> {
        let mut reader = RowReader::new(csv).map_err(|error| error.refusal())?;
        self.check_columns(reader.columns())?;
        let classes = self.encoder().classes();
        let mut added = vec![format!("predicted_{}", self.encoder().target())];
        added.extend(classes.iter().map(|class| format!("probability_{class}")));
        let kept: Vec<bool> = reader.columns().iter().map(|name| !added.contains(name)).collect();
        let known: HashSet<&str> = self.encoder().inputs().iter().map(dataset::Input::name).collect();
        let wanted: Vec<bool> = reader.columns().iter().map(|name| known.contains(name.as_str())).collect();
        let keep = |cells: &StringRecord| -> StringRecord {
            cells.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(cell, _)| cell).collect()
        };
        let mut writer = Writer::from_writer(Vec::new());
        let mut header = keep(&StringRecord::from(reader.columns().to_vec()));
        header.extend(&added);
        write(&mut writer, &header)?;
        let piece = PIECE.min(MAX_ANSWERS / classes.len().max(1)).max(1);
        let (mut lines, mut records, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        let mut cells = StringRecord::new();
        let mut errors = FieldErrors::default();
        loop {
            let line = reader.next(&mut cells).map_err(|error| error.refusal())?;
            if let Some(line) = line {
                lines.push(line);
                rows.push(reader.row(&cells, |at| wanted[at]));
                records.push(keep(&cells));
            }
            if rows.len() == piece || line.is_none() {
                let predictions = self.ask(&rows, &|at| format!("line {}", lines[at]), &mut errors);
                for (record, prediction) in records.iter_mut().zip(predictions) {
                    self.append(record, prediction);
                    write(&mut writer, record)?;
                }
                lines.clear();
                records.clear();
                rows.clear();
            }
            if line.is_none() {
                break;
            }
        }
        errors.into_result()?;
        writer.into_inner().map_err(|_| ApiError::internal())
    }

    /// A cell may be empty, but a column that is not there at all is another file, or has another name.
    fn check_columns(&self, columns: &[String]) -> Result<(), ApiError> {
        let there: HashSet<&str> = columns.iter().map(String::as_str).collect();
        let inputs = self.encoder().inputs().iter().map(dataset::Input::name);
        let absent: Vec<&str> = inputs.filter(|name| !there.contains(name)).collect();
        if absent.is_empty() {
            return Ok(());
        }
        let why = format!("The file lacks columns that the model was trained on: {}.", absent.join(", "));
        Err(ApiError::new(ErrorCode::InvalidDataset, why.clone()).with_field("file", why))
    }

    fn append(&self, record: &mut StringRecord, prediction: Prediction) {
        match prediction {
            Prediction::Value { value } => record.push_field(&value.to_string()),
            Prediction::Label { label, probabilities } => {
                record.push_field(&label);
                for class in self.encoder().classes() {
                    record.push_field(&probabilities.get(class).copied().unwrap_or_default().to_string());
                }
            }
        }
    }
}

/// Into memory, which does not fail.
fn write(writer: &mut Writer<Vec<u8>>, record: &StringRecord) -> Result<(), ApiError> {
    writer.write_record(record).map_err(|_| ApiError::internal())
}

#[cfg(feature = "train")]
#[cfg(test)]
mod tests {
    use std::path::Path;

    use domain::{
        ErrorCode,
        model::{Prediction, Row},
    };

    use crate::{Predictor, train::tests::Job};

    fn iris() -> Predictor {
        Predictor::load(Path::new(&Job::iris(3).delivered().model_dir)).unwrap()
    }

    fn predicted(model: &Predictor, csv: &str) -> Vec<Vec<String>> {
        let bytes = model.predict_csv(csv.into()).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn a_file_comes_back_with_what_the_model_says_of_each_row() {
        let model = iris();
        let row = |plot: &str, numbers: &str| format!("\"{plot}\",{numbers}\n");
        let mut csv = "plot,sepal_length,sepal_width,petal_length,petal_width\n".to_owned();
        csv += &row("a 1", "5.1,3.5,1.4,0.2");
        csv += &row("a, \"\"2\"\"", "5.1,3.5,1.4,0.2");
        // More rows than are asked about at once.
        for _ in 0..5_000 {
            csv += &row("b", ",,4.7,1.4");
        }
        let found = predicted(&model, &csv);
        assert_eq!((found.len(), found[2][0].as_str()), (5_003, "a, \"2\""));
        let added = ["predicted_species", "probability_setosa", "probability_versicolor", "probability_virginica"];
        assert!(found[0][..2] == ["plot", "sepal_length"] && found[0][5..] == added, "{:?}", found[0]);
        assert_eq!(found[1][..5], ["a 1", "5.1", "3.5", "1.4", "0.2"]);
        let asked: Vec<Row> = serde_json::from_str(r#"[{"petal_length": 4.7, "petal_width": "1.4"}]"#).unwrap();
        let [Prediction::Label { label, probabilities }] = &model.predict(&asked).unwrap()[..] else { panic!() };
        for row in [&found[3], &found[5_002]] {
            assert_eq!((&row[5], &row[6]), (label, &probabilities["setosa"].to_string()));
        }
        // A file that was predicted before is predicted again, not twice.
        let again: String = found.iter().take(2).map(|row| row.join(",") + "\n").collect();
        let again = predicted(&model, &again);
        assert_eq!((again[0].as_slice(), &again[1][5..]), (found[0].as_slice(), &found[1][5..]));
    }

    #[test]
    fn what_is_wrong_with_a_file_names_the_line_or_the_column() {
        let model = iris();
        let refused = |csv: &str| model.predict_csv(csv.into()).unwrap_err();
        let lacking = refused("petal_length,petal_width\n1,2\n");
        assert_eq!(lacking.code, ErrorCode::InvalidDataset);
        assert!(lacking.message.ends_with("sepal_length, sepal_width."), "{lacking}");
        let all = "sepal_length,sepal_width,petal_length,petal_width\n";
        let words = refused(&format!("{all}1,2,3,4\n\n1,2,long,4\n1,wide,3,4\n"));
        assert_eq!(words.fields.keys().collect::<Vec<_>>(), ["line 4.petal_length", "line 5.sepal_width"]);
        assert!(refused(&format!("{all}1,2,3\n")).message.contains("Line 2"));
        assert_eq!(refused("").code, ErrorCode::InvalidDataset);
        assert_eq!(predicted(&model, all).len(), 1, "no rows are no mistake");
    }
}
