//! Fan-out within this process. Publishing never waits for a reader: one that falls behind reads the database again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{JobId, UserId, job::JobSummary, wire::socket::ServerMessage};
use tokio::sync::broadcast;

/// Events that a reader may be behind before it is told to read again.
const BACKLOG: usize = 64;

/// What one commit changed of a job.
#[derive(Debug)]
pub(crate) enum JobEvent {
    /// From sequence number `after` to `seq`; whoever stands elsewhere must read the database.
    Change {
        after: u64,
        seq: u64,
        messages: Vec<ServerMessage>,
    },
    Deleted,
}

/// A line of somebody's list changed.
#[derive(Clone, Debug)]
pub(crate) struct ListEvent {
    pub(crate) owner: UserId,
    pub(crate) message: ServerMessage,
}

pub(crate) struct Hub {
    jobs: Mutex<HashMap<JobId, broadcast::Sender<Arc<JobEvent>>>>,
    list: broadcast::Sender<Arc<ListEvent>>,
}

impl Default for Hub {
    fn default() -> Self {
        Self { jobs: Mutex::default(), list: broadcast::channel(BACKLOG * 4).0 }
    }
}

impl Hub {
    /// Tells the watchers of a job, after the change was committed. `event` is only made when there are any.
    pub(crate) fn publish_job(&self, id: JobId, event: impl FnOnce() -> JobEvent) {
        let mut jobs = self.jobs();
        let Some(sender) = jobs.get(&id) else { return };
        if sender.receiver_count() == 0 || sender.send(Arc::new(event())).is_err() {
            jobs.remove(&id);
        }
    }

    /// Tells the watchers of lists.
    pub(crate) fn publish_list(&self, owner: UserId, message: ServerMessage) {
        // Fails only when nobody watches.
        let _ = self.list.send(Arc::new(ListEvent { owner, message }));
    }

    /// Tells the watchers of lists where a job stands.
    pub(crate) fn publish_summary(&self, owner: UserId, job: &JobSummary) {
        if self.list.receiver_count() > 0 {
            self.publish_list(owner, ServerMessage::JobStatus(Box::new(job.clone())));
        }
    }

    pub(super) fn watch_job(&self, id: JobId) -> broadcast::Receiver<Arc<JobEvent>> {
        self.jobs().entry(id).or_insert_with(|| broadcast::channel(BACKLOG).0).subscribe()
    }

    pub(super) fn watch_list(&self) -> broadcast::Receiver<Arc<ListEvent>> {
        self.list.subscribe()
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<JobId, broadcast::Sender<Arc<JobEvent>>>> {
        // A panic while the lock was held cannot leave the map half changed.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
