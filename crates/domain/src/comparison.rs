//! Jobs side by side: their parameters and results, and one metric of each over time.

use serde::{Deserialize, Serialize};

use crate::{
    JobId,
    job::{JobSummary, Split},
};

/// At most as many jobs at once.
pub const MAX_COMPARED: usize = 500;

/// One metric of one job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComparedCurve {
    pub job_id: JobId,
    /// Step, value, and milliseconds since training began, in the order of the steps. Of a long curve the first, the lowest,
    /// the highest and the last of each of many pieces.
    pub points: Vec<(u64, f64, u64)>,
}

/// `GET /api/experiments/{id}/compare`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Comparison {
    /// Newest first.
    pub jobs: Vec<JobSummary>,
    /// The metric of the curves, without its split: `loss`.
    pub metric: String,
    pub split: Split,
    /// Of those jobs that measured it, in the order of the jobs.
    pub curves: Vec<ComparedCurve>,
}
