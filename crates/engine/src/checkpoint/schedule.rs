//! When the next checkpoint is due.

use std::time::{Duration, Instant};

/// An fsync costs milliseconds, an epoch of a small table less: not after every one.
const AT_MOST_EVERY: Duration = Duration::from_millis(250);
/// A busy disk takes a tenth of a second for one: so many times as long is trained before the next.
const TIMES_ITS_COST: u32 = 30;
/// Until a disk that refused a checkpoint is asked again, when epochs alone decide.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(30);

pub(crate) struct Schedule {
    /// `None`: only at the ends of epochs.
    within_epoch: Option<Duration>,
    /// When training began, or a checkpoint was last tried.
    since: Instant,
    /// How long the last one took; nothing was tried before there is one.
    cost: Option<Duration>,
    failing: bool,
}

impl Schedule {
    /// `seconds` between checkpoints within an epoch; 0: none there.
    pub(crate) fn new(seconds: u64, now: Instant) -> Self {
        let within_epoch = (seconds > 0).then(|| Duration::from_secs(seconds));
        Self { within_epoch, since: now, cost: None, failing: false }
    }

    pub(crate) fn is_due_within_epoch(&self, now: Instant) -> bool {
        self.within_epoch.is_some_and(|wait| now.duration_since(self.since) >= wait)
    }

    pub(crate) fn is_due_after_epoch(&self, now: Instant) -> bool {
        let Some(cost) = self.cost else { return true };
        let most = self.until_next_try();
        let wait = if self.failing { most } else { (cost * TIMES_ITS_COST).min(most).max(AT_MOST_EVERY) };
        now.duration_since(self.since) >= wait
    }

    /// How long a disk that refused a checkpoint is left alone.
    pub(crate) fn until_next_try(&self) -> Duration {
        self.within_epoch.unwrap_or(TRY_AGAIN_AFTER)
    }

    /// The newest checkpoint could not be written.
    pub(crate) fn is_failing(&self) -> bool {
        self.failing
    }

    /// A checkpoint that was begun at `began` is durable, or could not be written. True when that is news: the first
    /// failure, or the first success after one.
    pub(crate) fn tried(&mut self, began: Instant, now: Instant, failed: bool) -> bool {
        let news = failed != self.failing;
        (self.since, self.cost, self.failing) = (now, Some(now.duration_since(began)), failed);
        news
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Schedule;

    #[test]
    fn a_long_epoch_has_checkpoints_and_short_ones_do_not_have_one_each() {
        let began = Instant::now();
        let after = |ms| began + Duration::from_millis(ms);
        let mut schedule = Schedule::new(30, began);
        assert!(schedule.is_due_after_epoch(after(1)), "the first epoch has one at once");
        assert!(!schedule.is_due_within_epoch(after(29_999)) && schedule.is_due_within_epoch(after(30_000)));
        assert!(!schedule.tried(after(29_995), after(30_000), false));
        assert!(!schedule.is_due_after_epoch(after(30_200)) && schedule.is_due_after_epoch(after(30_250)));
        assert!(!schedule.is_due_within_epoch(after(59_999)) && schedule.is_due_within_epoch(after(60_000)));
        assert!(!Schedule::new(0, began).is_due_within_epoch(after(1_000_000_000)));
    }

    #[test]
    fn on_a_slow_disk_epochs_have_fewer_but_the_longest_wait_holds() {
        let began = Instant::now();
        let after = |ms| began + Duration::from_millis(ms);
        let mut schedule = Schedule::new(30, began);
        schedule.tried(began, after(150), false);
        assert!(!schedule.is_due_after_epoch(after(4_649)) && schedule.is_due_after_epoch(after(4_650)));
        let mut schedule = Schedule::new(1, began);
        schedule.tried(began, after(150), false);
        assert!(!schedule.is_due_after_epoch(after(1_149)) && schedule.is_due_after_epoch(after(1_150)));
    }

    #[test]
    fn a_disk_that_refuses_is_not_asked_after_every_epoch() {
        let began = Instant::now();
        let after = |seconds| began + Duration::from_secs(seconds);
        let mut schedule = Schedule::new(10, began);
        assert!(schedule.tried(after(5), after(5), true), "the first failure is news");
        assert!(!schedule.is_due_after_epoch(after(14)) && schedule.is_due_after_epoch(after(15)));
        assert!(!schedule.tried(after(15), after(15), true), "the second is not");
        assert!(schedule.tried(after(25), after(25), false), "that it works again is");
        assert!(schedule.is_due_after_epoch(after(26)));
        assert_eq!(Schedule::new(0, began).until_next_try(), Duration::from_secs(30));
    }
}
