//! The first rows as text.

use csv::StringRecord;
use domain::dataset::{DatasetFormat, Preview};

use crate::{Error, Source, images, read::Rows};

/// At most `limit` rows.
pub fn preview(source: &Source, limit: usize) -> Result<Preview, Error> {
    if source.format == DatasetFormat::Images {
        return images::preview(source, limit);
    }
    let mut rows = Rows::open(source)?;
    let mut preview = Preview { columns: rows.columns().to_vec(), rows: Vec::new() };
    let mut row = StringRecord::new();
    while preview.rows.len() < limit && rows.next(&mut row)?.is_some() {
        preview.rows.push(row.iter().map(str::to_owned).collect());
    }
    Ok(preview)
}
