//! JSON Lines: one object a line. The columns are the keys of the first objects, in the order in which they appear.

use std::{
    collections::{HashMap, VecDeque},
    io::{BufRead, BufReader, Read},
};

use csv::StringRecord;

use super::{
    json_object::{Object, Scalar},
    limited::{Input, RowBytes},
};
use crate::Error;

/// Keys that appear first after so many lines are an error: columns cannot be added to rows that are gone by.
const LOOK_AHEAD: usize = 1_000;
/// The same in bytes: long lines say in fewer of them what there is.
const LOOK_AHEAD_BYTES: usize = 8 << 20;
/// Cells that may be empty because their object lacks the key. A line of three bytes is a row of as many cells as there are
/// columns: a small file would be read for hours.
const MAX_ABSENT: u64 = 500_000_000;
/// Letters of a key that are repeated in an answer.
const SHOWN_CHARS: usize = 100;
const BOM: &str = "\u{feff}";

pub(super) struct JsonRows {
    reader: BufReader<Input>,
    row_bytes: RowBytes,
    /// Lines that were read to learn the columns, as text: parsed they would be many times as large.
    ahead: VecDeque<(u64, Vec<u8>)>,
    /// How many lines the columns were learned from.
    looked_at: usize,
    /// Position of each column.
    columns: HashMap<String, usize>,
    /// How many more cells may be absent.
    absent: u64,
    line: u64,
    broken: bool,
}

impl JsonRows {
    pub(super) fn open(input: Input) -> Result<(Vec<String>, Self), Error> {
        let row_bytes = input.row_bytes();
        let mut rows = Self {
            reader: BufReader::with_capacity(1 << 16, input),
            row_bytes,
            ahead: VecDeque::new(),
            looked_at: 0,
            columns: HashMap::new(),
            absent: MAX_ABSENT,
            line: 0,
            broken: false,
        };
        let (mut columns, mut bytes, mut wrong) = (Vec::<String>::new(), 0, None);
        while rows.ahead.len() < LOOK_AHEAD
            && bytes < LOOK_AHEAD_BYTES
            && let Some((line, text)) = rows.text()?
        {
            match object(line, &text) {
                Ok(object) => {
                    for (key, _) in object.0 {
                        if !rows.columns.contains_key(&key) {
                            rows.columns.insert(key.clone(), columns.len());
                            columns.push(key);
                        }
                    }
                }
                Err(error) => {
                    wrong.get_or_insert(error);
                }
            }
            bytes += text.len();
            rows.ahead.push_back((line, text));
        }
        if rows.ahead.is_empty() {
            return Err(Error::file("The file is empty. It needs one JSON object a line."));
        }
        if columns.is_empty() {
            // Not one sound object: say what is wrong with the first line.
            return Err(wrong.unwrap_or_else(|| Error::at(1, "The object has no keys. Each key is a column.")));
        }
        rows.looked_at = rows.ahead.len();
        Ok((columns, rows))
    }

    pub(super) fn next(&mut self, names: &[String], row: &mut StringRecord) -> Result<Option<u64>, Error> {
        let next = match self.ahead.pop_front() {
            Some(next) => Some(next),
            None => self.text()?,
        };
        let Some((line, text)) = next else { return Ok(None) };
        let mut cells: Vec<Option<String>> = vec![None; names.len()];
        let object = object(line, &text)?.0;
        let absent = names.len().saturating_sub(object.len()) as u64;
        let Some(left) = self.absent.checked_sub(absent) else {
            self.broken = true;
            self.ahead.clear();
            let message = "Up to here more than 500 million cells are empty, because most objects lack most keys. Leave out keys \
                           that few objects have.";
            return Err(Error::at(line, message));
        };
        self.absent = left;
        for (key, value) in object {
            let cell = self.columns.get(&key).and_then(|&at| cells.get_mut(at)).ok_or_else(|| {
                let shown: String = key.chars().take(SHOWN_CHARS).collect();
                let message = format!("Has the key \"{shown}\", which is not in the first {} lines.", self.looked_at);
                Error::at(line, message)
            })?;
            let text = match value {
                Scalar::Text(text) => text,
                Scalar::Missing => String::new(),
                Scalar::Nested => {
                    let message = "Has a list or an object. A cell is a number, a text, true, false or null.";
                    return Err(Error::cell(line, &key, message));
                }
            };
            if cell.replace(text).is_some() {
                return Err(Error::cell(line, &key, "Is in this object twice."));
            }
        }
        row.clear();
        for cell in &cells {
            row.push_field(cell.as_deref().unwrap_or_default().trim());
        }
        Ok(Some(line))
    }

    /// The next line that is not blank.
    fn text(&mut self) -> Result<Option<(u64, Vec<u8>)>, Error> {
        while !self.broken {
            let mut text = Vec::new();
            self.row_bytes.reset();
            match self.reader.by_ref().read_until(b'\n', &mut text) {
                Ok(0) => return Ok(None),
                Ok(_) => self.line += 1,
                Err(error) => {
                    self.broken = true;
                    return Err(error.into());
                }
            }
            let blank = text.trim_ascii().is_empty() || text.trim_ascii() == BOM.as_bytes();
            if !blank {
                text.shrink_to_fit();
                return Ok(Some((self.line, text)));
            }
        }
        Ok(None)
    }
}

/// What stands on one line. Nothing in it is nested, and it has no more keys than a table has columns.
fn object(line: u64, text: &[u8]) -> Result<Object, Error> {
    let Ok(text) = std::str::from_utf8(text) else {
        return Err(Error::at(line, "Is not UTF-8. Save the file as UTF-8."));
    };
    let text = text.strip_prefix(BOM).unwrap_or(text).trim();
    if !text.starts_with('{') {
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        if is_json {
            return Err(Error::at(line, "Is not a JSON object. Each line is one: {\"column\": value, ...}."));
        }
    }
    serde_json::from_str(text).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        Error::at(line, format!("Is not JSON: {reason} (character {}).", error.column()))
    })
}

#[cfg(test)]
mod tests {
    use csv::StringRecord;

    use super::JsonRows;
    use crate::read::Input;

    #[test]
    fn a_table_of_absent_cells_is_not_read_for_hours() {
        let text = format!("{{\"a\":1,\"b\":2,\"c\":3}}\n{}", "{}\n".repeat(9));
        let (names, mut rows) = JsonRows::open(Input::from_bytes(text.into())).unwrap();
        rows.absent = 10;
        let mut row = StringRecord::new();
        let lines: Vec<_> = (0..4).map(|_| rows.next(&names, &mut row).unwrap()).collect();
        assert_eq!(lines, [1, 2, 3, 4].map(Some));
        let error = rows.next(&names, &mut row).unwrap_err().to_string();
        assert!(error.starts_with("Line 5: Up to here more than 500 million cells are empty"), "{error}");
        assert_eq!(rows.next(&names, &mut row).unwrap(), None);
    }
}
