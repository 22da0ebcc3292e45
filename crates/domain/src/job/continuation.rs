//! What may change when a job goes on.

use serde::{Deserialize, Serialize};

use super::{
    JobSpec,
    request::{check_epochs, check_max_seconds},
};
use crate::{ApiError, error::FieldErrors};

/// `POST /api/training/{id}/resume`: what to change while going on. An absent body changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Continuation {
    /// Epochs in all, those that are done included. Needed for a job that is COMPLETED: more than it had.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100_000))]
    pub epochs: Option<u32>,
    /// Seconds of training from now on after which the job is ended.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 31_622_400))]
    pub max_seconds: Option<u64>,
}

impl Continuation {
    /// Changes the spec of a job that goes on; a `completed` one needs something left to do.
    ///
    /// # Errors
    /// `validation_failed` with the fields.
    pub fn apply(&self, spec: &mut JobSpec, completed: bool) -> Result<(), ApiError> {
        let mut errors = FieldErrors::default();
        let had = spec.epochs;
        match self.epochs {
            Some(epochs) if completed && epochs <= had => {
                errors.add("epochs", format!("This job was given {had} epochs; give it more to go on."));
            }
            Some(epochs) => {
                check_epochs(epochs, &mut errors);
                spec.epochs = epochs;
            }
            None if completed => {
                errors.add(
                    "epochs",
                    format!("This job is done with its {had} epochs; say how many it shall have in all."),
                );
            }
            None => {}
        }
        check_max_seconds(self.max_seconds, &mut errors);
        spec.max_seconds = self.max_seconds.or(spec.max_seconds);
        errors.into_result()
    }
}
