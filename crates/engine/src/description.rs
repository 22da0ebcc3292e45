//! `model.json`: what a model is, beside its weights and its encoder.

use domain::{job::JobSpec, model::ModelInfo};
use serde::{Deserialize, Serialize};

use crate::Error;

/// Raised when the meaning of a file changes.
pub(crate) const FORMAT_VERSION: u32 = 1;

/// `model.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Description {
    pub(crate) format_version: u32,
    pub(crate) athanor_version: String,
    pub(crate) data_sha256: String,
    pub(crate) spec: JobSpec,
    pub(crate) info: ModelInfo,
}

impl Description {
    /// # Errors
    /// When it is damaged or of another version.
    pub(crate) fn from_json(text: &str) -> Result<Self, Error> {
        let description: Self = serde_json::from_str(text)
            .map_err(|error| Error::Damaged(format!("model.json cannot be read: {error}")))?;
        if description.format_version != FORMAT_VERSION {
            return Err(Error::Damaged(format!("model.json has version {}", description.format_version)));
        }
        Ok(description)
    }
}
