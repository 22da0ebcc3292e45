//! The jobs table as a queue: claiming by lease, renewing, giving back, recovering what a dead agent held.

pub(crate) mod lease;
mod reap;
pub(crate) mod sql;
mod wake;

pub(crate) use lease::Lease;
pub(crate) use reap::{Reaper, recover_orphans};
pub(crate) use wake::Wake;

use crate::{Error, Platform};

/// How many jobs wait and how many are being trained.
pub async fn counts(platform: &Platform) -> Result<(u64, u64), Error> {
    sql::counts(&platform.db).await
}
