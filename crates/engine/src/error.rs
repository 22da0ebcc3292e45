//! The one error of this crate, and how a person is told of it.

use std::io::{self, ErrorKind};

use domain::job::{FailureCode, JobFailure};

/// Why a job, or a model, cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Data(#[from] dataset::Error),
    #[error("could not {what}")]
    Storage {
        what: String,
        #[source]
        source: io::Error,
    },
    /// The loss is not a number any more.
    #[error("the loss became {what}")]
    Diverged { what: &'static str, epoch: u32, step: u64, lr: f64 },
    /// A file that we wrote is not as we wrote it.
    #[error("{0}")]
    Damaged(String),
    /// The files of the model that training begins with are not there.
    #[error("the model that this job starts from is gone")]
    NothingToStartFrom,
    /// This executable was built without it.
    #[error("there is no device {0} here")]
    NoSuchDevice(&'static str),
    /// A bug, here or in a library.
    #[error("{0}")]
    Internal(String),
    /// Nobody reads what the trainer says any more.
    #[error("the agent is gone")]
    AgentGone,
}

impl Error {
    pub(crate) fn storage(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Storage { what: what.into(), source }
    }

    /// The files of a model that training begins with.
    pub(crate) fn start_from(source: io::Error) -> Self {
        match source.kind() {
            ErrorKind::NotFound => Self::NothingToStartFrom,
            _ => Self::Storage { what: "read the model that this job starts from".into(), source },
        }
    }

    /// Why, where and what to do. `place` is where the trainer was: "while reading the data"; `memory_bytes` what it was
    /// allowed.
    pub(crate) fn into_failure(self, place: &str, memory_bytes: Option<u64>) -> JobFailure {
        let failure = |code, message: String, location: String, hint: &str| JobFailure {
            code,
            message,
            location,
            hint: hint.to_owned(),
        };
        match self {
            Self::Data(dataset::Error::Invalid(problem)) => {
                let location = match (problem.line, &problem.column) {
                    (Some(line), Some(column)) => format!("line {line}, column {column}"),
                    (Some(line), None) => format!("line {line}"),
                    (None, Some(column)) => format!("column {column}"),
                    (None, None) => place.to_owned(),
                };
                let hint = "Correct the file and upload it again, or choose other columns.";
                failure(FailureCode::BadData, problem.message, location, hint)
            }
            Self::Data(dataset::Error::Io(source)) | Self::Storage { source, .. }
                if source.kind() == ErrorKind::OutOfMemory =>
            {
                JobFailure::out_of_memory(memory_bytes, place.to_owned())
            }
            Self::Data(dataset::Error::Io(source)) => {
                let message = format!("The dataset could not be read: {}.", reason(&source));
                let hint = "Check the server's disk, then resume the job.";
                failure(FailureCode::Storage, message, place.to_owned(), hint)
            }
            Self::Storage { what, source } => {
                let message = format!("Could not {what}: {}.", reason(&source));
                failure(FailureCode::Storage, message, place.to_owned(), remedy(&source))
            }
            Self::Diverged { what, epoch, step, lr } => JobFailure {
                code: FailureCode::Diverged,
                message: format!("The loss became {what}: training diverged."),
                location: format!("epoch {epoch}, step {step}"),
                hint: format!("Try a learning rate ten times smaller ({}).", lr / 10.0),
            },
            Self::NothingToStartFrom => {
                let message = "The model that this job starts from has been deleted.".to_owned();
                failure(FailureCode::BadData, message, place.to_owned(), "Start from another model, or from none.")
            }
            Self::NoSuchDevice(device) => {
                let message = format!("The machine that took this job has no device {device}.");
                failure(FailureCode::BadData, message, place.to_owned(), "Clone the job with another device.")
            }
            Self::Damaged(what) | Self::Internal(what) => {
                let hint = "Try again. If it happens again it is a bug: report it with the job's log.";
                failure(FailureCode::Internal, what, place.to_owned(), hint)
            }
            Self::AgentGone => {
                let hint = "Resume the job.";
                failure(FailureCode::Internal, "The agent is gone.".into(), place.to_owned(), hint)
            }
        }
    }
}

/// What storage says, for people.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::StorageFull => "the disk is full".to_owned(),
        ErrorKind::QuotaExceeded => "the disk quota is used up".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the disk can only be read".to_owned(),
        _ => error.to_string(),
    }
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "Make room on the server's disk, for example by deleting datasets, jobs and models that nobody needs, then \
             resume the job: it goes on from its last checkpoint."
        }
        _ => {
            "Check that the server's disk works and can be written to, then resume the job: it goes on from its last \
              checkpoint."
        }
    }
}
