//! Bells. A lost ring costs at most a poll interval, never a job.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::JobId;
use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct Wake {
    queue: Notify,
    jobs: Mutex<HashMap<JobId, Arc<Notify>>>,
}

impl Wake {
    /// There may be a job to claim.
    pub(crate) fn ring(&self) {
        self.queue.notify_one();
    }

    /// Waits for [`Wake::ring`]; returns at once when it rang since the last time.
    pub(crate) async fn rung(&self) {
        self.queue.notified().await;
    }

    /// Something was asked of a job that is being trained.
    pub(crate) fn ring_job(&self, id: JobId) {
        if let Some(bell) = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            bell.notify_one();
        }
    }

    /// Something may have been asked of any job.
    pub(crate) fn ring_all(&self) {
        self.ring();
        for bell in self.jobs.lock().unwrap_or_else(PoisonError::into_inner).values() {
            bell.notify_one();
        }
    }

    /// Whether this process trains the job.
    pub(crate) fn is_attended(&self, id: JobId) -> bool {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id)
    }

    /// How many jobs this process trains.
    pub(crate) fn attended(&self) -> usize {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Hangs a bell for a job; it is taken down when the answer is dropped.
    pub(crate) fn listen(&self, id: JobId) -> JobBell<'_> {
        let bell = Arc::new(Notify::new());
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&bell));
        JobBell { wake: self, id, bell }
    }
}

pub(crate) struct JobBell<'a> {
    wake: &'a Wake,
    id: JobId,
    bell: Arc<Notify>,
}

impl JobBell<'_> {
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }
}

impl Drop for JobBell<'_> {
    fn drop(&mut self) {
        let mut jobs = self.wake.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        // A later attempt may have hung its own bell already.
        if jobs.get(&self.id).is_some_and(|bell| Arc::ptr_eq(bell, &self.bell)) {
            jobs.remove(&self.id);
        }
    }
}
