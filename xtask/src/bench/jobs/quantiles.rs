//! Many times in three numbers.

use std::time::Duration;

use super::milliseconds;

/// Times in any order.
#[derive(Default)]
pub(super) struct Times(Vec<Duration>);

impl Times {
    pub(super) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The smallest time that `share` of all times do not exceed.
    pub(super) fn quantile(&mut self, share: f64) -> Duration {
        self.0.sort_unstable();
        let at = (share * self.0.len() as f64).ceil() as usize;
        self.0.get(at.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// Median, 95th and 99th hundredth, and the longest.
    pub(super) fn summary(&mut self) -> String {
        let [half, most, nearly_all, all] = [0.5, 0.95, 0.99, 1.0].map(|share| milliseconds(self.quantile(share)));
        format!("p50 {half}, p95 {most}, p99 {nearly_all}, max {all}")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Times;

    #[test]
    fn quantiles_are_times_that_were_measured() {
        let mut times = Times::default();
        for time in (1..=200).rev() {
            times.add(Duration::from_millis(time));
        }
        assert_eq!(times.quantile(0.5), Duration::from_millis(100));
        assert_eq!(times.quantile(0.95), Duration::from_millis(190));
        assert_eq!(times.quantile(1.0), Duration::from_millis(200));
        assert_eq!(Times::default().quantile(0.5), Duration::ZERO);
    }
}
