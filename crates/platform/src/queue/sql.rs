//! Every statement by which agents claim, renew, give back and write `jobs`, `job_metrics`, `job_logs`, `checkpoints`.

use std::collections::BTreeMap;

use domain::{
    JobId, ModelId, Timestamp, UserId,
    job::{JobFailure, JobState, LogLevel, Point},
};
use sqlx::{Sqlite, Transaction};
use uuid::Uuid;

use super::lease::{LEASE, Lease};
use crate::{
    Error,
    db::{Db, parse_id, to_json},
    jobs::sql::parse_state,
};

type Tx = Transaction<'static, Sqlite>;

/// Microseconds since 1970 on the database's own clock: leases never depend on an agent's.
macro_rules! db_now {
    () => {
        "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
    };
}

/// Claims the oldest job that waits: one conditional UPDATE, so that two agents never hold one.
pub(crate) async fn claim(db: &Db, agent_id: Uuid, next: JobState) -> Result<Option<Lease>, Error> {
    let row: Option<(String, String, i64)> = sqlx::query_as(concat!(
        "UPDATE jobs SET state = ?1, attempt = attempt + 1, lease_owner = ?2, lease_until = ",
        db_now!(),
        " + ?3, message = 'Starting.', last_seq = last_seq + 1,
                 started_at = coalesce(started_at, ",
        db_now!(),
        ")
          WHERE id = (SELECT id FROM jobs WHERE state = 'QUEUED' AND available_at <= ",
        db_now!(),
        " ORDER BY id LIMIT 1) AND state = 'QUEUED'
          RETURNING id, owner_id, attempt"
    ))
    .bind(next.as_str())
    .bind(agent_id.to_string())
    .bind(LEASE.as_micros() as i64)
    .fetch_optional(db.writer())
    .await?;
    row.map(|(id, owner, attempt)| {
        Ok(Lease {
            job_id: JobId(parse_id(&id)?),
            user_id: UserId(parse_id(&owner)?),
            attempt: attempt as u32,
            agent_id,
        })
    })
    .transpose()
}

/// Makes the lease last longer; tells whether somebody wants the job to stop.
///
/// # Errors
/// `Fenced` when the lease is lost.
pub(crate) async fn renew(db: &Db, lease: &Lease) -> Result<bool, Error> {
    let stop: Option<bool> = sqlx::query_scalar(concat!(
        "UPDATE jobs SET lease_until = ",
        db_now!(),
        " + ?4 WHERE id = ?1 AND attempt = ?2 AND lease_owner = ?3 RETURNING stop_requested"
    ))
    .bind(lease.job_id.to_string())
    .bind(lease.attempt)
    .bind(lease.agent_id.to_string())
    .bind(LEASE.as_micros() as i64)
    .fetch_optional(db.writer())
    .await?;
    stop.ok_or(Error::Fenced)
}

/// The first statement of every write for a job: takes the next sequence number, or learns that the lease is lost.
/// Returns the number before it.
pub(crate) async fn fence(transaction: &mut Tx, lease: &Lease) -> Result<u64, Error> {
    let seq: Option<i64> = sqlx::query_scalar(
        "UPDATE jobs SET last_seq = last_seq + 1 WHERE id = ?1 AND attempt = ?2 AND lease_owner = ?3 RETURNING last_seq",
    )
    .bind(lease.job_id.to_string())
    .bind(lease.attempt)
    .bind(lease.agent_id.to_string())
    .fetch_optional(&mut **transaction)
    .await?;
    seq.map(|seq| (seq - 1) as u64).ok_or(Error::Fenced)
}

/// Takes one more sequence number.
pub(crate) async fn next_seq(transaction: &mut Tx, id: JobId) -> Result<u64, Error> {
    let seq: i64 = sqlx::query_scalar("UPDATE jobs SET last_seq = last_seq + 1 WHERE id = ? RETURNING last_seq")
        .bind(id.to_string())
        .fetch_one(&mut **transaction)
        .await?;
    Ok(seq as u64)
}

/// Appends a log line under a sequence number of its own, which is returned.
pub(crate) async fn append_log(
    transaction: &mut Tx,
    id: JobId,
    level: LogLevel,
    text: &str,
    at: Timestamp,
) -> Result<u64, Error> {
    let seq = next_seq(transaction, id).await?;
    sqlx::query("INSERT INTO job_logs (job_id, seq, at, level, text) VALUES (?, ?, ?, ?, ?)")
        .bind(id.to_string())
        .bind(seq as i64)
        .bind(at.0)
        .bind(level.as_str())
        .bind(text)
        .execute(&mut **transaction)
        .await?;
    Ok(seq)
}

pub(crate) async fn set_state(transaction: &mut Tx, id: JobId, state: JobState, message: &str) -> Result<(), Error> {
    sqlx::query("UPDATE jobs SET state = ?2, message = ?3 WHERE id = ?1")
        .bind(id.to_string())
        .bind(state.as_str())
        .bind(message)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Where training stands.
pub(crate) struct Standing<'a> {
    pub(crate) epoch: u32,
    pub(crate) step: u64,
    pub(crate) total_steps: u64,
    pub(crate) loss: Option<f64>,
    pub(crate) samples_per_second: Option<f64>,
    pub(crate) eta_seconds: Option<f64>,
    pub(crate) metrics: &'a BTreeMap<String, f64>,
    pub(crate) message: Option<&'a str>,
}

pub(crate) async fn set_standing(transaction: &mut Tx, id: JobId, standing: &Standing<'_>) -> Result<(), Error> {
    sqlx::query(
        "UPDATE jobs SET epoch = ?2, step = ?3, total_steps = ?4, loss = ?5, samples_per_second = ?6, eta_seconds = ?7,
                         metrics = ?8, message = coalesce(?9, message)
         WHERE id = ?1",
    )
    .bind(id.to_string())
    .bind(standing.epoch)
    .bind(standing.step as i64)
    .bind(standing.total_steps as i64)
    .bind(standing.loss)
    .bind(standing.samples_per_second)
    .bind(standing.eta_seconds)
    .bind(to_json("metrics", standing.metrics)?)
    .bind(standing.message)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Stores points under a sequence number; a point that was lost with a dead attempt and came again replaces the old one.
pub(crate) async fn insert_points(
    transaction: &mut Tx,
    id: JobId,
    seq: u64,
    points: &[Point],
    at: Timestamp,
) -> Result<(), Error> {
    for point in points {
        sqlx::query(
            "INSERT OR REPLACE INTO job_metrics (job_id, seq, name, split, step, epoch, value, at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id.to_string())
        .bind(seq as i64)
        .bind(&point.name)
        .bind(point.split.as_str())
        .bind(point.step as i64)
        .bind(point.epoch)
        .bind(point.value)
        .bind(at.0)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

/// Forgets what an attempt measured beyond the checkpoint that the next one goes on from.
pub(crate) async fn delete_points_after(transaction: &mut Tx, id: JobId, step: u64) -> Result<(), Error> {
    sqlx::query("DELETE FROM job_metrics WHERE job_id = ? AND step > ?")
        .bind(id.to_string())
        .bind(step as i64)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Records a checkpoint; `path` is relative to the job's directory.
pub(crate) async fn insert_checkpoint(
    transaction: &mut Tx,
    lease: &Lease,
    (epoch, step): (u32, u64),
    path: &str,
    sha256: &str,
    at: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT OR REPLACE INTO checkpoints (job_id, step, epoch, attempt, path, sha256, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(lease.job_id.to_string())
    .bind(step as i64)
    .bind(epoch)
    .bind(lease.attempt)
    .bind(path)
    .bind(sha256)
    .bind(at.0)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

pub(crate) async fn delete_checkpoint(transaction: &mut Tx, id: JobId, path: &str) -> Result<(), Error> {
    sqlx::query("DELETE FROM checkpoints WHERE job_id = ? AND path = ?")
        .bind(id.to_string())
        .bind(path)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Paths of the recorded checkpoints, newest first.
pub(crate) async fn checkpoints(db: &Db, id: JobId) -> Result<Vec<String>, Error> {
    Ok(sqlx::query_scalar("SELECT path FROM checkpoints WHERE job_id = ? ORDER BY step DESC, attempt DESC")
        .bind(id.to_string())
        .fetch_all(&db.read)
        .await?)
}

/// How it ended. The lease ends with it.
pub(crate) struct Ending<'a> {
    pub(crate) state: JobState,
    pub(crate) message: &'a str,
    pub(crate) failure: Option<&'a JobFailure>,
    pub(crate) model_id: Option<ModelId>,
}

pub(crate) async fn end(transaction: &mut Tx, id: JobId, ending: &Ending<'_>, now: Timestamp) -> Result<(), Error> {
    sqlx::query(
        "UPDATE jobs SET state = ?2, message = ?3, failure = ?4, model_id = ?5, finished_at = ?6, stop_requested = 0,
                         eta_seconds = NULL, lease_owner = NULL, lease_until = NULL
         WHERE id = ?1",
    )
    .bind(id.to_string())
    .bind(ending.state.as_str())
    .bind(ending.message)
    .bind(ending.failure.map(|failure| to_json("failure", failure)).transpose()?)
    .bind(ending.model_id.map(|id| id.to_string()))
    .bind(now.0)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Puts a job back into the queue without counting a death.
pub(crate) async fn give_back(transaction: &mut Tx, id: JobId, state: JobState, message: &str) -> Result<(), Error> {
    sqlx::query(
        "UPDATE jobs SET state = ?2, message = ?3, available_at = 0, lease_owner = NULL, lease_until = NULL WHERE id = ?1",
    )
    .bind(id.to_string())
    .bind(state.as_str())
    .bind(message)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Counts a death; returns how many there have been, and whether somebody wants the job to stop.
pub(crate) async fn count_death(transaction: &mut Tx, id: JobId) -> Result<(u32, bool), Error> {
    let (deaths, stop): (i64, bool) =
        sqlx::query_as("UPDATE jobs SET deaths = deaths + 1 WHERE id = ? RETURNING deaths, stop_requested")
            .bind(id.to_string())
            .fetch_one(&mut **transaction)
            .await?;
    Ok((deaths as u32, stop))
}

/// Not claimed before so many seconds have passed on the database's clock.
pub(crate) async fn hold_back(transaction: &mut Tx, id: JobId, seconds: i64) -> Result<(), Error> {
    sqlx::query(concat!("UPDATE jobs SET available_at = ", db_now!(), " + ?2 * 1000000 WHERE id = ?1"))
        .bind(id.to_string())
        .bind(seconds)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// The jobs that some agent holds, or only those whose lease has run out.
pub(crate) async fn leased(db: &Db, expired: bool) -> Result<Vec<JobId>, Error> {
    let ids: Vec<String> = sqlx::query_scalar(concat!(
        "SELECT id FROM jobs WHERE lease_owner IS NOT NULL AND (NOT ?1 OR lease_until < ",
        db_now!(),
        ")"
    ))
    .bind(expired)
    .fetch_all(&db.read)
    .await?;
    ids.into_iter().map(|id| Ok(JobId(parse_id(&id)?))).collect()
}

/// The state of a job that is held (or whose lease has run out), and whether it is to stop; `None` when it is not.
pub(crate) async fn held(transaction: &mut Tx, id: JobId, expired: bool) -> Result<Option<(JobState, bool)>, Error> {
    let row: Option<(String, bool)> = sqlx::query_as(concat!(
        "SELECT state, stop_requested FROM jobs
         WHERE id = ?1 AND lease_owner IS NOT NULL AND (NOT ?2 OR lease_until < ",
        db_now!(),
        ")"
    ))
    .bind(id.to_string())
    .bind(expired)
    .fetch_optional(&mut **transaction)
    .await?;
    row.map(|(state, stop)| Ok((parse_state(&state)?, stop))).transpose()
}

/// How many wait and how many are held.
pub(super) async fn counts(db: &Db) -> Result<(u64, u64), Error> {
    let (queued, running): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM jobs WHERE state = 'QUEUED'),
                (SELECT count(*) FROM jobs WHERE state IN ('STARTING', 'LOADING', 'RUNNING'))",
    )
    .fetch_one(&db.read)
    .await?;
    Ok((queued as u64, running as u64))
}
