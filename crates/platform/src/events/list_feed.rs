//! One watcher of the list of jobs.

use std::{collections::VecDeque, sync::Arc};

use domain::{Principal, Role, wire::socket::ServerMessage};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::hub::ListEvent;
use crate::{Error, Platform, jobs::sql};

/// List-level changes of all jobs that the caller may see.
pub struct ListFeed {
    platform: Platform,
    principal: Principal,
    live: Receiver<Arc<ListEvent>>,
    pending: VecDeque<ServerMessage>,
    behind: bool,
}

/// Follows the caller's list: first where the newest jobs stand, then what changes.
pub fn follow_user(platform: &Platform, principal: &Principal) -> ListFeed {
    ListFeed {
        platform: platform.clone(),
        principal: principal.clone(),
        live: platform.hub.watch_list(),
        pending: VecDeque::new(),
        behind: true,
    }
}

impl ListFeed {
    /// The next message; `None` when the platform closes. May be dropped and called again without losing anything.
    pub async fn next(&mut self) -> Result<Option<ServerMessage>, Error> {
        loop {
            if let Some(message) = self.pending.pop_front() {
                return Ok(Some(message));
            }
            if self.behind {
                let jobs = sql::newest(&self.platform.db, &self.principal).await?;
                self.pending.extend(jobs.into_iter().map(|job| ServerMessage::JobStatus(Box::new(job))));
                self.behind = false;
                continue;
            }
            match self.live.recv().await {
                Ok(event) if self.principal.role == Role::Admin || event.owner == self.principal.user_id => {
                    return Ok(Some(event.message.clone()));
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => return Ok(None),
            }
        }
    }
}
