//! What a watcher missed, read from the database piece by piece: a job may have a million points.

use domain::{
    job::{JobSummary, MetricPoint},
    wire::socket::ServerMessage,
};

use super::{line, update};
use crate::{Error, db::Tx, jobs::sql};

/// Points or lines of one piece, at most about.
const PIECE: usize = 5_000;

/// A part of what was missed.
pub(super) struct Piece {
    /// In the order of their sequence numbers.
    pub(super) messages: Vec<ServerMessage>,
    /// Everything up to this number has now been told.
    pub(super) seq: u64,
    /// There is no more. The last message says where the job stands now, also when there is no other news.
    pub(super) last: bool,
}

/// The next piece of what came after a sequence number.
pub(super) async fn replay(snapshot: &mut Tx, job: &JobSummary, after: u64) -> Result<Piece, Error> {
    let id = job.job_id;
    // Cut only between sequence numbers: whoever has seen one has seen all of it.
    let points_until = sql::seq_of_point(snapshot, id, after, PIECE).await?;
    let lines_until = sql::seq_of_line(snapshot, id, after, PIECE).await?;
    let until = [points_until, lines_until].into_iter().flatten().min();
    let seq = until.unwrap_or(job.last_seq);
    let metrics = sql::metrics_between(snapshot, id, after, seq).await?;
    let mut lines = sql::logs_between(snapshot, id, after, seq).await?.into_iter().peekable();
    let mut messages = Vec::new();
    let mut points: Vec<MetricPoint> = Vec::new();
    let told = |points: Vec<MetricPoint>| {
        let seq = points.last()?.seq;
        Some(update(job, seq, points))
    };
    for metric in metrics {
        while let Some(log) = lines.next_if(|log| log.seq < metric.seq) {
            messages.extend(told(std::mem::take(&mut points)));
            messages.push(line(id, log.seq, log.at, log.level, &log.text));
        }
        points.push(metric);
    }
    messages.extend(told(points));
    for log in lines {
        messages.push(line(id, log.seq, log.at, log.level, &log.text));
    }
    let last = until.is_none();
    if last {
        messages.push(update(job, job.last_seq, Vec::new()));
    }
    Ok(Piece { messages, seq, last })
}
