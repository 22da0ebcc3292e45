//! One watcher of one job.

use std::{collections::VecDeque, time::Duration};

use domain::{JobId, Principal, wire::socket::ServerMessage};
use tokio::{sync::broadcast::error::RecvError, time::timeout};

use super::{
    hub::{JobEvent, Watching},
    replay::replay,
    told::Told,
};
use crate::{
    Error, Platform,
    jobs::{no_such_job, sql},
};

/// Where notices come from other processes one may be lost: after this long without any the database is read.
const CATCH_UP: Duration = Duration::from_secs(5);

/// Ends when the job is deleted. Each message is newer than the one before.
pub struct JobFeed {
    platform: Platform,
    principal: Principal,
    job_id: JobId,
    /// Everything up to this sequence number was given out (or waits in `pending`).
    position: u64,
    watching: Watching,
    pending: VecDeque<Told>,
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
    let watching = Watching::new(platform, job_id);
    let job = sql::find(&platform.db, principal, job_id).await?.ok_or_else(no_such_job)?;
    Ok(JobFeed {
        platform: platform.clone(),
        principal: principal.clone(),
        job_id,
        // A number from the future (another database?) would wait for ever.
        position: after.min(job.summary.last_seq),
        watching,
        pending: VecDeque::new(),
        behind: true,
        ended: false,
    })
}

impl JobFeed {
    /// The next message; `None` when the job is gone. May be dropped and called again without losing anything.
    pub async fn next(&mut self) -> Result<Option<Told>, Error> {
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
            let event = if self.platform.db.is_shared() {
                let Ok(event) = timeout(CATCH_UP, self.watching.live.recv()).await else {
                    self.behind = self.has_moved().await?;
                    continue;
                };
                event
            } else {
                self.watching.live.recv().await
            };
            match event {
                Ok(event) => self.take(&event),
                Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => self.ended = true,
            }
        }
    }

    fn take(&mut self, event: &JobEvent) {
        match event {
            JobEvent::Deleted => {
                self.pending.push_back(ServerMessage::JobDeleted { job_id: self.job_id }.into());
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

    async fn has_moved(&self) -> Result<bool, Error> {
        let job = sql::find(&self.platform.db, &self.principal, self.job_id).await?;
        Ok(job.is_none_or(|job| job.summary.last_seq != self.position))
    }

    /// What came after `position`, in the order of sequence numbers: all of it, or a part when there is much.
    async fn read(&mut self) -> Result<(), Error> {
        let mut snapshot = self.platform.db.snapshot().await?;
        let found = sql::find(&mut snapshot, &self.principal, self.job_id).await?;
        self.behind = false;
        let Some(job) = found else {
            self.take(&JobEvent::Deleted);
            return Ok(());
        };
        let missed = replay(&mut snapshot, &job.summary, self.position).await?;
        self.pending.extend(missed.messages.into_iter().map(Told::from));
        self.position = missed.seq;
        self.behind = !missed.last;
        Ok(())
    }
}
