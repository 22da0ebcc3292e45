//! One watcher of one job.

use std::{collections::VecDeque, sync::Arc};

use domain::{
    JobId, Principal,
    job::{LogLine, MetricPoint, Point},
    wire::socket::ServerMessage,
};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{JobEvent, update};
use crate::{
    Error, Platform,
    jobs::{no_such_job, sql},
};

/// Points in one message of a replay, at most about.
const POINTS: usize = 5_000;

/// Ends when the job is deleted. Each message is newer than the one before.
pub struct JobFeed {
    platform: Platform,
    principal: Principal,
    job_id: JobId,
    /// Everything up to this sequence number was given out (or waits in `pending`).
    position: u64,
    live: Receiver<Arc<JobEvent>>,
    pending: VecDeque<ServerMessage>,
    /// The next thing to do is to read the database.
    behind: bool,
    ended: bool,
}

/// Follows a job: first everything after sequence number `after`, then what happens.
///
/// # Errors
/// `not_found`, also when the job is somebody else's.
pub async fn follow_job(
    platform: &Platform,
    principal: &Principal,
    job_id: JobId,
    after: u64,
) -> Result<JobFeed, Error> {
    // Watched before it is read: what happens in between is seen twice and given out once.
    let live = platform.hub.watch_job(job_id);
    let job = sql::find(&platform.db.read, principal, job_id).await?.ok_or_else(no_such_job)?;
    Ok(JobFeed {
        platform: platform.clone(),
        principal: principal.clone(),
        job_id,
        // A number from the future (another database?) would wait for ever.
        position: after.min(job.summary.last_seq),
        live,
        pending: VecDeque::new(),
        behind: true,
        ended: false,
    })
}

impl JobFeed {
    /// The next message; `None` when the job is gone. May be dropped and called again without losing anything.
    pub async fn next(&mut self) -> Result<Option<ServerMessage>, Error> {
        loop {
            if let Some(message) = self.pending.pop_front() {
                return Ok(Some(message));
            }
            if self.ended {
                return Ok(None);
            }
            if self.behind {
                self.read().await?;
                continue;
            }
            match self.live.recv().await {
                Ok(event) => self.take(&event),
                Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => self.ended = true,
            }
        }
    }

    fn take(&mut self, event: &JobEvent) {
        match event {
            JobEvent::Deleted => {
                self.pending.push_back(ServerMessage::JobDeleted { job_id: self.job_id });
                self.ended = true;
            }
            JobEvent::Change { seq, .. } if *seq <= self.position => {}
            JobEvent::Change { after, seq, messages } if *after == self.position => {
                self.pending.extend(messages.iter().cloned());
                self.position = *seq;
            }
            JobEvent::Change { .. } => self.behind = true,
        }
    }

    /// Everything after `position`, of one moment, in the order of sequence numbers.
    async fn read(&mut self) -> Result<(), Error> {
        let mut snapshot = self.platform.db.snapshot().await?;
        let found = sql::find(&mut *snapshot, &self.principal, self.job_id).await?;
        let Some(job) = found else {
            self.behind = false;
            self.take(&JobEvent::Deleted);
            return Ok(());
        };
        let metrics = sql::metrics(&mut snapshot, self.job_id, None, self.position).await?;
        let logs = sql::logs(&mut snapshot, self.job_id, self.position).await?;
        let summary = job.summary;
        let mut points: Vec<Point> = Vec::new();
        let mut points_seq = 0;
        let mut logs = logs.into_iter().peekable();
        for MetricPoint { seq, point, .. } in metrics {
            while let Some(line) = logs.next_if(|line| line.seq < seq) {
                if !points.is_empty() {
                    self.pending.push_back(update(&summary, points_seq, std::mem::take(&mut points)));
                }
                self.pending.push_back(self.log(line));
            }
            // Cut only between sequence numbers: whoever has seen one has seen all of it.
            if points.len() >= POINTS && seq != points_seq {
                self.pending.push_back(update(&summary, points_seq, std::mem::take(&mut points)));
            }
            points.push(point);
            points_seq = seq;
        }
        if !points.is_empty() {
            self.pending.push_back(update(&summary, points_seq, points));
        }
        for line in logs {
            self.pending.push_back(self.log(line));
        }
        // Also without news: the watcher learns where the job stands.
        self.pending.push_back(update(&summary, summary.last_seq, Vec::new()));
        self.position = summary.last_seq;
        self.behind = false;
        Ok(())
    }

    fn log(&self, line: LogLine) -> ServerMessage {
        ServerMessage::JobLog { job_id: self.job_id, seq: line.seq, at: line.at, level: line.level, text: line.text }
    }
}
