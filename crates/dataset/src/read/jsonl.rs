//! JSON Lines: one object a line. The columns are the keys of the first objects, in the order in which they appear.

use std::io::{BufRead, BufReader, Read};

use csv::StringRecord;
use serde_json::{Map, Value};

use super::limited::{Input, RowBytes};
use crate::Error;

/// Keys that appear first after so many lines are an error: columns cannot be added to rows that are gone by.
const LOOK_AHEAD: usize = 1_000;
const BOM: &str = "\u{feff}";

/// An object, or why there is none, with the line that it stands on.
type Numbered = (u64, Result<Map<String, Value>, Error>);

pub(super) struct JsonRows {
    reader: BufReader<Input>,
    row_bytes: RowBytes,
    /// Rows that were read to learn the columns.
    ahead: std::vec::IntoIter<Numbered>,
    line: u64,
    text: Vec<u8>,
    broken: bool,
}

impl JsonRows {
    pub(super) fn open(input: Input) -> Result<(Vec<String>, Self), Error> {
        let row_bytes = input.row_bytes();
        let mut rows = Self {
            reader: BufReader::with_capacity(1 << 16, input),
            row_bytes,
            ahead: Vec::new().into_iter(),
            line: 0,
            text: Vec::new(),
            broken: false,
        };
        let (mut columns, mut ahead) = (Vec::<String>::new(), Vec::new());
        let mut seen = std::collections::HashSet::new();
        while ahead.len() < LOOK_AHEAD
            && let Some((line, object)) = rows.object()?
        {
            if let Ok(object) = &object {
                columns.extend(object.keys().map(|key| key.trim().to_owned()).filter(|key| seen.insert(key.clone())));
            }
            ahead.push((line, object));
        }
        if ahead.is_empty() {
            return Err(Error::file("The file is empty. It needs one JSON object a line."));
        }
        if columns.is_empty() {
            // Not one sound object: say what is wrong with the first line.
            return match ahead.into_iter().next() {
                Some((_, Err(error))) => Err(error),
                _ => Err(Error::at(1, "The object has no keys. Each key is a column.")),
            };
        }
        rows.ahead = ahead.into_iter();
        Ok((columns, rows))
    }

    pub(super) fn next(&mut self, columns: &[String], row: &mut StringRecord) -> Result<Option<u64>, Error> {
        let next = match self.ahead.next() {
            Some(next) => Some(next),
            None => self.object()?,
        };
        let Some((line, object)) = next else { return Ok(None) };
        let mut object = object?;
        row.clear();
        for column in columns {
            match object.remove(column) {
                None | Some(Value::Null) => row.push_field(""),
                Some(Value::String(text)) => row.push_field(text.trim()),
                Some(Value::Number(number)) => row.push_field(&number.to_string()),
                Some(Value::Bool(value)) => row.push_field(if value { "true" } else { "false" }),
                Some(Value::Array(_) | Value::Object(_)) => {
                    let message = "Has a list or an object. A cell is a number, a text, true, false or null.";
                    return Err(Error::cell(line, column, message));
                }
            }
        }
        match object.keys().next() {
            None => Ok(Some(line)),
            Some(unknown) => {
                let message = format!("Has the key \"{unknown}\", which is not among the first {LOOK_AHEAD} lines.");
                Err(Error::at(line, message))
            }
        }
    }

    /// The next line that is not blank. The inner error is about that line only.
    #[expect(clippy::type_complexity, reason = "a line, and what is in it or what is wrong with it")]
    fn object(&mut self) -> Result<Option<(u64, Result<Map<String, Value>, Error>)>, Error> {
        loop {
            if self.broken {
                return Ok(None);
            }
            self.text.clear();
            self.row_bytes.reset();
            match self.reader.by_ref().read_until(b'\n', &mut self.text) {
                Ok(0) => return Ok(None),
                Ok(_) => self.line += 1,
                Err(error) => {
                    self.broken = true;
                    return Err(error.into());
                }
            }
            let line = self.line;
            let Ok(text) = std::str::from_utf8(&self.text) else {
                return Ok(Some((line, Err(Error::at(line, "Is not UTF-8. Save the file as UTF-8.")))));
            };
            let text = text.strip_prefix(BOM).unwrap_or(text).trim();
            if text.is_empty() {
                continue;
            }
            let object = match serde_json::from_str(text) {
                Ok(Value::Object(object)) => Ok(object),
                Ok(_) => Err(Error::at(line, "Is not a JSON object. Each line is one: {\"column\": value, ...}.")),
                Err(error) => {
                    let reason = error.to_string();
                    let reason = reason.split(" at line ").next().unwrap_or_default();
                    Err(Error::at(line, format!("Is not JSON: {reason} (character {}).", error.column())))
                }
            };
            return Ok(Some((line, object)));
        }
    }
}
