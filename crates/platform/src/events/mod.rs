//! What happens to jobs, for whoever watches: replay from the database, then live, without a gap and without a repeat.

mod bus;
mod change;
mod hub;
mod job_feed;
mod list_feed;
mod replay;
mod told;

pub(crate) use bus::listen_until;
pub(crate) use change::{Change, commit, commit_access, commit_deletion};
pub(crate) use hub::Hub;
pub use job_feed::{JobFeed, follow_job};
pub use list_feed::{ListFeed, follow_user};
pub use told::Told;

use domain::{
    JobId, Timestamp,
    job::{JobSummary, LogLevel, MetricPoint, Point},
    wire::socket::ServerMessage,
};

/// The update that brings a watcher to where a job stands, from what was measured and recorded before; `seq` is that of
/// the last measurement.
pub(crate) fn update(job: &JobSummary, seq: u64, measured: Vec<MetricPoint>) -> ServerMessage {
    let mut times: Vec<(u32, Timestamp)> = Vec::new();
    for MetricPoint { at, .. } in &measured {
        match times.last_mut() {
            Some((count, last)) if last == at => *count += 1,
            _ => times.push((1, *at)),
        }
    }
    let metrics = measured.into_iter().map(|metric| metric.point).collect();
    ServerMessage::JobUpdate {
        job_id: job.job_id,
        seq,
        status: job.progress.status,
        at: None,
        metrics,
        times,
        job: Box::new(job.progress.clone()),
    }
}

/// What a trainer has just said, for watchers who know everything before.
pub(crate) fn news(job: &JobSummary, seq: u64, said: Option<Timestamp>, metrics: Vec<Point>) -> ServerMessage {
    ServerMessage::JobUpdate {
        job_id: job.job_id,
        seq,
        status: job.progress.status,
        at: said,
        metrics,
        times: Vec::new(),
        job: Box::new(job.progress.clone()),
    }
}

/// A new line of a job's log.
pub(crate) fn line(job_id: JobId, seq: u64, at: Timestamp, level: LogLevel, text: &str) -> ServerMessage {
    ServerMessage::JobLog { job_id, seq, at, level, text: text.to_owned() }
}
