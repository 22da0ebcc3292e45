//! The first rows as text, as much of them as somebody looks at.

use csv::StringRecord;
use domain::dataset::{DatasetFormat, Preview};

use crate::{Error, Source, images, read::Rows};

/// Letters of a cell. What is cut ends in an ellipsis.
const MAX_CHARS: usize = 2_000;
/// Bytes of all cells: the rows after it are not shown, because a row may have four megabytes or ten thousand columns.
const MAX_BYTES: usize = 8 << 20;
/// What a cell takes beside its text.
const CELL_BYTES: usize = 32;

/// At most `limit` rows.
pub fn preview(source: &Source, limit: usize) -> Result<Preview, Error> {
    if source.format == DatasetFormat::Images {
        return images::preview(source, limit);
    }
    let mut rows = Rows::open(source)?;
    let mut preview = Preview { columns: rows.columns().to_vec(), rows: Vec::new() };
    let mut row = StringRecord::new();
    let mut bytes = 0;
    while preview.rows.len() < limit && bytes < MAX_BYTES && rows.next(&mut row)?.is_some() {
        let cells: Vec<String> = row.iter().map(shown).collect();
        bytes += cells.iter().map(|cell| cell.len() + CELL_BYTES).sum::<usize>();
        preview.rows.push(cells);
    }
    Ok(preview)
}

fn shown(cell: &str) -> String {
    match cell.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &cell[..end]),
        None => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use domain::dataset::DatasetFormat;

    use super::{MAX_BYTES, preview};
    use crate::Source;

    #[test]
    fn only_so_much_is_shown_of_rows_that_are_long() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let names: Vec<String> = (0..2_000).map(|column| format!("c{column}")).collect();
        let long = "é".repeat(2_000);
        let first = format!("{long},{long}x{}", ",".repeat(1_998));
        let other = vec!["x".repeat(100); 2_000].join(",");
        write!(file, "{}\n{first}\n{}", names.join(","), format!("{other}\n").repeat(100)).unwrap();
        let source = Source { path: file.path().to_owned(), format: DatasetFormat::Csv, gzip: false };
        let shown = preview(&source, 1_000).unwrap();
        assert_eq!((&shown.rows[0][0], &shown.rows[0][1]), (&long, &format!("{long}…")));
        let bytes: usize = shown.rows.iter().flatten().map(String::len).sum();
        assert!(bytes < MAX_BYTES && (20..60).contains(&shown.rows.len()), "{bytes} in {} rows", shown.rows.len());
        assert_eq!(preview(&source, 3).unwrap().rows.len(), 3);
    }
}
