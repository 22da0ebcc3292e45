//! What moves without being asked for: one socket for the page, and hooks that turn it into signals.

mod backoff;
mod feed;
mod series;
mod socket;

pub use feed::{JobFeed, JobSnapshot, UserJobs, use_job_feed, use_user_jobs};
pub use series::{Sample, SeriesHandle};
pub use socket::Connection;
