//! One watcher of the list of jobs.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use domain::{JobId, Principal, Role, UserId, wire::socket::ServerMessage};
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
    fn may_see(&self, owner: UserId) -> bool {
        self.principal.role == Role::Admin || owner == self.principal.user_id
    }

    fn is_news(&mut self, message: &ServerMessage) -> bool {
        let ServerMessage::JobStatus(job) = message else { return true };
        if self.told.len() >= TOLD {
            self.told.clear();
        }
        let told = self.told.entry(job.job_id).or_default();
        let news = job.last_seq > *told;
        *told = job.last_seq.max(*told);
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
                self.pending.extend(jobs.into_iter().map(|job| Told::from(ServerMessage::JobStatus(Box::new(job)))));
                self.behind = false;
                continue;
            }
            match self.live.recv().await {
                Ok(event) => match &*event {
                    ListEvent::Change { owner, message } if self.may_see(*owner) && self.is_news(message) => {
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
