//! Every statement by which agents claim, renew, give back and write `jobs`, `job_metrics`, `job_logs`, `checkpoints`.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    JobId, ModelId, Timestamp, UserId,
    job::{JobFailure, JobState, LogLevel, Point},
};
use uuid::Uuid;

use super::lease::{Beat, Lease};
use crate::{
    Error,
    db::{Db, Lock, Tx, parse_id, sql, sql_rows, to_json},
    jobs::sql::parse_state,
};

/// Longest that a job waits between two attempts. One that seems to wait longer was given its turn by a clock that has
/// been set back since.
pub(crate) const MAX_BACKOFF_SECONDS: i64 = 300;

/// Claims the job whose turn it is. Among the users who have jobs waiting, and fewer than `per_user` being trained, the
/// one with the fewest being trained comes first, then the one whose last turn is the longest ago; of that user's jobs
/// the one of the highest priority, then the oldest.
pub(crate) async fn claim(
    db: &Db,
    agent_id: Uuid,
    next: JobState,
    per_user: Option<u32>,
) -> Result<Option<Lease>, Error> {
    let mut transaction = db.begin().await?;
    transaction.lock(Lock::Queue).await?;
    let chosen: Option<(String, String)> = sql("SELECT job_id, user_id FROM
             (SELECT users.id AS user_id, users.turn AS turn,
                     (SELECT jobs.id FROM jobs, clock
                      WHERE jobs.owner_id = users.id AND jobs.state = 'QUEUED'
                        AND (jobs.available_at <= clock.now OR jobs.available_at > clock.now + $1)
                      ORDER BY jobs.priority DESC, jobs.id LIMIT 1) AS job_id,
                     (SELECT count(*) FROM jobs
                      WHERE jobs.owner_id = users.id AND jobs.state IN ('STARTING', 'LOADING', 'RUNNING')) AS held
              FROM users) AS waiting
         WHERE job_id IS NOT NULL AND ($2 IS NULL OR held < $2) ORDER BY held, turn, job_id LIMIT 1")
    .bind(MAX_BACKOFF_SECONDS * 1_000_000)
    .bind(per_user)
    .optional(&mut transaction)
    .await?;
    let Some((job_id, user_id)) = chosen else { return Ok(None) };
    let attempt: Option<i64> =
        sql("UPDATE jobs SET state = $1, attempt = attempt + 1, lease_owner = $2, lease_beat = lease_beat + 1,
                message = 'Starting.', last_seq = last_seq + 1,
                started_at = coalesce(started_at, (SELECT now FROM clock))
         WHERE id = $3 AND state = 'QUEUED' RETURNING attempt")
        .bind(next.as_str())
        .bind(agent_id)
        .bind(&job_id)
        .optional_scalar(&mut transaction)
        .await?;
    // Somebody has just stopped it.
    let Some(attempt) = attempt else { return Ok(None) };
    sql("UPDATE users SET turn = (SELECT coalesce(max(turn), 0) + 1 FROM users) WHERE id = $1")
        .bind(&user_id)
        .execute(&mut transaction)
        .await?;
    transaction.commit().await?;
    Ok(Some(Lease {
        job_id: JobId(parse_id(&job_id)?),
        user_id: UserId(parse_id(&user_id)?),
        attempt: attempt as u32,
        agent_id,
    }))
}

/// What a renewal brings back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Renewed {
    /// Somebody wants the job to stop.
    pub(crate) stop_wanted: bool,
    /// Milliseconds of training by all attempts.
    pub(crate) trained_ms: u64,
}

/// Makes the lease last longer, and adds to the time that the job has been trained.
///
/// # Errors
/// `Fenced` when the lease is lost.
pub(crate) async fn renew(db: &Db, lease: &Lease, trained_ms: u64) -> Result<Renewed, Error> {
    let row: Option<(bool, i64)> = sql("UPDATE jobs SET lease_beat = lease_beat + 1, trained_ms = trained_ms + $4
         WHERE id = $1 AND attempt = $2 AND lease_owner = $3 RETURNING stop_requested, trained_ms")
    .bind(lease.job_id)
    .bind(lease.attempt)
    .bind(lease.agent_id)
    .bind(trained_ms)
    .optional(db.writer())
    .await?;
    let (stop_wanted, trained_ms) = row.ok_or(Error::Fenced)?;
    Ok(Renewed { stop_wanted, trained_ms: trained_ms as u64 })
}

/// The first statement of every write for a job: takes the next sequence number, or learns that the lease is lost.
/// Returns the number before it, and whether somebody wants the job to stop.
pub(crate) async fn fence(transaction: &mut Tx, lease: &Lease) -> Result<(u64, bool), Error> {
    let row: Option<(i64, bool)> =
        sql("UPDATE jobs SET last_seq = last_seq + 1 WHERE id = $1 AND attempt = $2 AND lease_owner = $3
         RETURNING last_seq, stop_requested")
        .bind(lease.job_id)
        .bind(lease.attempt)
        .bind(lease.agent_id)
        .optional(&mut *transaction)
        .await?;
    row.map(|(seq, stop_wanted)| ((seq - 1) as u64, stop_wanted)).ok_or(Error::Fenced)
}

/// Takes one more sequence number.
pub(crate) async fn next_seq(transaction: &mut Tx, id: JobId) -> Result<u64, Error> {
    let seq: i64 = sql("UPDATE jobs SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq")
        .bind(id)
        .scalar(&mut *transaction)
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
    sql("INSERT INTO job_logs (job_id, seq, at, level, text) VALUES ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(seq)
        .bind(at.0)
        .bind(level.as_str())
        .bind(text)
        .execute(&mut *transaction)
        .await?;
    Ok(seq)
}

pub(crate) async fn set_state(transaction: &mut Tx, id: JobId, state: JobState, message: &str) -> Result<(), Error> {
    sql("UPDATE jobs SET state = $2, message = $3 WHERE id = $1")
        .bind(id)
        .bind(state.as_str())
        .bind(message)
        .execute(&mut *transaction)
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
    sql(
        "UPDATE jobs SET epoch = $2, step = $3, total_steps = $4, loss = $5, samples_per_second = $6, eta_seconds = $7,
                         metrics = $8, message = coalesce($9, message)
         WHERE id = $1",
    )
    .bind(id)
    .bind(standing.epoch)
    .bind(standing.step)
    .bind(standing.total_steps)
    .bind(standing.loss)
    .bind(standing.samples_per_second)
    .bind(standing.eta_seconds)
    .bind(to_json("metrics", standing.metrics)?)
    .bind(standing.message)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

/// Rows of one statement: eight values each, far below what either engine takes.
const ROWS: usize = 100;

/// Stores points under a sequence number; a point that was lost with a dead attempt and came again replaces the old one.
pub(crate) async fn insert_points(
    transaction: &mut Tx,
    id: JobId,
    seq: u64,
    points: &[Point],
    at: Timestamp,
) -> Result<(), Error> {
    // A statement may meet a key only once; of two points of one step the later one counts.
    let mut newest: BTreeMap<(u64, &str, &str), &Point> = BTreeMap::new();
    for point in points {
        newest.insert((point.step, &point.name, point.split.as_str()), point);
    }
    let newest: Vec<&Point> = newest.into_values().collect();
    for rows in newest.chunks(ROWS) {
        let mut statement = sql_rows(
            "INSERT INTO job_metrics (job_id, seq, name, split, step, epoch, value, at)",
            rows.len(),
            8,
            "ON CONFLICT (job_id, name, split, step) DO UPDATE
             SET seq = excluded.seq, epoch = excluded.epoch, value = excluded.value, at = excluded.at",
        );
        for point in rows {
            statement = statement
                .bind(id)
                .bind(seq)
                .bind(&point.name)
                .bind(point.split.as_str())
                .bind(point.step)
                .bind(point.epoch)
                .bind(point.value)
                .bind(at);
        }
        statement.execute(&mut *transaction).await?;
    }
    Ok(())
}

/// Forgets what an attempt measured beyond the checkpoint that the next one goes on from. What a finished model said of
/// untouched rows stays unless the job begins anew: one that goes on for more epochs does not measure it again.
pub(crate) async fn delete_points_after(transaction: &mut Tx, id: JobId, step: u64) -> Result<(), Error> {
    sql("DELETE FROM job_metrics WHERE job_id = $1 AND step > $2 AND (split <> 'test' OR $2 = 0)")
        .bind(id)
        .bind(step)
        .execute(&mut *transaction)
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
    sql("INSERT INTO checkpoints (job_id, step, epoch, attempt, path, sha256, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (job_id, step, attempt) DO UPDATE
         SET epoch = excluded.epoch, path = excluded.path, sha256 = excluded.sha256, created_at = excluded.created_at")
    .bind(lease.job_id)
    .bind(step)
    .bind(epoch)
    .bind(lease.attempt)
    .bind(path)
    .bind(sha256)
    .bind(at.0)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

pub(crate) async fn delete_checkpoint(transaction: &mut Tx, id: JobId, path: &str) -> Result<(), Error> {
    sql("DELETE FROM checkpoints WHERE job_id = $1 AND path = $2")
        .bind(id)
        .bind(path)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

/// Paths of the recorded checkpoints, newest first.
pub(crate) async fn checkpoints(db: &Db, id: JobId) -> Result<Vec<String>, Error> {
    sql("SELECT path FROM checkpoints WHERE job_id = $1 ORDER BY step DESC, attempt DESC").bind(id).scalars(db).await
}

/// How it ended. The lease ends with it.
pub(crate) struct Ending<'a> {
    pub(crate) state: JobState,
    pub(crate) message: &'a str,
    pub(crate) failure: Option<&'a JobFailure>,
    pub(crate) model_id: Option<ModelId>,
}

pub(crate) async fn end(transaction: &mut Tx, id: JobId, ending: &Ending<'_>, now: Timestamp) -> Result<(), Error> {
    sql(
        "UPDATE jobs SET state = $2, message = $3, failure = $4, model_id = $5, finished_at = $6, stop_requested = FALSE,
                         eta_seconds = NULL, lease_owner = NULL
         WHERE id = $1",
    )
    .bind(id)
    .bind(ending.state.as_str())
    .bind(ending.message)
    .bind(ending.failure.map(|failure| to_json("failure", failure)).transpose()?)
    .bind(ending.model_id.map(|id| id.to_string()))
    .bind(now.0)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

/// Puts a job back into the queue without counting a death.
pub(crate) async fn give_back(transaction: &mut Tx, id: JobId, state: JobState, message: &str) -> Result<(), Error> {
    sql("UPDATE jobs SET state = $2, message = $3, available_at = 0, lease_owner = NULL WHERE id = $1")
        .bind(id)
        .bind(state.as_str())
        .bind(message)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

/// Counts a death; returns how many there have been.
pub(crate) async fn count_death(transaction: &mut Tx, id: JobId) -> Result<u32, Error> {
    let deaths: i64 = sql("UPDATE jobs SET deaths = deaths + 1 WHERE id = $1 RETURNING deaths")
        .bind(id)
        .scalar(&mut *transaction)
        .await?;
    Ok(deaths as u32)
}

/// Not claimed before so many seconds have passed on the database's clock.
pub(crate) async fn hold_back(transaction: &mut Tx, id: JobId, seconds: i64) -> Result<(), Error> {
    sql("UPDATE jobs SET available_at = (SELECT now FROM clock) + $2 WHERE id = $1")
        .bind(id)
        .bind(seconds.min(MAX_BACKOFF_SECONDS) * 1_000_000)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

/// Every lease that some agent holds, as it stands now.
pub(crate) async fn leases(db: &Db) -> Result<Vec<Beat>, Error> {
    let rows: Vec<(String, i64, i64)> =
        sql("SELECT id, attempt, lease_beat FROM jobs WHERE state IN ('STARTING', 'LOADING', 'RUNNING')")
            .all(db)
            .await?;
    rows.into_iter()
        .map(|(id, attempt, beat)| {
            Ok(Beat { job_id: JobId(parse_id(&id)?), attempt: attempt as u32, beat: beat as u64 })
        })
        .collect()
}

/// The state of a job whose lease stands as it was seen, and whether it is to stop; `None` when it was renewed or has
/// ended since. Nobody renews it before the end of the transaction.
pub(crate) async fn held(transaction: &mut Tx, seen: Beat) -> Result<Option<(JobState, bool)>, Error> {
    let row: Option<(String, bool)> = sql("UPDATE jobs SET lease_beat = lease_beat + 1
         WHERE id = $1 AND attempt = $2 AND lease_beat = $3 AND state IN ('STARTING', 'LOADING', 'RUNNING')
         RETURNING state, stop_requested")
    .bind(seen.job_id)
    .bind(seen.attempt)
    .bind(seen.beat)
    .optional(&mut *transaction)
    .await?;
    row.map(|(state, stop)| Ok((parse_state(&state)?, stop))).transpose()
}

/// How many wait and how many are held.
pub(super) async fn counts(db: &Db) -> Result<(u64, u64), Error> {
    let (queued, running): (i64, i64) = sql("SELECT (SELECT count(*) FROM jobs WHERE state = 'QUEUED'),
                (SELECT count(*) FROM jobs WHERE state IN ('STARTING', 'LOADING', 'RUNNING'))")
    .one(db)
    .await?;
    Ok((queued as u64, running as u64))
}

/// How busy everything is.
pub(crate) struct Standings {
    /// Every state, also those that no job is in.
    pub(crate) by_state: Vec<(JobState, u64)>,
    pub(crate) oldest_waiting: Duration,
    /// Processes that hold jobs.
    pub(crate) agents: u64,
}

pub(crate) async fn standing(db: &Db) -> Result<Standings, Error> {
    let counted: Vec<(String, i64)> =
        sql("SELECT state, count(*) FROM jobs GROUP BY state ORDER BY state").all(db).await?;
    let mut by_state: BTreeMap<&str, (JobState, u64)> =
        JobState::ALL.iter().map(|state| (state.as_str(), (*state, 0))).collect();
    for (state, count) in counted {
        by_state.insert(parse_state(&state)?.as_str(), (parse_state(&state)?, count as u64));
    }
    let (waiting, agents): (i64, i64) = sql("SELECT
            coalesce((SELECT clock.now - min(CASE WHEN available_at > created_at THEN available_at ELSE created_at END)
                      FROM jobs, clock WHERE state = 'QUEUED' GROUP BY clock.now), 0),
            (SELECT count(DISTINCT lease_owner) FROM jobs WHERE state IN ('STARTING', 'LOADING', 'RUNNING'))")
    .one(db)
    .await?;
    Ok(Standings {
        by_state: by_state.into_values().collect(),
        oldest_waiting: Duration::from_micros(waiting.max(0) as u64),
        agents: agents as u64,
    })
}
