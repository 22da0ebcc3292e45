//! Every statement by which people read and control `jobs`, `job_metrics`, `job_logs` and `checkpoints`.

mod history;
mod speeds;
mod thinned;
mod usage;
pub(crate) use history::{logs, logs_between, metrics, metrics_between, seq_of_line, seq_of_point};
pub(super) use speeds::speeds;
pub(super) use thinned::{thinned, thinned_curve};
pub(crate) use usage::{insert_usage, usage};

use std::collections::BTreeMap;

use domain::{
    DatasetId, ExperimentId, JobId, ModelId, Principal, Timestamp, UserId,
    job::{JobFailure, JobProgress, JobSpec, JobState, JobStatus, JobSummary, Split},
};
use sqlx::FromRow;

use crate::{
    Error,
    db::{Db, Lane, Tx, parse_id, parse_json, sql, to_json},
    shares::sql::{shared_with, visible},
};

#[derive(FromRow)]
struct JobRow {
    id: String,
    dataset_id: String,
    dataset_name: String,
    name: String,
    spec: String,
    state: String,
    attempt: i64,
    stop_requested: bool,
    epoch: i64,
    total_epochs: i64,
    step: i64,
    total_steps: i64,
    loss: Option<f64>,
    samples_per_second: Option<f64>,
    eta_seconds: Option<f64>,
    metrics: String,
    message: String,
    failure: Option<String>,
    model_id: Option<String>,
    last_seq: i64,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    experiment_id: Option<String>,
    tags: String,
    note: String,
    has_checkpoint: bool,
}

