//! What a person may do to a job that exists.

use domain::{
    ApiError, JobId, Principal,
    job::{Continuation, JobState, JobStatus, LogLevel, Transition},
};

use uuid::Uuid;

use super::{no_such_job, sql};
use crate::{
    Breakpoint, Error, Platform, blob, clock,
    db::Tx,
    events::{self, Change},
    queue, shares,
};

/// Ends a job as soon as possible, keeping a checkpoint: at once when it waits, after the current step when it trains.
/// Stopping what has ended, or is being stopped, changes nothing.
pub async fn stop(platform: &Platform, principal: &Principal, id: JobId) -> Result<JobStatus, Error> {
    let (mut transaction, job) = hold(platform, principal, id).await?;
    let state = job.summary.progress.status;
    if state.is_terminal() || job.summary.progress.stopping {
        return Ok(job);
    }
    if state == JobState::Queued {
        let next = state.after(Transition::Stop)?;
        sql::end_without_lease(&mut transaction, id, next, "Stopped while waiting.", None, clock::now()).await?;
        announce(platform, principal, transaction, &job, "stopped the job while it was waiting").await
    } else {
        sql::request_stop(&mut transaction, id).await?;
        announce(platform, principal, transaction, &job, "asked the job to stop").await
    }
}

/// Puts a job back into the queue; it goes on from its last checkpoint (from the beginning without one). One that is
/// stopped or failed as it is, one that is completed for more epochs.
///
/// # Errors
/// `conflict` in another state or without its dataset; `validation_failed` for what is to be changed.
pub async fn resume(
    platform: &Platform,
    principal: &Principal,
    id: JobId,
    changes: &Continuation,
) -> Result<JobStatus, Error> {
    let (mut transaction, job) = hold(platform, principal, id).await?;
    let state = job.summary.progress.status;
    let completed = state == JobState::Completed;
    let next = state.after(if completed { Transition::Continue } else { Transition::Resume })?;
    let mut spec = job.params.clone();
    changes.apply(&mut spec, completed)?;
    // One that was stopped or failed before its first checkpoint begins at the beginning; this one would lose its curves.
    if completed && !job.summary.has_checkpoint {
        let sentence = "The checkpoints of this job were removed, so it cannot go on. Clone it with more epochs.";
        return Err(ApiError::conflict(sentence).into());
    }
    require_dataset(&mut transaction, principal, &job).await?;
    sql::requeue(&mut transaction, id, next, "Waiting to go on from its last checkpoint.", &spec, clock::now()).await?;
    let what = format!("let the job go on, for {} epochs in all", spec.epochs);
    announce(platform, principal, transaction, &job, &what).await
}

/// Puts a stopped or failed job back into the queue, to train from the beginning.
pub async fn retry(platform: &Platform, principal: &Principal, id: JobId) -> Result<JobStatus, Error> {
    let (mut transaction, job) = hold(platform, principal, id).await?;
    let next = job.summary.progress.status.after(Transition::Resume)?;
    require_dataset(&mut transaction, principal, &job).await?;
    sql::forget_training(&mut transaction, id).await?;
    let message = "Waiting to start again from the beginning.";
    sql::requeue(&mut transaction, id, next, message, &job.params, clock::now()).await?;
    announce(platform, principal, transaction, &job, "let the job start again from the beginning").await
}

/// A job that the caller may change, and that nobody else changes until the end of the transaction.
///
/// # Errors
/// `not_found`, or `forbidden` when it may only be looked at.
pub(super) async fn hold(platform: &Platform, principal: &Principal, id: JobId) -> Result<(Tx, JobStatus), Error> {
    let mut transaction = platform.db.begin().await?;
    sql::hold(&mut transaction, id).await?;
    let job = sql::find(&mut transaction, principal, id).await?.ok_or_else(no_such_job)?;
    let owner = sql::owner(&mut transaction, id).await?.ok_or_else(no_such_job)?;
    let things: Vec<Uuid> = std::iter::once(id.0).chain(job.summary.experiment_id.map(|id| id.0)).collect();
    shares::require_edit(&mut transaction, principal, owner, &things).await?;
    Ok((transaction, job))
}

async fn require_dataset(transaction: &mut Tx, principal: &Principal, job: &JobStatus) -> Result<(), Error> {
    let dataset = crate::datasets::sql::find(&mut *transaction, principal, job.params.dataset_id).await?;
    let gone = || ApiError::conflict("The dataset of this job has been deleted, so it cannot be trained again.");
    dataset.map(|_| ()).ok_or_else(|| gone().into())
}

/// Removes a job that has ended: its row, metrics, log and checkpoints. Its model stays.
///
/// # Errors
/// `conflict` while it has not ended.
pub async fn delete(platform: &Platform, principal: &Principal, id: JobId) -> Result<(), Error> {
    let (mut transaction, job) = hold(platform, principal, id).await?;
    let owner = sql::owner(&mut transaction, id).await?.ok_or_else(no_such_job)?;
    shares::require_owner(principal, owner)?;
    if !job.summary.progress.status.is_terminal() {
        return Err(ApiError::conflict("This job has not ended. Stop it first.").into());
    }
    sql::delete(&mut transaction, id).await?;
    shares::sql::forget(&mut transaction, id.0).await?;
    events::commit_deletion(platform, transaction, id, owner).await?;
    Breakpoint::JobForgotten.reached();
    blob::remove(&platform.data.job(id)).map_err(Error::storage("remove the job's files"))
}

/// Writes into the log who did `what` to a job that was as in `before`, commits, then tells the watchers.
pub(super) async fn announce(
    platform: &Platform,
    principal: &Principal,
    mut transaction: Tx,
    before: &JobStatus,
    what: &str,
) -> Result<JobStatus, Error> {
    let id = before.summary.job_id;
    let (text, now) = (format!("{} {what}.", principal.username), clock::now());
    let seq = queue::sql::append_log(&mut transaction, id, LogLevel::Info, &text, now).await?;
    let status = sql::find(&mut transaction, principal, id).await?.ok_or_else(no_such_job)?;
    let owner = sql::owner(&mut transaction, id).await?.ok_or_else(no_such_job)?;
    let ended = status.summary.progress.status.is_terminal() && !before.summary.progress.status.is_terminal();
    let line = events::line(id, seq, now, LogLevel::Info, &text);
    let messages = vec![line, events::update(&status.summary, seq, Vec::new())];
    let change = Change { job: &status.summary, owner, after: seq - 1, messages, listed: true, ended, wakes: true };
    events::commit(platform, transaction, change).await?;
    Ok(status)
}
