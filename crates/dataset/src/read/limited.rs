//! Bytes of a file, unpacked, with bounds: on what a small archive may unpack to, and on one row.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufReader, Read},
    rc::Rc,
    sync::Arc,
};

use flate2::read::MultiGzDecoder;

use crate::{Progress, Source};

/// One row, quotes and line breaks included, has at most so many bytes: more is an unclosed quote.
const ROW_BYTES: u64 = 4 << 20;
/// An archive may unpack to so many bytes, or to so many times its size if that is more.
const UNPACKED_BYTES: u64 = 256 << 20;
const UNPACKED_TIMES: u64 = 100;

/// A reader that knows how much was read since a row began.
pub(crate) struct Input {
    inner: Box<dyn Read>,
    row: RowBytes,
    left: u64,
}

/// Reset it when a row begins.
#[derive(Clone, Default)]
pub(super) struct RowBytes(Rc<Cell<u64>>);

impl RowBytes {
    pub(super) fn reset(&self) {
        self.0.set(0);
    }
}

/// `progress` counts the bytes of the file as it is.
pub(super) fn open(source: &Source, progress: Arc<Progress>) -> Result<Input, io::Error> {
    let file = File::open(&source.path)?;
    let packed = file.metadata()?.len();
    let file = BufReader::with_capacity(1 << 16, Counted { file, progress });
    if !source.gzip {
        return Ok(Input { inner: Box::new(file), row: RowBytes::default(), left: u64::MAX });
    }
    let left = UNPACKED_BYTES.max(packed.saturating_mul(UNPACKED_TIMES));
    Ok(Input { inner: Box::new(MultiGzDecoder::new(file)), row: RowBytes::default(), left })
}

struct Counted {
    file: File,
    progress: Arc<Progress>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.progress.add(read as u64);
        Ok(read)
    }
}

impl Input {
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { inner: Box::new(io::Cursor::new(bytes)), row: RowBytes::default(), left: u64::MAX }
    }

    pub(super) fn row_bytes(&self) -> RowBytes {
        self.row.clone()
    }

    /// Puts bytes back in front, and a line break at the end: every line then has one.
    pub(super) fn between(self, head: Vec<u8>, line_break: &'static [u8]) -> Self {
        Self {
            inner: Box::new(io::Cursor::new(head).chain(self.inner).chain(line_break)),
            row: self.row,
            left: self.left,
        }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let invalid = |message| Err(io::Error::new(io::ErrorKind::InvalidData, message));
        let read = self.inner.read(buffer)?;
        let row = self.row.0.get() + read as u64;
        self.row.0.set(row);
        if row > ROW_BYTES {
            return invalid("one row has more than 4 MB; is a quote not closed?");
        }
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => return invalid("it unpacks to more than a hundred times its size"),
        }
        Ok(read)
    }
}
