//! Rows to predict, from a CSV body.

use csv::StringRecord;
use domain::{
    dataset::DatasetFormat,
    model::{MAX_PREDICT_ROWS, Row},
};
use serde_json::Value;

use crate::{
    Error, Source, cell,
    read::{Input, Rows},
};

/// Cells of all rows: as values with the name of their column they are a hundred times as large as a comma.
const MAX_CELLS: usize = 2_000_000;

/// The rows of a table, one after the other.
pub struct RowReader(Rows);

impl RowReader {
    /// Opens a file of any format with columns and reads their names.
    ///
    /// # Errors
    /// When there are none.
    pub fn open(source: &Source) -> Result<Self, Error> {
        Rows::open(source).map(Self)
    }

    /// Reads the header of CSV.
    ///
    /// # Errors
    /// When there is none.
    pub fn new(bytes: Vec<u8>) -> Result<Self, Error> {
        Rows::from_reader(Input::from_bytes(bytes), DatasetFormat::Csv).map(Self)
    }

    /// As the header names them.
    pub fn columns(&self) -> &[String] {
        self.0.columns()
    }

    /// Reads the cells of the next row into `cells` and returns its line; `None` at the end.
    ///
    /// # Errors
    /// When it has more or fewer cells than the header.
    pub fn next(&mut self, cells: &mut StringRecord) -> Result<Option<u64>, Error> {
        self.0.next(cells)
    }

    /// The cells as a row to predict, of those columns, by their place, that are `wanted`; an empty one is missing.
    pub fn row(&self, cells: &StringRecord, wanted: impl Fn(usize) -> bool) -> Row {
        let value = |text: &str| if cell::is_missing(text) { Value::Null } else { Value::String(text.to_owned()) };
        let columns = self.columns().iter().zip(cells).enumerate().filter(|(at, _)| wanted(*at));
        columns.map(|(_, (name, text))| (name.clone(), value(text))).collect()
    }
}

/// Reads a CSV with a header into rows; empty cells are missing. Stops one row beyond the most that may be predicted.
///
/// # Errors
/// With the line of what cannot be read.
pub fn parse_rows(bytes: &[u8]) -> Result<Vec<Row>, Error> {
    let mut rows = RowReader::new(bytes.to_vec())?;
    let most = MAX_CELLS / rows.columns().len().max(1);
    let (mut cells, mut parsed) = (StringRecord::new(), Vec::new());
    while parsed.len() <= MAX_PREDICT_ROWS
        && let Some(line) = rows.next(&mut cells)?
    {
        if parsed.len() == most {
            let message =
                format!("With so many columns at most {most} rows can be predicted at a time. Send fewer rows.");
            return Err(Error::at(line, message));
        }
        parsed.push(rows.row(&cells, |_| true));
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::parse_rows;

    #[test]
    fn commas_do_not_become_gigabytes() {
        let names: Vec<String> = (0..10_000).map(|column| format!("c{column}")).collect();
        let row = format!("{}\n", ",".repeat(9_999));
        let of = |rows: usize| parse_rows(format!("{}\n{}", names.join(","), row.repeat(rows)).as_bytes());
        assert_eq!(of(200).unwrap().len(), 200);
        let error = of(201).unwrap_err().to_string();
        assert!(error.starts_with("Line 202: With so many columns at most 200 rows"), "{error}");
    }
}
