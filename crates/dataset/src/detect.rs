//! What kind of file this is, by its name and its first bytes.

use std::path::PathBuf;

use domain::dataset::{DatasetFormat, Problem};

/// A file with what is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub path: PathBuf,
    pub format: DatasetFormat,
    pub gzip: bool,
}

const ZIP: &[u8] = b"PK";
const GZIP: &[u8] = &[0x1f, 0x8b];
/// First bytes of files that people upload by mistake.
const OTHERS: [(&[u8], &str); 5] = [
    (b"PK\x03\x04", "a zip archive (or an Excel workbook)"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
];

/// Format by name, gzip by content. `head` is the beginning of the file.
///
/// # Errors
/// A sentence that says what is accepted.
pub fn detect(file_name: &str, head: &[u8]) -> Result<(DatasetFormat, bool), Problem> {
    let problem = |message: String| Problem { line: None, column: None, message };
    if matches!(DatasetFormat::from_file_name(file_name), Some((DatasetFormat::Images, _))) {
        if head.starts_with(ZIP) {
            return Ok((DatasetFormat::Images, false));
        }
        let message = "Its name says that this is a zip archive of images, but it does not begin like one.";
        return Err(problem(message.to_owned()));
    }
    if let Some((_, what)) = OTHERS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(problem(format!(
            "This is {what}. Save it as CSV, TSV or JSONL (gzipped or not), or put images into a \
             zip archive whose name ends in .zip, and upload that."
        )));
    }
    let gzip = head.starts_with(GZIP);
    match DatasetFormat::from_file_name(file_name) {
        Some((format, _)) => Ok((format, gzip)),
        None => Err(problem(format!(
            "The name {file_name:?} does not say what kind of file this is. It should end in .csv, .tsv or .jsonl, with \
             .gz behind it if it is gzipped, or in .zip if it is an archive of images."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use domain::dataset::DatasetFormat;

    use super::detect;

    #[test]
    fn format_by_name_gzip_by_content() {
        assert_eq!(detect("a.csv", b"x,y"), Ok((DatasetFormat::Csv, false)));
        assert_eq!(detect("A.TSV.gz", &[0x1f, 0x8b, 8]), Ok((DatasetFormat::Tsv, true)));
        assert_eq!(detect("a.csv.gz", b"x,y"), Ok((DatasetFormat::Csv, false)), "the browser unpacked it");
        assert_eq!(detect("a.ndjson", b"{}"), Ok((DatasetFormat::Jsonl, false)));
        assert!(detect("a.xlsx", b"PK\x03\x04").unwrap_err().message.contains("Excel"));
        assert!(detect("a.csv", b"PK\x03\x04").unwrap_err().message.contains("zip"));
        assert_eq!(detect("pets.ZIP", b"PK\x03\x04"), Ok((DatasetFormat::Images, false)));
        assert!(detect("pets.zip", b"x,y").unwrap_err().message.contains("zip archive"));
        assert!(detect("data", b"x,y").unwrap_err().message.contains(".csv"));
    }
}
