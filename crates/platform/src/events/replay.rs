//! What a watcher missed, read from the database.

use domain::{
    job::{JobSummary, MetricPoint, Point},
    wire::socket::ServerMessage,
};

use super::{line, update};
use crate::{Error, db::Tx, jobs::sql};

/// Points in one message, at most about.
const POINTS: usize = 5_000;

/// Everything of a job after a sequence number, in the order of the numbers. The last message says where the job stands
/// now, also when there is no other news.
pub(super) async fn replay(snapshot: &mut Tx, job: &JobSummary, after: u64) -> Result<Vec<ServerMessage>, Error> {
    let metrics = sql::metrics(snapshot, job.job_id, None, after).await?;
    let mut lines = sql::logs(snapshot, job.job_id, after).await?.into_iter().peekable();
    let mut messages = Vec::new();
    let mut points: Vec<Point> = Vec::new();
    let mut points_seq = 0;
    for MetricPoint { seq, point, .. } in metrics {
        while let Some(log) = lines.next_if(|log| log.seq < seq) {
            if !points.is_empty() {
                messages.push(update(job, points_seq, std::mem::take(&mut points)));
            }
            messages.push(line(job.job_id, log.seq, log.at, log.level, &log.text));
        }
        // Cut only between sequence numbers: whoever has seen one has seen all of it.
        if points.len() >= POINTS && seq != points_seq {
            messages.push(update(job, points_seq, std::mem::take(&mut points)));
        }
        points.push(point);
        points_seq = seq;
    }
    if !points.is_empty() {
        messages.push(update(job, points_seq, points));
    }
    for log in lines {
        messages.push(line(job.job_id, log.seq, log.at, log.level, &log.text));
    }
    messages.push(update(job, job.last_seq, Vec::new()));
    Ok(messages)
}
