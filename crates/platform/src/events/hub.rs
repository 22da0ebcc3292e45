//! Fan-out within this process. Publishing never waits for a reader: one that falls behind reads the database again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use domain::{JobId, UserId, job::JobSummary, wire::socket::ServerMessage};
use tokio::sync::broadcast::{self, Receiver, Sender};

use crate::Platform;

/// Events that a reader may be behind before it is told to read again.
const BACKLOG: usize = 64;

/// What one commit changed of a job.
#[derive(Debug)]
pub(super) enum JobEvent {
    /// From sequence number `after` to `seq`; whoever stands elsewhere must read the database.
    Change {
        after: u64,
        seq: u64,
        messages: Vec<ServerMessage>,
        /// When this process knew of it.
        committed: Instant,
    },
    Deleted,
}

/// A line of somebody's list changed.
#[derive(Clone, Debug)]
pub(super) enum ListEvent {
    Change {
        owner: UserId,
        message: ServerMessage,
    },
    /// Nobody knows what: read the list again.
    Unknown,
}

pub(crate) struct Hub {
    jobs: Mutex<HashMap<JobId, Sender<Arc<JobEvent>>>>,
    list: Sender<Arc<ListEvent>>,
}

impl Default for Hub {
    fn default() -> Self {
        Self { jobs: Mutex::default(), list: broadcast::channel(BACKLOG * 4).0 }
    }
}

impl Hub {
    /// Tells the watchers of a job, after the change was committed. `event` is only made when there are any.
    pub(super) fn publish_job(&self, id: JobId, event: impl FnOnce() -> JobEvent) {
        if let Some(sender) = self.jobs().get(&id) {
            // Fails only when nobody watches.
            let _ = sender.send(Arc::new(event()));
        }
    }

    /// Tells the watchers of lists where a job stands.
    pub(super) fn publish_summary(&self, owner: UserId, job: &JobSummary) {
        if self.is_list_watched() {
            self.publish_list(owner, ServerMessage::JobStatus(Box::new(job.clone())));
        }
    }

    pub(super) fn publish_deletion(&self, id: JobId, owner: UserId) {
        self.publish_job(id, || JobEvent::Deleted);
        self.publish_list(owner, ServerMessage::JobDeleted { job_id: id });
    }

    /// Something may have changed: everybody reads the database again.
    pub(super) fn publish_unknown(&self) {
        let ids: Vec<JobId> = self.jobs().keys().copied().collect();
        for id in ids {
            self.publish_job(id, || JobEvent::Change {
                after: u64::MAX,
                seq: u64::MAX,
                messages: Vec::new(),
                committed: Instant::now(),
            });
        }
        let _ = self.list.send(Arc::new(ListEvent::Unknown));
    }

    fn publish_list(&self, owner: UserId, message: ServerMessage) {
        // Fails only when nobody watches.
        let _ = self.list.send(Arc::new(ListEvent::Change { owner, message }));
    }

    pub(super) fn is_job_watched(&self, id: JobId) -> bool {
        self.jobs().contains_key(&id)
    }

    pub(super) fn is_list_watched(&self) -> bool {
        self.list.receiver_count() > 0
    }

    pub(super) fn watch_list(&self) -> Receiver<Arc<ListEvent>> {
        self.list.subscribe()
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<JobId, Sender<Arc<JobEvent>>>> {
        // A panic while the lock was held cannot leave the map half changed.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody watches a job. The channel goes with its last watcher.
pub(super) struct Watching {
    platform: Platform,
    job_id: JobId,
    pub(super) live: Receiver<Arc<JobEvent>>,
}

impl Watching {
    pub(super) fn new(platform: &Platform, job_id: JobId) -> Self {
        let live = platform.hub.jobs().entry(job_id).or_insert_with(|| broadcast::channel(BACKLOG).0).subscribe();
        Self { platform: platform.clone(), job_id, live }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let mut jobs = self.platform.hub.jobs();
        // The one that counts is ours, which is about to go.
        if jobs.get(&self.job_id).is_some_and(|sender| sender.receiver_count() <= 1) {
            jobs.remove(&self.job_id);
        }
    }
}
