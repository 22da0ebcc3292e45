//! From frames to rows. Every transaction begins with the fence; watchers are told after the commit.

mod ending;
mod frames;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use domain::{
    Timestamp,
    job::{JobSpec, JobState, JobStatus, LogLevel, Point, Transition},
    wire::socket::ServerMessage,
};

use crate::{
    Breakpoint, Error, Platform, blob, clock,
    db::Tx,
    events::{self, Change},
    jobs, metrics,
    queue::{
        Lease,
        sql::{self, Standing},
    },
};

/// Lists are told of progress this often; of changes of state at once.
const LIST_EVERY: Duration = Duration::from_millis(500);

/// Writes for one attempt.
pub(super) struct Record<'a> {
    platform: &'a Platform,
    lease: Lease,
    /// As of the last commit.
    job: JobStatus,
    metrics: BTreeMap<String, f64>,
    listed: Instant,
}

/// A transaction that has passed the fence.
struct Write {
    transaction: Tx,
    /// Sequence number before it, and the first one it may use.
    after: u64,
    seq: u64,
    /// Somebody wants the job to stop.
    stop_wanted: bool,
    points: Vec<Point>,
    /// When the trainer said the first of it.
    said: Option<Timestamp>,
    lines: Vec<ServerMessage>,
    /// Training steps that it records.
    steps: u64,
    /// Checkpoints that are not needed any more, once it is committed.
    outdated: Vec<PathBuf>,
}

impl<'a> Record<'a> {
    /// Begins to write for a fresh claim.
    pub(super) async fn open(platform: &'a Platform, lease: Lease) -> Result<Self, Error> {
        let found = jobs::sql::find_for_agent(&platform.db, lease.job_id).await?;
        let job = found.ok_or(Error::Fenced)?;
        let metrics = job.summary.progress.metrics.clone();
        let mut record = Self { platform, lease, job, metrics, listed: Instant::now() };
        let write = record.begin().await?;
        record.commit(write).await?;
        Ok(record)
    }

    pub(super) fn lease(&self) -> Lease {
        self.lease
    }

    pub(super) fn spec(&self) -> &JobSpec {
        &self.job.params
    }

    pub(super) fn state(&self) -> JobState {
        self.job.summary.progress.status
    }

    async fn begin(&self) -> Result<Write, Error> {
        let mut transaction = self.platform.db.begin().await?;
        let (after, stop_wanted) = sql::fence(&mut transaction, &self.lease).await?;
        Ok(Write {
            transaction,
            after,
            seq: after + 1,
            stop_wanted,
            points: Vec::new(),
            said: None,
            lines: Vec::new(),
            steps: 0,
            outdated: Vec::new(),
        })
    }

    async fn commit(&mut self, mut write: Write) -> Result<(), Error> {
        let found = jobs::sql::find_for_agent(&mut write.transaction, self.lease.job_id).await?;
        let job = found.ok_or(Error::Fenced)?;
        let progress = &job.summary.progress;
        let moved = progress.status != self.job.summary.progress.status;
        let ended = moved && progress.status.is_terminal();
        let listed = moved || progress.status.is_terminal() || self.listed.elapsed() >= LIST_EVERY;
        let mut messages = vec![events::news(&job.summary, write.seq, write.said, write.points)];
        messages.append(&mut write.lines);
        let (owner, after) = (self.lease.user_id, write.after);
        let change = Change { job: &job.summary, owner, after, messages, listed, ended, wakes: false };
        events::commit(self.platform, write.transaction, change).await?;
        metrics::STEPS.add(Instant::now(), write.steps);
        if job.summary.progress.status.is_terminal() {
            metrics::ended(&job.summary);
        }
        if !write.outdated.is_empty() {
            Breakpoint::CheckpointRecorded.reached();
        }
        remove_later(write.outdated);
        if listed {
            self.listed = Instant::now();
        }
        self.job = job;
        Ok(())
    }

    fn next_state(&self, transition: Transition) -> Result<JobState, Error> {
        Ok(self.state().after(transition)?)
    }

    async fn stand(&self, write: &mut Write, message: Option<&str>) -> Result<(), Error> {
        let progress = &self.job.summary.progress;
        let standing = Standing {
            epoch: progress.epoch,
            step: progress.step,
            total_steps: progress.total_steps,
            loss: progress.loss,
            samples_per_second: progress.samples_per_second,
            eta_seconds: progress.eta_seconds,
            metrics: &self.metrics,
            message,
        };
        sql::set_standing(&mut write.transaction, self.lease.job_id, &standing).await
    }

    async fn log(&self, write: &mut Write, level: LogLevel, text: &str) -> Result<(), Error> {
        let (job_id, at) = (self.lease.job_id, clock::now());
        let seq = sql::append_log(&mut write.transaction, job_id, level, text, at).await?;
        write.lines.push(events::line(job_id, seq, at, level, text));
        Ok(())
    }
}

/// Takes directories away while training goes on. What cannot be removed, or is not because we die first, is swept by the
/// next attempt.
fn remove_later(directories: Vec<PathBuf>) {
    if directories.is_empty() {
        return;
    }
    tokio::task::spawn_blocking(move || {
        for directory in directories {
            if let Err(error) = blob::remove(&directory) {
                tracing::warn!(%error, path = %directory.display(), "an old checkpoint could not be removed");
            }
        }
    });
}
