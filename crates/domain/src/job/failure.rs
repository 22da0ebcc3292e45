//! Why a job failed, where, and what to do about it. Never "see the logs".

use serde::{Deserialize, Serialize};

/// The kind of failure, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The data cannot be trained on as asked.
    BadData,
    /// The loss became NaN or infinite.
    Diverged,
    /// The trainer process died again and again.
    TrainerDied,
    /// The trainer wanted more memory than it may have.
    OutOfMemory,
    /// Reading or writing a file failed.
    Storage,
    /// It has trained for as long as it may.
    TimeLimit,
    /// A bug.
    Internal,
}

/// A reason that a person can act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobFailure {
    pub code: FailureCode,
    /// Why, in a sentence: "The loss became infinite."
    pub message: String,
    /// Where: "epoch 3, step 41", "line 17, column age", "while loading the data".
    pub location: String,
    /// What to do: "Try a learning rate ten times smaller."
    pub hint: String,
}

impl JobFailure {
    /// Memory was refused. `limit` is what the trainer was allowed, in bytes; without one the machine had no more.
    pub fn out_of_memory(limit: Option<u64>, location: String) -> Self {
        let advice = "Try a smaller batch size, a smaller model or fewer features";
        let (message, hint) = match limit {
            Some(bytes) => (
                format!("The memory limit of {} MiB was reached.", bytes >> 20),
                format!("{advice}, or ask whoever runs this server for a higher limit."),
            ),
            None => ("The machine ran out of memory.".to_owned(), format!("{advice}, or a machine with more memory.")),
        };
        Self { code: FailureCode::OutOfMemory, message, location, hint }
    }
}
