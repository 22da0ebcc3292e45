//! Rows to predict, from a CSV body.

use csv::StringRecord;
use domain::{
    dataset::DatasetFormat,
    model::{MAX_PREDICT_ROWS, Row},
};
use serde_json::Value;

use crate::{
    Error, cell,
    read::{Input, Rows},
};

/// Reads a CSV with a header into rows; empty cells are missing. Stops one row beyond the most that may be predicted.
pub fn parse_rows(bytes: &[u8]) -> Result<Vec<Row>, Error> {
    let mut rows = Rows::from_reader(Input::from_bytes(bytes.to_vec()), DatasetFormat::Csv)?;
    let (mut record, mut parsed) = (StringRecord::new(), Vec::new());
    while parsed.len() <= MAX_PREDICT_ROWS && rows.next(&mut record)?.is_some() {
        let value = |text: &str| if cell::is_missing(text) { Value::Null } else { Value::String(text.to_owned()) };
        parsed.push(rows.columns().iter().zip(&record).map(|(name, text)| (name.clone(), value(text))).collect());
    }
    Ok(parsed)
}
