//! The one error of this crate: the file is wrong, or it could not be read.

use std::{fmt, io};

use domain::{ApiError, ErrorCode, dataset::Problem};

/// Why a file is not a table.
#[derive(Debug)]
pub enum Error {
    /// What is wrong, and where.
    Invalid(Problem),
    Io(io::Error),
}

impl Error {
    pub(crate) fn at(line: u64, message: impl Into<String>) -> Self {
        Self::Invalid(Problem { line: Some(line), column: None, message: message.into() })
    }

    pub(crate) fn cell(line: u64, column: &str, message: impl Into<String>) -> Self {
        Self::Invalid(Problem { line: Some(line), column: Some(column.to_owned()), message: message.into() })
    }

    pub(crate) fn file(message: impl Into<String>) -> Self {
        Self::Invalid(Problem { line: None, column: None, message: message.into() })
    }

    /// What somebody is told whose file it is.
    pub fn refusal(&self) -> ApiError {
        let sentence = self.to_string();
        ApiError::new(ErrorCode::InvalidDataset, sentence.clone()).with_field("file", sentence)
    }

    pub(crate) fn column(column: &str, message: impl Into<String>) -> Self {
        Self::Invalid(Problem { line: None, column: Some(column.to_owned()), message: message.into() })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the dataset could not be read: {error}"),
            Self::Invalid(Problem { line, column, message }) => {
                match (line, column) {
                    (Some(line), Some(column)) => write!(f, "Line {line}, column {column}: ")?,
                    (Some(line), None) => write!(f, "Line {line}: ")?,
                    (None, Some(column)) => write!(f, "Column {column}: ")?,
                    (None, None) => {}
                }
                f.write_str(message)
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Invalid(_) => None,
        }
    }
}

/// Decompressors and our own limits report what is wrong with the *data* as these kinds.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
                Self::file(format!("The file is damaged: {error}."))
            }
            _ => Self::Io(error),
        }
    }
}
