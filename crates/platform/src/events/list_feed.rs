//! One watcher of the list of jobs.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use domain::{ExperimentId, JobId, Principal, UserId, wire::socket::ServerMessage};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{hub::ListEvent, told::Told};
use crate::{Error, Platform, jobs::sql, shares};

/// List-level changes of all jobs that the caller may see.
pub struct ListFeed {
    platform: Platform,
    principal: Principal,
    live: Receiver<Arc<ListEvent>>,
    pending: VecDeque<Told>,
    behind: bool,
    /// Whether others share anything with the caller.
    shared: bool,
    /// Of jobs of others, in their experiments: whether the caller sees them.
    seen: HashMap<(JobId, Option<ExperimentId>), bool>,
    /// The newest sequence number told of each job: of two changes that are committed at the same time the older one may
    /// be published last.
    told: HashMap<JobId, u64>,
}

/// More than these are forgotten; what comes late comes within milliseconds.
const TOLD: usize = 10_000;

/// Follows the caller's list: first where the newest jobs stand, then what changes.
pub fn follow_user(platform: &Platform, principal: &Principal) -> ListFeed {
    ListFeed {
        platform: platform.clone(),
        principal: principal.clone(),
        live: platform.hub.watch_list(),
        pending: VecDeque::new(),
        behind: true,
        shared: false,
        seen: HashMap::new(),
        told: HashMap::new(),
    }
}

impl ListFeed {
    fn is_news(&mut self, message: &ServerMessage) -> bool {
        let ServerMessage::JobStatus(job) = message else { return true };
        if self.told.len() >= TOLD {
            self.told.clear();
        }
        let told = self.told.get(&job.job_id).copied();
        let news = told.is_none_or(|told| job.last_seq > told);
        if news {
            self.told.insert(job.job_id, job.last_seq);
        }
        news
    }

    /// Whether the caller may be told of a job. What becomes of jobs that others share is asked once for each; when that
    /// changes, everybody reads again.
    async fn sees(&mut self, owner: UserId, message: &ServerMessage) -> Result<bool, Error> {
        if self.principal.sees(owner) || !self.shared {
            return Ok(self.principal.sees(owner));
        }
        let job = match message {
            ServerMessage::JobStatus(job) => (job.job_id, job.experiment_id),
            ServerMessage::JobDeleted { job_id } => {
                return Ok(self.seen.iter().any(|((seen, _), there)| seen == job_id && *there));
            }
            _ => return Ok(false),
        };
        if let Some(seen) = self.seen.get(&job) {
            return Ok(*seen);
        }
        // Dropped here, the event would be lost: then everything is read again.
        self.behind = true;
        let seen = sql::find(&self.platform.db, &self.principal, job.0).await?.is_some();
        self.behind = false;
        self.seen.insert(job, seen);
        Ok(seen)
    }

    /// The next message; `None` when the platform closes. May be dropped and called again without losing anything.
    pub async fn next(&mut self) -> Result<Option<Told>, Error> {
        loop {
            if let Some(message) = self.pending.pop_front() {
                return Ok(Some(message));
            }
            if self.behind {
                self.seen.clear();
                self.shared = match self.principal.sees_only() {
                    Some(user) => shares::sql::any_with(&self.platform.db, user).await?,
                    None => false,
                };
                let jobs = sql::newest(&self.platform.db, &self.principal).await?;
                // Told too: a change that was published before this was read may come after it.
                for message in jobs.into_iter().map(|job| ServerMessage::JobStatus(Box::new(job))) {
                    if self.is_news(&message) {
                        self.pending.push_back(message.into());
                    }
                }
                self.behind = false;
                continue;
            }
            match self.live.recv().await {
                Ok(event) => match &*event {
                    ListEvent::Change { owner, message } => {
                        if self.sees(*owner, message).await? && self.is_news(message) {
                            return Ok(Some(message.clone()));
                        }
                    }
                    ListEvent::Unknown => self.behind = true,
                },
                Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => return Ok(None),
            }
        }
    }
}
