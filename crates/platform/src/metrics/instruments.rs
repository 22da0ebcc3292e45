//! Counters, gauges and histograms that any thread may use at any time.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// For what should take milliseconds.
pub const SECONDS: &[f64; 14] = &[0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Only goes up.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many there are now.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    pub const fn new() -> Self {
        Self(AtomicI64::new(0))
    }

    /// One more, until the answer is dropped.
    pub fn up(&'static self) -> Up {
        self.0.fetch_add(1, Ordering::Relaxed);
        Up(self)
    }

    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts in a [`Gauge`] for as long as it lives.
#[derive(Debug)]
pub struct Up(&'static Gauge);

impl Drop for Up {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How often a value was at most so large.
#[derive(Debug)]
pub struct Histogram<const N: usize> {
    pub(super) bounds: &'static [f64; N],
    counts: [AtomicU64; N],
    beyond: AtomicU64,
    sum_micros: AtomicU64,
}

impl<const N: usize> Histogram<N> {
    pub const fn new(bounds: &'static [f64; N]) -> Self {
        Self {
            bounds,
            counts: [const { AtomicU64::new(0) }; N],
            beyond: AtomicU64::new(0),
            sum_micros: AtomicU64::new(0),
        }
    }

    pub fn observe(&self, value: f64) {
        let bucket = self.bounds.iter().position(|bound| value <= *bound).map_or(&self.beyond, |at| &self.counts[at]);
        bucket.fetch_add(1, Ordering::Relaxed);
        self.sum_micros.fetch_add((value.max(0.0) * 1e6) as u64, Ordering::Relaxed);
    }

    /// How many were at most as large as each bound; how many there were; their sum.
    pub(super) fn read(&self) -> ([u64; N], u64, f64) {
        let mut so_far = 0;
        let counts = self.counts.each_ref().map(|count| {
            so_far += count.load(Ordering::Relaxed);
            so_far
        });
        let sum = self.sum_micros.load(Ordering::Relaxed) as f64 / 1e6;
        (counts, so_far + self.beyond.load(Ordering::Relaxed), sum)
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while it was held leaves figures that are at worst one short.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many in all, and how many a second lately.
#[derive(Debug)]
pub(crate) struct Rate {
    total: Counter,
    lately: Mutex<VecDeque<(Instant, u64)>>,
}

/// What "lately" means.
const WINDOW: Duration = Duration::from_secs(10);
/// What comes within this time is one entry.
const GRAIN: Duration = Duration::from_millis(250);

impl Rate {
    pub(crate) const fn new() -> Self {
        Self { total: Counter::new(), lately: Mutex::new(VecDeque::new()) }
    }

    pub(crate) fn add(&self, now: Instant, count: u64) {
        if count == 0 {
            return;
        }
        self.total.add(count);
        let mut lately = held(&self.lately);
        match lately.back_mut() {
            Some((since, counted)) if now.duration_since(*since) < GRAIN => *counted += count,
            _ => lately.push_back((now, count)),
        }
        while lately.front().is_some_and(|(since, _)| now.duration_since(*since) > WINDOW) {
            lately.pop_front();
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.total.get()
    }

    pub(crate) fn per_second(&self, now: Instant) -> f64 {
        let lately = held(&self.lately);
        let recent = lately.iter().filter(|(since, _)| now.duration_since(*since) <= WINDOW);
        recent.map(|(_, count)| *count).sum::<u64>() as f64 / WINDOW.as_secs_f64()
    }
}

/// How many there are, and since when the oldest is as it is.
#[derive(Debug)]
pub(crate) struct Since(Mutex<(usize, Option<Instant>)>);

impl Since {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new((0, None)))
    }

    pub(crate) fn set(&self, count: usize, oldest: Option<Instant>) {
        *held(&self.0) = (count, oldest);
    }

    pub(crate) fn read(&self, now: Instant) -> (usize, Duration) {
        let (count, oldest) = *held(&self.0);
        (count, oldest.map_or(Duration::ZERO, |oldest| now.duration_since(oldest)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Histogram, Rate, SECONDS};

    #[test]
    fn buckets_count_everything_below_them() {
        let histogram = Histogram::new(SECONDS);
        for value in [0.0005, 0.001, 0.3, 99.0] {
            histogram.observe(value);
        }
        let (counts, count, sum) = histogram.read();
        assert_eq!((counts[0], counts[7], counts[8], counts[13], count), (2, 2, 3, 3, 4));
        assert!((sum - 99.3015).abs() < 1e-6);
    }

    #[test]
    fn a_rate_forgets() {
        let (rate, begin) = (Rate::new(), Instant::now());
        for second in 0..20 {
            rate.add(begin + Duration::from_secs(second), 50);
        }
        assert_eq!(rate.total(), 1_000);
        assert!((rate.per_second(begin + Duration::from_millis(19_500)) - 50.0).abs() < 5.1);
        assert_eq!(rate.per_second(begin + Duration::from_mins(1)), 0.0);
    }
}
