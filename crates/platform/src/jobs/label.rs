//! What people say about a job: its name, tags, note and experiment. Nothing of it matters to the trainer.

use domain::{
    ExperimentId, JobId, Principal,
    error::FieldErrors,
    job::{JobChanges, JobStatus, TrainingRequest, check_name, check_note, check_tags},
};

use super::{no_such_job, sql};
use crate::{
    Error, Platform, clock,
    events::{self, Change},
    experiments,
};

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

/// Changes what people say about a job; at any time, also while it trains.
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
    let mut transaction = platform.db.begin().await?;
    sql::hold(&mut transaction, id).await?;
    let mut job = sql::find(&mut transaction, principal, id).await?.ok_or_else(no_such_job)?;
    if let Some(name) = name {
        job.summary.name.clone_from(&name);
        job.params.name = name;
    }
    if let Some(tags) = tags {
        job.summary.tags = tags;
    }
    if let Some(note) = changes.note {
        job.note = note;
    }
    if let Some(experiment) = experiment {
        job.summary.experiment_id = experiment;
        if let Some(experiment) = experiment {
            experiments::sql::touch(&mut transaction, experiment, clock::now()).await?;
        }
    }
    sql::label(&mut transaction, &job).await?;
    let owner = sql::owner(&mut transaction, id).await?.ok_or_else(no_such_job)?;
    // Lists show it at once; whoever watches the job itself sees it when the page is loaded again.
    let after = job.summary.last_seq;
    let change = Change { job: &job.summary, owner, after, messages: Vec::new(), listed: true, wakes: false };
    events::commit(platform, transaction, change).await?;
    Ok(job)
}
