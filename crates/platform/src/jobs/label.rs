//! What people say about a job: its name, tags, note and experiment. Nothing of it matters to the trainer.

use domain::{
    ExperimentId, JobId, Principal,
    error::FieldErrors,
    job::{JobChanges, JobStatus, TrainingRequest, check_name, check_note, check_tags},
};

use super::{
    control::{announce, hold},
    sql,
};
use crate::{Error, Platform, clock, experiments};

/// Where a new job belongs, and its tags.
pub(super) struct Labels {
    pub(super) experiment: Option<ExperimentId>,
    pub(super) tags: Vec<String>,
}

impl Labels {
    /// # Errors
    /// `validation_failed` with `tags` and `experiment_id`.
    pub(super) async fn of(
        platform: &Platform,
        principal: &Principal,
        request: &TrainingRequest,
    ) -> Result<Self, Error> {
        let mut errors = FieldErrors::default();
        let tags = check_tags(request.tags.clone().unwrap_or_default(), &mut errors);
        let id = request.experiment_id.as_deref().unwrap_or_default();
        let experiment = experiments::named(platform, principal, id, &mut errors).await?;
        errors.into_result()?;
        Ok(Self { experiment, tags })
    }
}

/// Changes what people say about a job; at any time, also while it trains. The log tells who did.
///
/// # Errors
/// `not_found`, or `validation_failed` with every wrong field.
pub async fn change(
    platform: &Platform,
    principal: &Principal,
    id: JobId,
    changes: JobChanges,
) -> Result<JobStatus, Error> {
    let mut errors = FieldErrors::default();
    let name = changes.name.map(|name| check_name(&name, &mut errors));
    let tags = changes.tags.map(|tags| check_tags(tags, &mut errors));
    if let Some(note) = &changes.note {
        check_note(note, &mut errors);
    }
    let experiment = match &changes.experiment_id {
        Some(id) => Some(experiments::named(platform, principal, id, &mut errors).await?),
        None => None,
    };
    errors.into_result()?;
    let (mut transaction, mut job) = hold(platform, principal, id).await?;
    let mut changed = Vec::new();
    if let Some(name) = name.filter(|name| *name != job.summary.name) {
        changed.push("name");
        job.summary.name.clone_from(&name);
        job.params.name = name;
    }
    if let Some(tags) = tags.filter(|tags| *tags != job.summary.tags) {
        changed.push("tags");
        job.summary.tags = tags;
    }
    if let Some(note) = changes.note.filter(|note| *note != job.note) {
        changed.push("note");
        job.note = note;
    }
    if let Some(experiment) = experiment.filter(|experiment| *experiment != job.summary.experiment_id) {
        changed.push("experiment");
        job.summary.experiment_id = experiment;
        if let Some(experiment) = experiment {
            experiments::sql::touch(&mut transaction, experiment, clock::now()).await?;
        }
    }
    if changed.is_empty() {
        return Ok(job);
    }
    sql::label(&mut transaction, &job).await?;
    announce(platform, principal, transaction, id, &format!("changed its {}", changed.join(", "))).await
}
