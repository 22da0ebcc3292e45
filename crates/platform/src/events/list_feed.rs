//! One watcher of the list of jobs.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use domain::{JobId, Principal, wire::socket::ServerMessage};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{hub::ListEvent, told::Told};
use crate::{Error, Platform, jobs::sql};

/// List-level changes of all jobs that the caller may see.
pub struct ListFeed {
    platform: Platform,
    principal: Principal,
    live: Receiver<Arc<ListEvent>>,
    pending: VecDeque<Told>,
    behind: bool,
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

    /// The next message; `None` when the platform closes. May be dropped and called again without losing anything.
    pub async fn next(&mut self) -> Result<Option<Told>, Error> {
        loop {
            if let Some(message) = self.pending.pop_front() {
                return Ok(Some(message));
            }
            if self.behind {
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
                    ListEvent::Change { owner, message } if self.principal.sees(*owner) && self.is_news(message) => {
                        return Ok(Some(message.clone()));
                    }
                    ListEvent::Change { .. } => {}
                    ListEvent::Unknown => self.behind = true,
                },
                Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => return Ok(None),
            }
        }
    }
}
