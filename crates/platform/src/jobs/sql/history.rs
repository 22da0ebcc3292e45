//! What a job measured and said: `job_metrics` and `job_logs`.

use domain::{
    JobId, Timestamp,
    job::{LogLevel, LogLine, MetricPoint, Point, Split},
};
use sqlx::FromRow;

use crate::{
    Error,
    db::{Statement, Tx, sql},
};

#[derive(FromRow)]
pub(super) struct MetricRow {
    seq: i64,
    name: String,
    split: String,
    step: i64,
    epoch: i64,
    value: f64,
    at: i64,
}

impl MetricRow {
    pub(super) fn into_point(self) -> Result<MetricPoint, Error> {
        let split = Split::parse(&self.split)
            .ok_or_else(|| Error::Internal(format!("stored split {:?} is unknown", self.split)))?;
        let point =
            Point { name: self.name, split, step: self.step as u64, epoch: self.epoch as u32, value: self.value };
        Ok(MetricPoint { seq: self.seq as u64, at: Timestamp(self.at), point })
    }
}

/// Points after a sequence number, in the order in which they came.
pub(crate) async fn metrics(
    snapshot: &mut Tx,
    id: JobId,
    name: Option<&str>,
    after: u64,
) -> Result<Vec<MetricPoint>, Error> {
    let rows: Vec<MetricRow> = sql("SELECT seq, name, split, step, epoch, value, at FROM job_metrics
         WHERE job_id = $1 AND seq > $2 AND ($3 IS NULL OR name = $3) ORDER BY seq, step, name, split")
    .bind(id)
    .bind(after)
    .bind(name)
    .all(&mut *snapshot)
    .await?;
    rows.into_iter().map(MetricRow::into_point).collect()
}

/// Points of the sequence numbers after one and up to another.
pub(crate) async fn metrics_between(
    snapshot: &mut Tx,
    id: JobId,
    after: u64,
    until: u64,
) -> Result<Vec<MetricPoint>, Error> {
    let rows: Vec<MetricRow> = sql("SELECT seq, name, split, step, epoch, value, at FROM job_metrics
         WHERE job_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq, step, name, split")
    .bind(id)
    .bind(after)
    .bind(until)
    .all(&mut *snapshot)
    .await?;
    rows.into_iter().map(MetricRow::into_point).collect()
}

/// The sequence number of the `count`th point after one; `None` when there are fewer.
pub(crate) async fn seq_of_point(snapshot: &mut Tx, id: JobId, after: u64, count: usize) -> Result<Option<u64>, Error> {
    let statement = sql("SELECT seq FROM job_metrics WHERE job_id = $1 AND seq > $2 ORDER BY seq LIMIT 1 OFFSET $3");
    nth(statement, snapshot, id, after, count).await
}

/// The sequence number of the `count`th line of the log after one; `None` when there are fewer.
pub(crate) async fn seq_of_line(snapshot: &mut Tx, id: JobId, after: u64, count: usize) -> Result<Option<u64>, Error> {
    let statement = sql("SELECT seq FROM job_logs WHERE job_id = $1 AND seq > $2 ORDER BY seq LIMIT 1 OFFSET $3");
    nth(statement, snapshot, id, after, count).await
}

async fn nth(
    statement: Statement,
    snapshot: &mut Tx,
    id: JobId,
    after: u64,
    count: usize,
) -> Result<Option<u64>, Error> {
    let skipped = count.saturating_sub(1) as u64;
    let seq: Option<i64> = statement.bind(id).bind(after).bind(skipped).optional_scalar(&mut *snapshot).await?;
    Ok(seq.map(|seq| seq as u64))
}

/// Log lines after a sequence number, oldest first.
pub(crate) async fn logs(snapshot: &mut Tx, id: JobId, after: u64) -> Result<Vec<LogLine>, Error> {
    let rows: Vec<LogRow> =
        sql("SELECT seq, at, level, text FROM job_logs WHERE job_id = $1 AND seq > $2 ORDER BY seq LIMIT 10000")
            .bind(id)
            .bind(after)
            .all(&mut *snapshot)
            .await?;
    into_lines(rows)
}

/// Lines of the sequence numbers after one and up to another.
pub(crate) async fn logs_between(snapshot: &mut Tx, id: JobId, after: u64, until: u64) -> Result<Vec<LogLine>, Error> {
    let rows: Vec<LogRow> =
        sql("SELECT seq, at, level, text FROM job_logs WHERE job_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq")
            .bind(id)
            .bind(after)
            .bind(until)
            .all(&mut *snapshot)
            .await?;
    into_lines(rows)
}

/// Sequence number, time, level, text.
type LogRow = (i64, i64, String, String);

fn into_lines(rows: Vec<LogRow>) -> Result<Vec<LogLine>, Error> {
    rows.into_iter()
        .map(|(seq, at, level, text)| {
            let level = LogLevel::parse(&level)
                .ok_or_else(|| Error::Internal(format!("stored log level {level:?} is unknown")))?;
            Ok(LogLine { seq: seq as u64, at: Timestamp(at), level, text })
        })
        .collect()
}
