//! Experiments: jobs that belong together, and what was found out.

use serde::{Deserialize, Serialize};

use crate::{
    ApiError, ExperimentId, Timestamp,
    error::FieldErrors,
    job::{check_name, check_note, check_tags},
};

/// `POST /api/experiments`, and, where what is absent stays as it is, `PATCH /api/experiments/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ExperimentChanges {
    /// One line. Needed for a new one.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub name: Option<String>,
    /// Markdown: what is tried, and what came of it.
    #[cfg_attr(feature = "openapi", schema(max_length = 20000))]
    pub note: Option<String>,
    /// All tags: at most 20 of at most 40 letters, without commas and quotes.
    pub tags: Option<Vec<String>>,
}

impl ExperimentChanges {
    /// # Errors
    /// `validation_failed` with every wrong field.
    pub fn checked(self) -> Result<Self, ApiError> {
        let mut errors = FieldErrors::default();
        let name = self.name.map(|name| check_name(&name, &mut errors));
        if let Some(note) = &self.note {
            check_note(note, &mut errors);
        }
        let tags = self.tags.map(|tags| check_tags(tags, &mut errors));
        errors.into_result()?;
        Ok(Self { name, note: self.note, tags })
    }
}

/// An experiment in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExperimentView {
    pub id: ExperimentId,
    pub name: String,
    /// Markdown.
    pub note: String,
    pub tags: Vec<String>,
    /// Jobs that belong to it.
    pub jobs: u64,
    /// Of those, the ones that have not ended.
    pub active: u64,
    pub created_at: Timestamp,
    /// When the experiment was changed or a job was put into it.
    pub updated_at: Timestamp,
}
