//! The right to write for a job: one attempt, one agent, until a moment on the database's clock.

use std::time::Duration;

use domain::{JobId, UserId};
use uuid::Uuid;

/// How long a lease lasts without being renewed, and how often it is renewed.
pub(crate) const LEASE: Duration = Duration::from_secs(30);
pub(crate) const RENEW: Duration = Duration::from_secs(10);

/// A claim. Every write for the job carries it and is refused once another attempt has begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lease {
    pub(crate) job_id: JobId,
    /// Who submitted the job; whose list it is in.
    pub(crate) user_id: UserId,
    pub(crate) attempt: u32,
    /// UUID of this agent process.
    pub(crate) agent_id: Uuid,
}
