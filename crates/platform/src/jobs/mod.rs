//! Training jobs as people see them: submitting, watching, stopping, deleting. What runs them is `queue` and `agent`.

mod again;
mod compare;
mod control;
mod downsample;
mod estimate;
mod idempotency;
mod label;
mod order;
mod read;
mod retention;
mod room;
mod scan;
pub(crate) mod sql;
mod submit;

pub use compare::{CurvesOf, compare, compare_in};
pub use control::{delete, resume, retry, stop};
pub use estimate::estimate;
pub use idempotency::IdempotencyKey;
pub use label::{change, tag};
pub use order::JobOrder;
pub use read::{JobFilter, JobPage, MetricsQuery, get, list, logs, main_curves, metrics, usage};
pub(crate) use retention::retain_until;
pub use retention::{Retained, Retention, retain};
pub use submit::{clone, submit};

use domain::ApiError;

use crate::Error;

pub(crate) fn no_such_job() -> Error {
    ApiError::not_found("job").into()
}
