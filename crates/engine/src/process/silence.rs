//! An agent that says nothing for too long has lost its lease, or will have when it wakes up: another attempt may begin,
//! so this one ends by itself. On the monotonic clock, which nobody sets.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use domain::wire::trainer::AGENT_GONE;

pub(super) struct Silence(Mutex<State>);

struct State {
    heard: Instant,
    /// `None`: for ever.
    allowed: Option<Duration>,
}

impl Silence {
    /// Begins with a silence that may last for ever.
    pub(super) fn new(now: Instant) -> Self {
        Self(Mutex::new(State { heard: now, allowed: None }))
    }

    /// How long it may last from now on; 0: for ever.
    pub(super) fn allow(&self, seconds: u64) {
        self.state().allowed = (seconds > 0).then(|| Duration::from_secs(seconds));
    }

    /// The agent said something.
    pub(super) fn heard(&self, now: Instant) {
        self.state().heard = now;
    }

    pub(super) fn is_too_long(&self, now: Instant) -> bool {
        self.left(now).is_some_and(|left| left.is_zero())
    }

    /// Until it is too long; `None` when it may last for ever.
    fn left(&self, now: Instant) -> Option<Duration> {
        let state = self.state();
        state.allowed.map(|allowed| allowed.saturating_sub(now.duration_since(state.heard)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the process when it is too long, at once and without a word: what we could still write is another's by now.
/// Returns when it may last for ever.
pub(super) fn watch(silence: &Silence) {
    while let Some(left) = silence.left(Instant::now()) {
        if left.is_zero() {
            std::process::exit(i32::from(AGENT_GONE));
        }
        thread::sleep(left);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Silence;

    #[test]
    fn silence_is_counted_from_the_last_word() {
        let began = Instant::now();
        let after = |seconds| began + Duration::from_secs(seconds);
        let silence = Silence::new(began);
        assert!(!silence.is_too_long(after(1_000_000)), "before it is known how long it may last");
        silence.allow(25);
        assert!(!silence.is_too_long(after(24)) && silence.is_too_long(after(25)));
        silence.heard(after(20));
        assert!(!silence.is_too_long(after(44)) && silence.is_too_long(after(45)));
        silence.allow(0);
        assert!(!silence.is_too_long(after(1_000_000)));
    }
}