/// The columns of [`JobRow`], with the note or, as in lists, another text.
macro_rules! columns {
    () => {
        columns!("''")
    };
    ($note:literal) => {
        concat!("id, dataset_id, dataset_name, name, spec, state, attempt, stop_requested, epoch, total_epochs, step, total_steps,
         loss, samples_per_second, eta_seconds, metrics, message, failure, model_id, last_seq, created_at, started_at,
         finished_at, experiment_id, tags, ", $note, " AS note,
         EXISTS (SELECT 1 FROM checkpoints WHERE checkpoints.job_id = jobs.id) AS has_checkpoint")
    };
}

// Below the macro that it uses.
mod list;

pub(crate) use list::newest;
pub(super) use list::{Narrow, some};

pub(crate) fn parse_state(text: &str) -> Result<JobState, Error> {
    JobState::parse(text).ok_or_else(|| Error::Internal(format!("stored state {text:?} is unknown")))
}

impl JobRow {
    fn into_status(self) -> Result<JobStatus, Error> {
        let status = parse_state(&self.state)?;
        let params: JobSpec = parse_json("spec", &self.spec)?;
        let metrics: BTreeMap<String, f64> = parse_json("metrics", &self.metrics)?;
        let failure: Option<JobFailure> =
            self.failure.as_deref().map(|text| parse_json("failure", text)).transpose()?;
        let share = if self.total_steps > 0 { self.step as f64 / self.total_steps as f64 } else { 0.0 };
        let done = status == JobState::Completed;
        let progress = JobProgress {
            status,
            progress: if done { 100.0 } else { (share * 100.0).clamp(0.0, 100.0) },
            epoch: self.epoch as u32,
            total_epochs: self.total_epochs as u32,
            step: self.step as u64,
            total_steps: self.total_steps as u64,
            loss: self.loss,
            metrics,
            message: self.message,
            eta_seconds: self.eta_seconds.filter(|_| status == JobState::Running),
            samples_per_second: self.samples_per_second,
            attempt: self.attempt as u32,
            started_at: self.started_at.map(Timestamp),
            finished_at: self.finished_at.map(Timestamp),
            failure,
            model_id: self.model_id.as_deref().map(parse_id).transpose()?.map(ModelId),
            stopping: self.stop_requested && !status.is_terminal(),
        };
        let summary = JobSummary {
            job_id: JobId(parse_id(&self.id)?),
            name: self.name,
            dataset_id: DatasetId(parse_id(&self.dataset_id)?),
            dataset_name: self.dataset_name,
            task: params.task,
            target: params.target.clone(),
            model: params.model.kind().to_owned(),
            parameters: params.parameters(),
            tags: parse_json("tags", &self.tags)?,
            experiment_id: self.experiment_id.as_deref().map(parse_id).transpose()?.map(ExperimentId),
            created_at: Timestamp(self.created_at),
            last_seq: self.last_seq as u64,
            has_checkpoint: self.has_checkpoint,
            progress,
        };
        Ok(JobStatus { summary, note: self.note, params })
    }
}

/// A job that the caller may see.
pub(crate) async fn find(
    executor: impl Into<Lane<'_>>,
    principal: &Principal,
    id: JobId,
) -> Result<Option<JobStatus>, Error> {
    let row: Option<JobRow> =
        sql(concat!("SELECT ", columns!("note"), " FROM jobs WHERE id = $1 AND ", visible!(jobs, "$2")))
            .bind(id)
            .bind(principal.sees_only())
            .optional(executor)
            .await?;
    row.map(JobRow::into_status).transpose()
}

/// The name of a job as it is now.
pub(crate) async fn name(transaction: &mut Tx, id: JobId) -> Result<Option<String>, Error> {
    sql("SELECT name FROM jobs WHERE id = $1").bind(id).optional_scalar(&mut *transaction).await
}

/// A job and its owner, for the agent.
pub(crate) async fn find_for_agent(executor: impl Into<Lane<'_>>, id: JobId) -> Result<Option<JobStatus>, Error> {
    let row: Option<JobRow> =
        sql(concat!("SELECT ", columns!(), " FROM jobs WHERE id = $1")).bind(id).optional(executor).await?;
    row.map(JobRow::into_status).transpose()
}

pub(super) async fn insert(
    transaction: &mut Tx,
    id: JobId,
    owner: UserId,
    dataset_name: &str,
    spec: &JobSpec,
    (experiment, tags): (Option<ExperimentId>, &[String]),
    now: Timestamp,
) -> Result<(), Error> {
    sql("INSERT INTO jobs (id, owner_id, dataset_id, dataset_name, name, spec, state, available_at, total_epochs,
                           message, last_seq, created_at, priority, name_key, search, experiment_id, tags)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, 'Waiting for a free slot.', 1, $9, $10, $11, $12, $13, $14)")
    .bind(id)
    .bind(owner)
    .bind(spec.dataset_id)
    .bind(dataset_name)
    .bind(&spec.name)
    .bind(to_json("spec", spec)?)
    .bind(JobState::Queued.as_str())
    .bind(spec.epochs)
    .bind(now)
    .bind(i64::from(spec.priority))
    .bind(spec.name.to_lowercase())
    .bind(searched(spec, dataset_name))
    .bind(experiment)
    .bind(to_json("tags", &tags)?)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

/// What a search looks at.
fn searched(spec: &JobSpec, dataset_name: &str) -> String {
    format!("{} {dataset_name} {}", spec.name, spec.target).to_lowercase()
}

/// Its name, tags, note and experiment, which are people's and not the trainer's.
pub(super) async fn label(transaction: &mut Tx, job: &JobStatus) -> Result<(), Error> {
    let JobStatus { summary, note, params } = job;
    sql("UPDATE jobs SET name = $2, name_key = $3, search = $4, spec = $5, experiment_id = $6, tags = $7, note = $8
         WHERE id = $1")
    .bind(summary.job_id)
    .bind(&params.name)
    .bind(params.name.to_lowercase())
    .bind(searched(params, &summary.dataset_name))
    .bind(to_json("spec", params)?)
    .bind(summary.experiment_id)
    .bind(to_json("tags", &summary.tags)?)
    .bind(note)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

pub(crate) async fn owner(transaction: &mut Tx, id: JobId) -> Result<Option<UserId>, Error> {
    let owner: Option<String> =
        sql("SELECT owner_id FROM jobs WHERE id = $1").bind(id).optional_scalar(&mut *transaction).await?;
    owner.map(|id| parse_id(&id).map(UserId)).transpose()
}

pub(super) async fn request_stop(transaction: &mut Tx, id: JobId) -> Result<(), Error> {
    sql("UPDATE jobs SET stop_requested = TRUE, message = 'Stopping after the current step.' WHERE id = $1")
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

/// Ends a job that nobody holds a lease of.
pub(crate) async fn end_without_lease(
    transaction: &mut Tx,
    id: JobId,
    state: JobState,
    message: &str,
    failure: Option<&JobFailure>,
    now: Timestamp,
) -> Result<(), Error> {
    sql("UPDATE jobs SET state = $2, message = $3, failure = $4, finished_at = $5, stop_requested = FALSE,
                         lease_owner = NULL
         WHERE id = $1")
    .bind(id)
    .bind(state.as_str())
    .bind(message)
    .bind(failure.map(|failure| to_json("failure", failure)).transpose()?)
    .bind(now.0)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

/// A fresh start in the queue: deaths and the time trained so far are forgiven, an old failure forgotten.
pub(super) async fn requeue(
    transaction: &mut Tx,
    id: JobId,
    state: JobState,
    message: &str,
    spec: &JobSpec,
    now: Timestamp,
) -> Result<(), Error> {
    sql("UPDATE jobs SET state = $2, message = $3, available_at = $4, spec = $5, total_epochs = $6, deaths = 0,
                         trained_ms = 0, failure = NULL, finished_at = NULL, stop_requested = FALSE, lease_owner = NULL
         WHERE id = $1")
    .bind(id)
    .bind(state.as_str())
    .bind(message)
    .bind(now)
    .bind(to_json("spec", spec)?)
    .bind(spec.epochs)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

/// Forgets checkpoints, curves and progress; the log stays. The files go when the next attempt begins.
pub(super) async fn forget_training(transaction: &mut Tx, id: JobId) -> Result<(), Error> {
    delete_checkpoints(transaction, id).await?;
    sql("DELETE FROM job_metrics WHERE job_id = $1").bind(id).execute(&mut *transaction).await?;
    sql("UPDATE jobs SET epoch = 0, step = 0, loss = NULL, samples_per_second = NULL, eta_seconds = NULL,
                         metrics = '{}', started_at = NULL
         WHERE id = $1")
    .bind(id)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

pub(super) async fn delete(transaction: &mut Tx, id: JobId) -> Result<(), Error> {
    sql("DELETE FROM jobs WHERE id = $1").bind(id).execute(&mut *transaction).await?;
    Ok(())
}

pub(crate) async fn forget_model(transaction: &mut Tx, id: JobId) -> Result<(), Error> {
    sql("UPDATE jobs SET model_id = NULL WHERE id = $1").bind(id).execute(&mut *transaction).await?;
    Ok(())
}

/// The name of a job that still needs a dataset.
pub(crate) async fn unfinished_job_on(transaction: &mut Tx, dataset: DatasetId) -> Result<Option<String>, Error> {
    sql("SELECT name FROM jobs WHERE dataset_id = $1 AND state NOT IN ('COMPLETED', 'FAILED', 'STOPPED') LIMIT 1")
        .bind(dataset)
        .optional_scalar(&mut *transaction)
        .await
}

/// Every id, to tell which directories belong to nobody.
pub(crate) async fn ids(db: &Db) -> Result<Vec<String>, Error> {
    sql("SELECT id FROM jobs").scalars(db).await
}

/// Until the end of the transaction nobody else changes this job.
pub(crate) async fn hold(transaction: &mut Tx, id: JobId) -> Result<(), Error> {
    transaction.on_postgres(sql("SELECT 1 FROM jobs WHERE id = $1 FOR UPDATE").bind(id)).await
}

/// False when this user has taken the key before.
pub(super) async fn insert_key(
    transaction: &mut Tx,
    user: UserId,
    key: &str,
    body_sha256: &str,
    job: JobId,
    now: Timestamp,
) -> Result<bool, Error> {
    let inserted =
        sql("INSERT INTO idempotency_keys (user_id, key, body_sha256, job_id, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_id, key) DO NOTHING")
        .bind(user)
        .bind(key)
        .bind(body_sha256)
        .bind(job)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
    Ok(inserted == 1)
}

/// The job that a key was taken for, and the hash of the request.
pub(super) async fn find_key(transaction: &mut Tx, user: UserId, key: &str) -> Result<(JobId, String), Error> {
    let (job, body_sha256): (String, String) =
        sql("SELECT job_id, body_sha256 FROM idempotency_keys WHERE user_id = $1 AND key = $2")
            .bind(user)
            .bind(key)
            .one(&mut *transaction)
            .await?;
    Ok((JobId(parse_id(&job)?), body_sha256))
}

pub(super) async fn forget_keys_before(transaction: &mut Tx, moment: Timestamp) -> Result<(), Error> {
    sql("DELETE FROM idempotency_keys WHERE created_at < $1").bind(moment).execute(&mut *transaction).await?;
    Ok(())
}

/// When it ended and which it is, of jobs that ended before a moment, in that order, after a place.
pub(super) async fn ended_before(
    db: &Db,
    moment: Timestamp,
    after: Option<&(i64, String)>,
    limit: u32,
) -> Result<Vec<(i64, String)>, Error> {
    sql("SELECT finished_at, id FROM jobs
         WHERE state IN ('COMPLETED', 'FAILED', 'STOPPED') AND finished_at < $1
           AND ($2 IS NULL OR (finished_at, id) > ($2, $3))
         ORDER BY finished_at, id LIMIT $4")
    .bind(moment)
    .bind(after.map(|(finished_at, _)| *finished_at))
    .bind(after.map(|(_, id)| id.clone()))
    .bind(limit)
    .all(db)
    .await
}

/// Names of the metrics of which some curve has more points than this.
pub(super) async fn long_curves(db: &Db, id: JobId, points: u64) -> Result<Vec<String>, Error> {
    sql("SELECT DISTINCT name FROM (SELECT name, split FROM job_metrics WHERE job_id = $1
                                    GROUP BY name, split HAVING count(*) > $2) AS long ORDER BY name")
    .bind(id)
    .bind(points)
    .scalars(db)
    .await
}

/// Removes the points of a curve between two steps; tells how many there were.
pub(super) async fn thin_out(
    transaction: &mut Tx,
    id: JobId,
    name: &str,
    split: Split,
    (after, before): (u64, u64),
) -> Result<u64, Error> {
    sql("DELETE FROM job_metrics WHERE job_id = $1 AND name = $2 AND split = $3 AND step > $4 AND step < $5")
        .bind(id)
        .bind(name)
        .bind(split.as_str())
        .bind(after)
        .bind(before)
        .execute(&mut *transaction)
        .await
}

/// Forgets every checkpoint of a job; tells how many there were.
pub(super) async fn delete_checkpoints(transaction: &mut Tx, id: JobId) -> Result<u64, Error> {
    sql("DELETE FROM checkpoints WHERE job_id = $1").bind(id).execute(&mut *transaction).await
}
