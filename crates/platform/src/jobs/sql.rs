//! Every statement by which people read and control `jobs`, `job_metrics`, `job_logs` and `checkpoints`.

use std::collections::BTreeMap;

use domain::{
    DatasetId, JobId, ModelId, Principal, Role, Timestamp, UserId,
    job::{
        JobFailure, JobProgress, JobSpec, JobState, JobStatus, JobSummary, LogLevel, LogLine, MetricPoint, Point, Split,
    },
};
use sqlx::{FromRow, Sqlite, SqliteExecutor, Transaction};

use super::{
    JobFilter,
    order::{JobOrder, Place, SortKey},
};
use crate::{
    Error,
    db::{Db, parse_id, parse_json, to_json},
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
    has_checkpoint: bool,
}

/// The columns of [`JobRow`].
macro_rules! columns {
    () => {
        "id, dataset_id, dataset_name, name, spec, state, attempt, stop_requested, epoch, total_epochs, step, total_steps,
         loss, samples_per_second, eta_seconds, metrics, message, failure, model_id, last_seq, created_at, started_at,
         finished_at, EXISTS (SELECT 1 FROM checkpoints WHERE checkpoints.job_id = jobs.id) AS has_checkpoint"
    };
}

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
            created_at: Timestamp(self.created_at),
            last_seq: self.last_seq as u64,
            has_checkpoint: self.has_checkpoint,
            progress,
        };
        Ok(JobStatus { summary, params })
    }
}

fn owner_filter(principal: &Principal) -> Option<String> {
    (principal.role != Role::Admin).then(|| principal.user_id.to_string())
}

/// A job that the caller may see.
pub(crate) async fn find(
    executor: impl SqliteExecutor<'_>,
    principal: &Principal,
    id: JobId,
) -> Result<Option<JobStatus>, Error> {
    let row: Option<JobRow> =
        sqlx::query_as(concat!("SELECT ", columns!(), " FROM jobs WHERE id = ?1 AND (?2 IS NULL OR owner_id = ?2)"))
            .bind(id.to_string())
            .bind(owner_filter(principal))
            .fetch_optional(executor)
            .await?;
    row.map(JobRow::into_status).transpose()
}

/// A job and its owner, for the agent.
pub(crate) async fn find_for_agent(executor: impl SqliteExecutor<'_>, id: JobId) -> Result<Option<JobStatus>, Error> {
    let row: Option<JobRow> = sqlx::query_as(concat!("SELECT ", columns!(), " FROM jobs WHERE id = ?"))
        .bind(id.to_string())
        .fetch_optional(executor)
        .await?;
    row.map(JobRow::into_status).transpose()
}

/// A page in one order. `?5` and `?6` are the value and the id of the last row of the page before.
macro_rules! page {
    ($value:literal, $after:literal, $direction:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM jobs
              WHERE (?1 IS NULL OR owner_id = ?1) AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR dataset_id = ?3)
                AND (?4 IS NULL OR instr(lower(name || ' ' || dataset_name || ' ' || (spec ->> 'target')), ?4) > 0)
                AND (?6 IS NULL OR (",
            $value,
            ", id) ",
            $after,
            " (?5, ?6)) ORDER BY ",
            $value,
            $direction,
            ", id",
            $direction,
            " LIMIT ?7"
        )
    };
}

/// The number that stands for an absent one is `order::LAST`.
fn page(order: JobOrder) -> &'static str {
    match (order.key, order.descending) {
        (SortKey::Created, false) => page!("id", ">", " ASC"),
        (SortKey::Created, true) => page!("id", "<", " DESC"),
        (SortKey::Name, false) => page!("name COLLATE NOCASE", ">", " ASC"),
        (SortKey::Name, true) => page!("name COLLATE NOCASE", "<", " DESC"),
        (SortKey::Status, false) => page!("state", ">", " ASC"),
        (SortKey::Status, true) => page!("state", "<", " DESC"),
        (SortKey::Loss, false) => page!("coalesce(loss, 8e18)", ">", " ASC"),
        (SortKey::Loss, true) => page!("coalesce(loss, 8e18)", "<", " DESC"),
        (SortKey::Finished, false) => page!("coalesce(finished_at, 8e18)", ">", " ASC"),
        (SortKey::Finished, true) => page!("coalesce(finished_at, 8e18)", "<", " DESC"),
    }
}

