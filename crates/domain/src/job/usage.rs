//! What training takes of the machine that it runs on.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A trainer as its agent saw it at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Usage {
    pub at: Timestamp,
    /// Which attempt of the job it was.
    pub attempt: u32,
    /// Processor time since the sample before by the time that has passed: 1 is one core that does nothing else.
    pub cpu_cores: f64,
    /// Memory that is really there, not what was only asked for.
    pub memory_bytes: u64,
}
