//! The one error of this crate, and how a person is told of it.

use std::io;

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

    /// Why, where and what to do. `place` is where the trainer was: "while reading the data".
    pub(crate) fn into_failure(self, place: &str) -> JobFailure {
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
            Self::Data(dataset::Error::Io(error)) => {
                let hint = "Check the server's disk, then resume the job.";
                failure(
                    FailureCode::Storage,
                    format!("The dataset could not be read: {error}."),
                    place.to_owned(),
                    hint,
                )
            }
            Self::Storage { what, source } => {
                let hint = "Check that the server's disk works and has free space, then resume the job.";
                failure(FailureCode::Storage, format!("Could not {what}: {source}."), place.to_owned(), hint)
            }
            Self::Diverged { what, epoch, step, lr } => JobFailure {
                code: FailureCode::Diverged,
                message: format!("The loss became {what}: training diverged."),
                location: format!("epoch {epoch}, step {step}"),
                hint: format!("Try a learning rate ten times smaller ({}).", lr / 10.0),
            },
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
