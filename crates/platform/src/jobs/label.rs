//! What people say about a job: its name, tags, note and experiment.

use domain::{
    JobId, Principal,
    error::FieldErrors,
    job::{JobChanges, JobStatus, check_name, check_note, check_tags},
};

use super::{
    control::{announce, hold},
    no_such_job, sql,
};
use crate::{Error, Platform, experiments};

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
    let (mut transaction, mut job) = hold(platform, principal, id).await?;
    let owner = sql::owner(&mut transaction, id).await?.ok_or_else(no_such_job)?;
    let experiment = match &changes.experiment_id {
        Some(typed) => Some(experiments::take(&mut transaction, owner, typed, &mut errors).await?),
        None => None,
    };
    errors.into_result()?;
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
    }
    if changed.is_empty() {
        return Ok(job);
    }
    sql::label(&mut transaction, &job).await?;
    announce(platform, principal, transaction, &job, &format!("changed its {}", changed.join(", "))).await
}

/// Adds one tag to a job, or takes it away; whatever tags others change meanwhile.
///
/// # Errors
/// `not_found`, or `validation_failed` with `tags`.
pub async fn tag(
    platform: &Platform,
    principal: &Principal,
    id: JobId,
    tag: &str,
    there: bool,
) -> Result<JobStatus, Error> {
    let (mut transaction, mut job) = hold(platform, principal, id).await?;
    let tag = tag.trim();
    let mut tags: Vec<String> = job.summary.tags.iter().filter(|other| *other != tag).cloned().collect();
    if there {
        tags.push(tag.to_owned());
    }
    let mut errors = FieldErrors::default();
    let tags = check_tags(tags, &mut errors);
    errors.into_result()?;
    if tags.len() == job.summary.tags.len() {
        return Ok(job);
    }
    job.summary.tags = tags;
    sql::label(&mut transaction, &job).await?;
    announce(platform, principal, transaction, &job, "changed its tags").await
}
