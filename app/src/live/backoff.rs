//! How long to wait before the next attempt to connect.

/// Milliseconds before the first retry, and at most.
const FIRST_MS: f64 = 250.0;
const LAST_MS: f64 = 10_000.0;

/// Milliseconds to wait after `failures` attempts in a row have failed. `jitter` is random in 0 to 1 and takes up to half
/// of the wait away, so that a thousand browsers do not come back in the same instant.
pub(super) fn wait_ms(failures: u32, jitter: f64) -> u32 {
    let doubled = FIRST_MS * f64::from(1_u32 << failures.min(16));
    let wait = doubled.min(LAST_MS);
    (wait * (1.0 - jitter.clamp(0.0, 1.0) / 2.0)) as u32
}

#[cfg(test)]
mod tests {
    use super::wait_ms;

    #[test]
    fn it_doubles_up_to_ten_seconds_and_jitter_only_shortens() {
        assert_eq!([0, 1, 2, 3].map(|failures| wait_ms(failures, 0.0)), [250, 500, 1000, 2000]);
        assert_eq!(wait_ms(30, 0.0), 10_000);
        assert_eq!(wait_ms(u32::MAX, 1.0), 5_000);
        assert_eq!(wait_ms(0, 1.0), 125);
    }
}
