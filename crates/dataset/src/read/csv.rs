//! CSV and TSV (RFC 4180, leniently): BOM, CRLF, quoted line breaks, and the delimiter found by looking.

use std::io::Read;

use csv::{ByteRecord, Reader, ReaderBuilder, StringRecord};

use super::limited::{Input, RowBytes};
use crate::{Error, cell};

/// How much is looked at to find the delimiter.
const SNIFF_BYTES: usize = 64 * 1024;
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
const BOM: &[u8] = &[0xef, 0xbb, 0xbf];

pub(super) struct CsvRows {
    reader: Reader<Input>,
    raw: ByteRecord,
    row_bytes: RowBytes,
    width: usize,
    delimiter: u8,
    /// Bytes of the byte order mark.
    mark: u64,
    crlf: bool,
    /// Nothing more can be read after a failure of the reader itself.
    broken: bool,
}

impl CsvRows {
    pub(super) fn open(mut input: Input, delimiter: Option<u8>) -> Result<(Vec<String>, Self), Error> {
        let mut head = vec![0; SNIFF_BYTES];
        let mut filled = 0;
        while filled < head.len() {
            match input.read(&mut head[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        head.truncate(filled);
        let mark = if head.starts_with(BOM) { BOM.len() } else { 0 };
        head.drain(..mark);
        if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
            return Err(Error::file("The file is UTF-16. Save it as UTF-8."));
        }
        let delimiter = delimiter.unwrap_or_else(|| sniff(&head));
        let crlf = head.iter().position(|&byte| byte == b'\n').is_some_and(|end| end > 0 && head[end - 1] == b'\r');
        let row_bytes = input.row_bytes();
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(input.between(head, if crlf { b"\r\n" } else { b"\n" }));
        let mut rows = Self {
            reader,
            raw: ByteRecord::new(),
            row_bytes,
            width: 0,
            delimiter,
            mark: mark as u64,
            crlf,
            broken: false,
        };
        let mut header = StringRecord::new();
        if rows.read(&mut header)?.is_none() {
            return Err(Error::file("The file is empty. It needs a line of column names and then the rows."));
        }
        let columns: Vec<String> = header.iter().map(str::to_owned).collect();
        if columns.iter().all(|name| cell::number(name).is_some()) {
            let message = "The first line looks like data, not column names. Add a line with a name for each column.";
            return Err(Error::at(1, message));
        }
        rows.width = columns.len();
        Ok((columns, rows))
    }

    /// The delimiter, and where what was not read yet begins in the file, in bytes.
    pub(super) fn place(&self) -> (u8, u64) {
        (self.delimiter, self.mark + self.reader.position().byte())
    }

    pub(super) fn next(&mut self, row: &mut StringRecord) -> Result<Option<u64>, Error> {
        let Some(line) = self.read(row)? else { return Ok(None) };
        if row.len() == self.width {
            return Ok(Some(line));
        }
        let (found, expected) = (row.len(), self.width);
        let cells = |count: usize| if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") };
        let hint = if found > expected { " Is there a delimiter inside an unquoted value?" } else { "" };
        Err(Error::at(line, format!("Has {}, but there are {expected} columns.{hint}", cells(found))))
    }

    /// Where the record that was just read began. The position that the reader keeps with a record is before the blank
    /// lines that it skipped; so this counts back from where it stands now. It ends a record at the CR of a CRLF.
    fn line(&self) -> u64 {
        let inside = self.raw.as_slice().iter().filter(|&&byte| byte == b'\n').count() as u64;
        let ended = u64::from(!self.crlf);
        // A lone CR ends a record without ending a line.
        self.reader.position().line().saturating_sub(inside + ended).max(1)
    }

    /// The next record as trimmed text, and its line.
    fn read(&mut self, row: &mut StringRecord) -> Result<Option<u64>, Error> {
        if self.broken {
            return Ok(None);
        }
        self.row_bytes.reset();
        let more = self.reader.read_byte_record(&mut self.raw).map_err(|error| {
            self.broken = true;
            match error.into_kind() {
                csv::ErrorKind::Io(error) => Error::from(error),
                other => Error::file(format!("The file could not be read: {other:?}.")),
            }
        })?;
        if !more {
            return Ok(None);
        }
        let line = self.line();
        if self.raw.as_slice().contains(&0) {
            return Err(Error::at(line, "Has a NUL byte. Is this a text file, saved as UTF-8?"));
        }
        row.clear();
        for (at, bytes) in self.raw.iter().enumerate() {
            match std::str::from_utf8(bytes) {
                Ok(text) => row.push_field(text.trim()),
                Err(_) => {
                    let message = format!("Cell {} is not UTF-8. Save the file as UTF-8.", at + 1);
                    return Err(Error::at(line, message));
                }
            }
        }
        Ok(Some(line))
    }
}

/// The delimiter that splits the first records into the most cells, the same number in each; comma when none does.
fn sniff(head: &[u8]) -> u8 {
    // The last line may be cut off.
    let whole = head.iter().rposition(|&byte| byte == b'\n').map_or(head, |end| &head[..end]);
    let score = |delimiter: u8| {
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(whole);
        let widths: Vec<usize> = reader.byte_records().take(20).flatten().map(|record| record.len()).collect();
        let first = widths.first().copied().unwrap_or(0);
        let steady = widths.iter().filter(|&&width| width == first).count();
        if first > 1 { (steady * 10 / widths.len().max(1), first) } else { (0, 0) }
    };
    let mut best = (b',', score(b','));
    for delimiter in &DELIMITERS[1..] {
        let found = score(*delimiter);
        if found > best.1 {
            best = (*delimiter, found);
        }
    }
    best.0
}
