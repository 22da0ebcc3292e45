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
pub fn parse_rows(bytes: &[u8]) -> Result<Vec<Row>, Error> {
    let mut rows = RowReader::new(bytes.to_vec())?;
    let (mut cells, mut parsed) = (StringRecord::new(), Vec::new());
    while parsed.len() <= MAX_PREDICT_ROWS && rows.next(&mut cells)?.is_some() {
        parsed.push(rows.row(&cells, |_| true));
    }
    Ok(parsed)
}
