//! The one wall clock. Leases use the database's own clock instead; durations use `std::time::Instant`.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;

/// Microseconds since 1970; 0 if the machine's clock stands before that.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
