//! Rows of text with their line numbers, whatever the format. Memory is bounded by the longest row.

mod csv;
mod json_object;
mod jsonl;
mod limited;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ::csv::StringRecord;
use domain::dataset::DatasetFormat;

use crate::{Error, Progress, Source};

/// Most columns of a table.
const MAX_COLUMNS: usize = 10_000;
/// Letters of the name of a column: it is in every list, form and message about it.
const MAX_NAME_CHARS: usize = 1_000;

/// Column names, then rows of as many trimmed cells.
pub(crate) struct Rows {
    columns: Vec<String>,
    inner: Inner,
}

enum Inner {
    Csv(csv::CsvRows),
    Jsonl(jsonl::JsonRows),
}

impl Rows {
    /// Opens a file and reads its column names.
    pub(crate) fn open(source: &Source) -> Result<Self, Error> {
        Self::open_watched(source, Arc::default())
    }

    /// [`Rows::open`], and `progress` counts the bytes that are read.
    pub(crate) fn open_watched(source: &Source, progress: Arc<Progress>) -> Result<Self, Error> {
        let file = limited::open(source, progress)?;
        Self::from_reader(file, source.format)
    }

    pub(crate) fn from_reader(reader: limited::Input, format: DatasetFormat) -> Result<Self, Error> {
        let (columns, inner) = match format {
            DatasetFormat::Csv => {
                let (columns, rows) = csv::CsvRows::open(reader, None)?;
                (columns, Inner::Csv(rows))
            }
            DatasetFormat::Tsv => {
                let (columns, rows) = csv::CsvRows::open(reader, Some(b'\t'))?;
                (columns, Inner::Csv(rows))
            }
            DatasetFormat::Jsonl => {
                let (columns, rows) = jsonl::JsonRows::open(reader)?;
                (columns, Inner::Jsonl(rows))
            }
            DatasetFormat::Images => {
                return Err(Error::file("This is an archive of images, which has no rows of cells."));
            }
        };
        check_names(&columns)?;
        Ok(Self { columns, inner })
    }

    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The delimiter, and where the rows begin in the file, in bytes; `None` when rows are not lines of cells.
    pub(crate) fn place(&self) -> Option<(u8, u64)> {
        match &self.inner {
            Inner::Csv(rows) => Some(rows.place()),
            Inner::Jsonl(_) => None,
        }
    }

    /// Reads the next row into `row` and returns its line; `None` at the end. After an error about one row the next call
    /// goes on with the row after it.
    pub(crate) fn next(&mut self, row: &mut StringRecord) -> Result<Option<u64>, Error> {
        match &mut self.inner {
            Inner::Csv(rows) => rows.next(row),
            Inner::Jsonl(rows) => rows.next(&self.columns, row),
        }
    }
}

pub(crate) use limited::Input;

fn check_names(columns: &[String]) -> Result<(), Error> {
    if columns.len() > MAX_COLUMNS {
        return Err(Error::at(1, format!("There are {} columns; at most {MAX_COLUMNS} are read.", columns.len())));
    }
    let mut seen = std::collections::HashMap::new();
    for (at, name) in columns.iter().enumerate() {
        if name.is_empty() {
            return Err(Error::at(1, format!("Column {} has no name. Give every column one.", at + 1)));
        }
        if name.chars().count() > MAX_NAME_CHARS {
            let message =
                format!("The name of column {} has more than {MAX_NAME_CHARS} letters. Give it a shorter one.", at + 1);
            return Err(Error::at(1, message));
        }
        if name.chars().any(char::is_control) {
            return Err(Error::at(1, format!("The name of column {} has a line break or control character.", at + 1)));
        }
        if let Some(first) = seen.insert(name, at + 1) {
            let message = format!("Columns {first} and {} have the same name, \"{name}\". Rename one.", at + 1);
            return Err(Error::at(1, message));
        }
    }
    Ok(())
}
