//! What happens to jobs, for whoever watches: replay from the database, then live, without a gap and without a repeat.

mod hub;
mod job_feed;
mod list_feed;

pub(crate) use hub::{Hub, JobEvent};
pub use job_feed::{JobFeed, follow_job};
pub use list_feed::{ListFeed, follow_user};

use domain::{
    job::{JobSummary, Point},
    wire::socket::ServerMessage,
};

/// The update that brings a watcher to where a job stands.
pub(crate) fn update(job: &JobSummary, seq: u64, metrics: Vec<Point>) -> ServerMessage {
    ServerMessage::JobUpdate {
        job_id: job.job_id,
        seq,
        status: job.progress.status,
        metrics,
        job: Box::new(job.progress.clone()),
    }
}
