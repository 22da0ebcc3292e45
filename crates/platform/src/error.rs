//! The one error of this crate, and how much of it a caller may see.

use std::io;

use domain::{ApiError, ErrorCode, job::IllegalTransition};

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A refusal that the caller may see as it is.
    #[error("{0}")]
    Refused(#[from] ApiError),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the database schema could not be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("{what}")]
    Storage {
        what: String,
        #[source]
        source: io::Error,
    },
    /// Stored JSON that this version cannot read.
    #[error("stored {what} cannot be read")]
    Stored {
        what: &'static str,
        #[source]
        source: serde_json::Error,
    },
    /// An agent's write came after another attempt had begun.
    #[error("another attempt of this job has begun")]
    Fenced,
    /// The installation is not usable: said at start, never in an answer.
    #[error("{0}")]
    Setup(String),
    /// A bug or a dead task.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// Wraps an I/O error in what was being done: "write the dataset".
    pub(crate) fn storage(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Storage { what: format!("could not {}", what.into()), source }
    }

    /// Whether the same thing may succeed when it is tried again a little later.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Database(_))
    }

    /// The error with what caused it, in one sentence without its full stop.
    pub(crate) fn in_full(&self) -> String {
        let mut sentence = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            sentence.push_str(": ");
            sentence.push_str(&error.to_string());
            cause = error.source();
        }
        sentence
    }

    /// What the caller may see. Everything else goes to the log.
    pub fn api(&self) -> ApiError {
        match self {
            Self::Refused(refusal) => refusal.clone(),
            Self::Storage { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                ApiError::new(ErrorCode::StorageFull, "The disk is full. Free some space and try again.")
            }
            Self::Database(error) if disk_full(error) => {
                ApiError::new(ErrorCode::StorageFull, "The disk is full. Free some space and try again.")
            }
            Self::Database(error) if not_storable(error) => {
                ApiError::new(ErrorCode::BadRequest, "Leave out NUL characters.")
            }
            Self::Database(error) if locked(error) => {
                ApiError::new(ErrorCode::Unavailable, "Another program has locked the database. Try again in a moment.")
            }
            Self::Database(_) | Self::Migration(_) => {
                ApiError::new(ErrorCode::Unavailable, "The database does not answer. Try again in a moment.")
            }
            Self::Storage { source, .. } => ApiError::new(ErrorCode::Unavailable, out_of_order(source)),
            Self::Fenced => ApiError::conflict("Another attempt of this job has begun."),
            Self::Stored { .. } | Self::Setup(_) | Self::Internal(_) => ApiError::internal(),
        }
    }
}

/// Of a disk, for people.
fn out_of_order(error: &io::Error) -> &'static str {
    // EMFILE and ENFILE have no kind of their own.
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem, _) => {
            "The server may not write into its data directory. Whoever runs it has to mend its permissions."
        }
        (_, Some(23 | 24)) => "The server has too many open files. Try again in a moment.",
        _ => "The storage does not answer. Try again in a moment.",
    }
}

/// PostgreSQL has no texts with NUL in them; SQLite has.
fn not_storable(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == "22021")
}

/// SQLite's `SQLITE_BUSY`, with what it may be extended by.
fn locked(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}

/// SQLite's `SQLITE_FULL` and PostgreSQL's `disk_full`.
fn disk_full(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == "13" || code == "53100")
}

impl From<IllegalTransition> for Error {
    fn from(refused: IllegalTransition) -> Self {
        let mut sentence = refused.to_string();
        if let Some(first) = sentence.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        sentence.push('.');
        Self::Refused(ApiError::conflict(sentence))
    }
}
