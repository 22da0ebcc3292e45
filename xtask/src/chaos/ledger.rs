//! What everybody writes down during a round, for the checker to compare with what was recorded.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Locks, also after somebody panicked: what was written down stays true.
pub(super) fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was done to one job, and may be read in its log.
#[derive(Clone, Debug, Default)]
pub(super) struct Suffered {
    /// Its trainer was killed or suspended, or its agent suspended, so that the trainer may have ended by itself.
    pub(super) deaths: u32,
    /// Its agent was killed or suspended, so that its lease may have been lost.
    pub(super) losses: u32,
    /// Checkpoints of it that were damaged: names of directories.
    pub(super) damaged: Vec<String>,
}

/// How often something was done.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) kills: AtomicU64,
    pub(super) suspensions: AtomicU64,
    pub(super) terminations: AtomicU64,
    pub(super) cuts: AtomicU64,
    pub(super) damages: AtomicU64,
    pub(super) full_disks: AtomicU64,
    pub(super) predictions: AtomicU64,
    pub(super) broken_uploads: AtomicU64,
}

impl Counts {
    pub(super) fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
pub(super) struct Ledger {
    suffered: Mutex<BTreeMap<String, Suffered>>,
    violations: Mutex<Vec<String>>,
    pub(super) counts: Counts,
}

impl Ledger {
    pub(super) fn suffer(&self, job: &str, what: impl FnOnce(&mut Suffered)) {
        what(hold(&self.suffered).entry(job.to_owned()).or_default());
    }

    pub(super) fn suffered(&self, job: &str) -> Suffered {
        hold(&self.suffered).get(job).cloned().unwrap_or_default()
    }

    /// Something that must not be.
    pub(super) fn violation(&self, what: impl Into<String>) {
        hold(&self.violations).push(what.into());
    }

    pub(super) fn violations(&self) -> Vec<String> {
        hold(&self.violations).clone()
    }

    /// Writes down what is wrong unless it holds.
    pub(super) fn require(&self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.violation(what());
        }
    }
}
