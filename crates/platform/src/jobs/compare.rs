//! Several jobs side by side.

use domain::{
    ApiError, JobId, Principal, Timestamp,
    comparison::{ComparedCurve, Comparison, MAX_COMPARED},
    job::{MetricPoint, Split},
};
use futures::{StreamExt, TryStreamExt, stream};

use super::sql;
use crate::{Error, Platform};

/// Points of all curves together.
const ALL_POINTS: u64 = 80_000;
/// Curves that are read at once: some connections are left to others.
const AT_ONCE: usize = 2;

/// The jobs with these ids that the caller may see, newest first, and one metric of each, with at most about `points`
/// points (fewer where there are many jobs).
///
/// # Errors
/// `validation_failed` for too many jobs.
pub async fn compare(
    platform: &Platform,
    principal: &Principal,
    ids: &[JobId],
    metric: &str,
    split: Split,
    points: u64,
) -> Result<Comparison, Error> {
    if ids.len() > MAX_COMPARED {
        let why = format!("At most {MAX_COMPARED} jobs at once; these are {}.", ids.len());
        return Err(ApiError::field("jobs", why).into());
    }
    let jobs = sql::some(&platform.db, principal, ids).await?;
    let max = points.min(ALL_POINTS / (jobs.len() as u64).max(1));
    let begun = jobs.iter().map(|job| (job.job_id, job.progress.started_at.unwrap_or(job.created_at)));
    let begun: Vec<_> = begun.collect();
    let curves = stream::iter(begun).map(|(job_id, begun)| async move {
        let mut snapshot = platform.db.snapshot().await?;
        let points = sql::thinned_curve(&mut snapshot, job_id, metric, split, max).await?;
        let since = |at: Timestamp| (at.0.saturating_sub(begun.0) / 1_000).max(0) as u64;
        let points = points.into_iter().map(|MetricPoint { at, point, .. }| (point.step, point.value, since(at)));
        Ok::<_, Error>(ComparedCurve { job_id, points: points.collect() })
    });
    let curves: Vec<ComparedCurve> = curves.buffered(AT_ONCE).try_collect().await?;
    let curves = curves.into_iter().filter(|curve| !curve.points.is_empty()).collect();
    Ok(Comparison { jobs, metric: metric.to_owned(), split, curves })
}