/// One page (one row more than asked tells whether there is another), and how many match.
pub(super) async fn list(
    db: &Db,
    principal: &Principal,
    filter: &JobFilter,
    place: Option<Place>,
    limit: u32,
) -> Result<(Vec<JobSummary>, u64), Error> {
    let owner = owner_filter(principal);
    let state = filter.state.map(JobState::as_str);
    let dataset = filter.dataset.map(|id| id.to_string());
    let search = filter.search.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_lowercase);
    let query = sqlx::query_as(page(filter.order)).bind(&owner).bind(state).bind(&dataset).bind(&search);
    let query = match place {
        Some(Place { text: Some(value), id, .. }) => query.bind(value).bind(Some(id.to_string())),
        Some(Place { number, id, .. }) => query.bind(number).bind(Some(id.to_string())),
        None => query.bind(None::<f64>).bind(None::<String>),
    };
    let rows: Vec<JobRow> = query.bind(limit).fetch_all(&db.read).await?;
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM jobs
         WHERE (?1 IS NULL OR owner_id = ?1) AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR dataset_id = ?3)
           AND (?4 IS NULL OR instr(lower(name || ' ' || dataset_name || ' ' || (spec ->> 'target')), ?4) > 0)",
    )
    .bind(&owner)
    .bind(state)
    .bind(&dataset)
    .bind(&search)
    .fetch_one(&db.read)
    .await?;
    let statuses: Result<Vec<_>, _> = rows.into_iter().map(JobRow::into_status).collect();
    Ok((statuses?.into_iter().map(|status| status.summary).collect(), count as u64))
}

/// What a new watcher of the list is told first: every job that has not ended, and the newest of the others.
pub(crate) async fn newest(db: &Db, principal: &Principal) -> Result<Vec<JobSummary>, Error> {
    let rows: Vec<JobRow> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM jobs WHERE (?1 IS NULL OR owner_id = ?1)
          ORDER BY state IN ('COMPLETED', 'FAILED', 'STOPPED'), id DESC LIMIT 200"
    ))
    .bind(owner_filter(principal))
    .fetch_all(&db.read)
    .await?;
    let statuses: Result<Vec<_>, _> = rows.into_iter().map(JobRow::into_status).collect();
    let mut jobs: Vec<JobSummary> = statuses?.into_iter().map(|status| status.summary).collect();
    jobs.sort_by_key(|job| job.job_id);
    Ok(jobs)
}

pub(super) async fn insert(
    transaction: &mut Transaction<'static, Sqlite>,
    id: JobId,
    owner: UserId,
    dataset_name: &str,
    spec: &JobSpec,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO jobs (id, owner_id, dataset_id, dataset_name, name, spec, state, available_at, total_epochs,
                           message, last_seq, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, 'Waiting for a free slot.', 1, ?9)",
    )
    .bind(id.to_string())
    .bind(owner.to_string())
    .bind(spec.dataset_id.to_string())
    .bind(dataset_name)
    .bind(&spec.name)
    .bind(to_json("spec", spec)?)
    .bind(JobState::Queued.as_str())
    .bind(spec.epochs)
    .bind(now.0)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

pub(crate) async fn owner(transaction: &mut Transaction<'static, Sqlite>, id: JobId) -> Result<Option<UserId>, Error> {
    let owner: Option<String> = sqlx::query_scalar("SELECT owner_id FROM jobs WHERE id = ?")
        .bind(id.to_string())
        .fetch_optional(&mut **transaction)
        .await?;
    owner.map(|id| parse_id(&id).map(UserId)).transpose()
}

