//! How far reading a file is.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what is read; may be looked at from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    whole: AtomicU64,
}

impl Progress {
    /// From 0 to 1.
    pub fn share(&self) -> f64 {
        let (done, whole) = (self.done.load(Ordering::Relaxed), self.whole.load(Ordering::Relaxed));
        (done as f64 / whole.max(1) as f64).min(1.0)
    }

    /// Begins again, with so much to read.
    pub(crate) fn begin(&self, whole: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.whole.store(whole, Ordering::Relaxed);
    }

    pub(crate) fn add(&self, count: u64) {
        self.done.fetch_add(count, Ordering::Relaxed);
    }
}
