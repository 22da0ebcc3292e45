//! Long curves with fewer points: of each of many pieces the first, the lowest, the highest and the last. The database finds
//! them, so that of a million points a few hundred leave it. To find them it reads the whole curve; for a first paint, which is
//! soon drawn over, points at even distances are looked up instead (`rough`), and an extreme between them is missing so long.

use domain::{
    JobId,
    job::{MetricPoint, Split},
};

use super::history::{MetricRow, metrics};
use crate::{
    Error,
    db::{Tx, sql},
};

/// A curve is much longer than wanted when it has so many times the points.
const ROUGH: u64 = 10;

/// Points that a piece may keep.
const KEPT: u64 = 4;

/// Points after a sequence number in the order in which they came, at most about `max` of each curve.
pub(in crate::jobs) async fn thinned(
    snapshot: &mut Tx,
    id: JobId,
    name: Option<&str>,
    after: u64,
    max: u64,
) -> Result<Vec<MetricPoint>, Error> {
    let curves: Vec<(String, String, i64, i64, i64)> =
        sql("SELECT name, split, count(*), min(step), max(step) FROM job_metrics
         WHERE job_id = $1 AND seq > $2 AND ($3 IS NULL OR name = $3) GROUP BY name, split")
        .bind(id)
        .bind(after)
        .bind(name)
        .all(&mut *snapshot)
        .await?;
    if curves.iter().all(|(_, _, count, ..)| *count as u64 <= max) {
        return metrics(snapshot, id, name, after).await;
    }
    let mut points: Vec<MetricPoint> = Vec::new();
    for (name, split, count, first, last) in curves {
        let pieces = if count as u64 <= max { u64::MAX } else { (max / KEPT).max(1) };
        points.extend(curve(snapshot, (id, &name, &split), after, (first, last), pieces).await?);
    }
    let order =
        |point: &MetricPoint| (point.seq, point.point.step, point.point.name.clone(), point.point.split.as_str());
    points.sort_by_cached_key(order);
    Ok(points)
}

/// One curve with at most about `max` points, in the order of the steps. A `rough` one that is much longer has points at even
/// distances instead, without a look at those between them.
pub(in crate::jobs) async fn thinned_curve(
    snapshot: &mut Tx,
    id: JobId,
    (name, split): (&str, Split),
    max: u64,
    rough: bool,
) -> Result<Vec<MetricPoint>, Error> {
    let ends = [
        "SELECT step FROM job_metrics WHERE job_id = $1 AND name = $2 AND split = $3 ORDER BY step LIMIT 1",
        "SELECT step FROM job_metrics WHERE job_id = $1 AND name = $2 AND split = $3 ORDER BY step DESC LIMIT 1",
    ];
    let mut range = [0; 2];
    for (end, statement) in range.iter_mut().zip(ends) {
        let found = sql(statement).bind(id).bind(name).bind(split.as_str()).optional_scalar(&mut *snapshot).await?;
        let Some(step) = found else { return Ok(Vec::new()) };
        *end = step;
    }
    let [first, last] = range;
    // Counting would read all of it; a curve has no more points than steps.
    let span = (last - first) as u64;
    if rough && span > ROUGH * max {
        return sampled(snapshot, (id, name, split), (first, last), max).await;
    }
    let pieces = if span < max { u64::MAX } else { (max / KEPT).max(1) };
    let mut points = curve(snapshot, (id, name, split.as_str()), 0, (first, last), pieces).await?;
    points.sort_by_key(|point| point.point.step);
    Ok(points)
}

/// About `max` points of one curve at even distances, each found by the index, in the order of the steps.
async fn sampled(
    snapshot: &mut Tx,
    (id, name, split): (JobId, &str, Split),
    (first, last): (i64, i64),
    max: u64,
) -> Result<Vec<MetricPoint>, Error> {
    let stride = ((last - first) as u64).div_ceil(max);
    let rows: Vec<MetricRow> = sql("WITH RECURSIVE marks (mark) AS (
               SELECT CAST($4 AS BIGINT)
               UNION ALL
               SELECT (SELECT min(step) FROM job_metrics
                       WHERE job_id = $1 AND name = $2 AND split = $3 AND step >= mark + $5)
               FROM marks WHERE mark IS NOT NULL)
             SELECT seq, name, split, step, epoch, value, at
             FROM (SELECT mark FROM marks WHERE mark IS NOT NULL UNION SELECT CAST($6 AS BIGINT)) AS found
             CROSS JOIN job_metrics
             WHERE job_id = $1 AND name = $2 AND split = $3 AND step = mark
             ORDER BY step")
    .bind(id)
    .bind(name)
    .bind(split.as_str())
    .bind(first)
    .bind(stride)
    .bind(last)
    .all(&mut *snapshot)
    .await?;
    rows.into_iter().map(MetricRow::into_point).collect()
}

/// The points that are kept of one curve, in no order.
async fn curve(
    snapshot: &mut Tx,
    (id, name, split): (JobId, &str, &str),
    after: u64,
    (first, last): (i64, i64),
    pieces: u64,
) -> Result<Vec<MetricPoint>, Error> {
    let width = ((last - first) as u64 + 1).div_ceil(pieces);
    let rows: Vec<MetricRow> = sql("WITH pieces AS MATERIALIZED (
               SELECT (step - $5) / $6 AS piece, min(step) AS first, max(step) AS last, min(value) AS low,
                      max(value) AS high
               FROM job_metrics WHERE job_id = $1 AND name = $2 AND split = $3 AND seq > $4 GROUP BY 1),
             marks AS MATERIALIZED (
               SELECT pieces.first, pieces.last, min(CASE WHEN value = low THEN step END) AS lowest,
                      min(CASE WHEN value = high THEN step END) AS highest
               FROM pieces CROSS JOIN job_metrics
               WHERE job_id = $1 AND name = $2 AND split = $3 AND seq > $4
                 AND step BETWEEN pieces.first AND pieces.last
               GROUP BY pieces.piece, pieces.first, pieces.last),
             steps AS (SELECT first AS mark FROM marks UNION SELECT last FROM marks
                       UNION SELECT lowest FROM marks UNION SELECT highest FROM marks)
             SELECT seq, name, split, step, epoch, value, at FROM steps CROSS JOIN job_metrics
             WHERE job_id = $1 AND name = $2 AND split = $3 AND seq > $4 AND step = mark")
    .bind(id)
    .bind(name)
    .bind(split)
    .bind(after)
    .bind(first)
    .bind(width)
    .all(&mut *snapshot)
    .await?;
    rows.into_iter().map(MetricRow::into_point).collect()
}