pub(super) async fn request_stop(transaction: &mut Transaction<'static, Sqlite>, id: JobId) -> Result<(), Error> {
    sqlx::query("UPDATE jobs SET stop_requested = 1, message = 'Stopping after the current step.' WHERE id = ?")
        .bind(id.to_string())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Ends a job that nobody holds a lease of.
pub(crate) async fn end_without_lease(
    transaction: &mut Transaction<'static, Sqlite>,
    id: JobId,
    state: JobState,
    message: &str,
    failure: Option<&JobFailure>,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE jobs SET state = ?2, message = ?3, failure = ?4, finished_at = ?5, stop_requested = 0,
                         lease_owner = NULL, lease_until = NULL
         WHERE id = ?1",
    )
    .bind(id.to_string())
    .bind(state.as_str())
    .bind(message)
    .bind(failure.map(|failure| to_json("failure", failure)).transpose()?)
    .bind(now.0)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// A fresh start in the queue: deaths are forgiven, an old failure forgotten.
pub(super) async fn requeue(
    transaction: &mut Transaction<'static, Sqlite>,
    id: JobId,
    state: JobState,
    message: &str,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE jobs SET state = ?2, message = ?3, available_at = ?4, deaths = 0, failure = NULL, finished_at = NULL,
                         stop_requested = 0, lease_owner = NULL, lease_until = NULL
         WHERE id = ?1",
    )
    .bind(id.to_string())
    .bind(state.as_str())
    .bind(message)
    .bind(now.0)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Forgets checkpoints, curves and progress; the log stays. The files go when the next attempt prunes them.
pub(super) async fn forget_training(transaction: &mut Transaction<'static, Sqlite>, id: JobId) -> Result<(), Error> {
    sqlx::query("DELETE FROM checkpoints WHERE job_id = ?").bind(id.to_string()).execute(&mut **transaction).await?;
    sqlx::query("DELETE FROM job_metrics WHERE job_id = ?").bind(id.to_string()).execute(&mut **transaction).await?;
    sqlx::query(
        "UPDATE jobs SET epoch = 0, step = 0, loss = NULL, samples_per_second = NULL, eta_seconds = NULL,
                         metrics = '{}', started_at = NULL
         WHERE id = ?",
    )
    .bind(id.to_string())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

pub(super) async fn delete(transaction: &mut Transaction<'static, Sqlite>, id: JobId) -> Result<(), Error> {
    sqlx::query("DELETE FROM jobs WHERE id = ?").bind(id.to_string()).execute(&mut **transaction).await?;
    Ok(())
}

pub(crate) async fn forget_model(transaction: &mut Transaction<'static, Sqlite>, id: JobId) -> Result<(), Error> {
    sqlx::query("UPDATE jobs SET model_id = NULL WHERE id = ?")
        .bind(id.to_string())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// The name of a job that still needs a dataset.
pub(crate) async fn unfinished_job_on(
    transaction: &mut Transaction<'static, Sqlite>,
    dataset: DatasetId,
) -> Result<Option<String>, Error> {
    let name = sqlx::query_scalar(
        "SELECT name FROM jobs WHERE dataset_id = ? AND state NOT IN ('COMPLETED', 'FAILED', 'STOPPED') LIMIT 1",
    )
    .bind(dataset.to_string())
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(name)
}

#[derive(FromRow)]
struct MetricRow {
    seq: i64,
    name: String,
    split: String,
    step: i64,
    epoch: i64,
    value: f64,
    at: i64,
}

/// Points after a sequence number, in the order in which they came.
pub(crate) async fn metrics(
    snapshot: &mut Transaction<'static, Sqlite>,
    id: JobId,
    name: Option<&str>,
    after: u64,
) -> Result<Vec<MetricPoint>, Error> {
    let rows: Vec<MetricRow> = sqlx::query_as(
        "SELECT seq, name, split, step, epoch, value, at FROM job_metrics
         WHERE job_id = ?1 AND seq > ?2 AND (?3 IS NULL OR name = ?3) ORDER BY seq, step, name, split",
    )
    .bind(id.to_string())
    .bind(after as i64)
    .bind(name)
    .fetch_all(&mut **snapshot)
    .await?;
    rows.into_iter()
        .map(|row| {
            let split = Split::parse(&row.split)
                .ok_or_else(|| Error::Internal(format!("stored split {:?} is unknown", row.split)))?;
            Ok(MetricPoint {
                seq: row.seq as u64,
                at: Timestamp(row.at),
                point: Point {
                    name: row.name,
                    split,
                    step: row.step as u64,
                    epoch: row.epoch as u32,
                    value: row.value,
                },
            })
        })
        .collect()
}

/// Log lines after a sequence number, oldest first.
pub(crate) async fn logs(
    snapshot: &mut Transaction<'static, Sqlite>,
    id: JobId,
    after: u64,
) -> Result<Vec<LogLine>, Error> {
    let rows: Vec<(i64, i64, String, String)> = sqlx::query_as(
        "SELECT seq, at, level, text FROM job_logs WHERE job_id = ? AND seq > ? ORDER BY seq LIMIT 10000",
    )
    .bind(id.to_string())
    .bind(after as i64)
    .fetch_all(&mut **snapshot)
    .await?;
    rows.into_iter()
        .map(|(seq, at, level, text)| {
            let level = LogLevel::parse(&level)
                .ok_or_else(|| Error::Internal(format!("stored log level {level:?} is unknown")))?;
            Ok(LogLine { seq: seq as u64, at: Timestamp(at), level, text })
        })
        .collect()
}

/// Every id, to tell which directories belong to nobody.
pub(crate) async fn ids(db: &Db) -> Result<Vec<String>, Error> {
    Ok(sqlx::query_scalar("SELECT id FROM jobs").fetch_all(&db.read).await?)
}
