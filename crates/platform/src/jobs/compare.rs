//! Several jobs side by side.

use domain::{
    ApiError, ExperimentId, JobId, Principal, Timestamp,
    comparison::{ComparedCurve, Comparison, MAX_COMPARED},
    job::{JobSummary, MetricPoint, Split},
};
use futures::{StreamExt, TryStreamExt, stream};

use super::{
    read::{JobFilter, list},
    sql,
};
use crate::{Error, Platform};

/// Points that a curve has at least, however many there are.
const FEWEST_POINTS: u64 = 40;
/// Curves that are read at once: some connections are left to others.
const AT_ONCE: usize = 2;

/// Jobs of an experiment that are compared when none are named.
const NEWEST: u32 = 200;

/// What is read of each job over time.
#[derive(Clone, Copy, Debug)]
pub struct CurvesOf<'a> {
    /// Without its split.
    pub metric: &'a str,
    pub split: Split,
    /// At most about so many of each curve.
    pub points: u64,
    /// At most about so many of all curves, as long as each has enough to be one.
    pub together: u64,
    /// Not with the extremes of long curves, which take a while to be found.
    pub rough: bool,
}

impl<'a> CurvesOf<'a> {
    /// As fine as a browser can draw.
    pub fn fine(metric: &'a str, split: Split) -> Self {
        Self { metric, split, points: 1_000, together: 80_000, rough: false }
    }

    /// For a page that is rendered before it asks for more.
    pub fn coarse(metric: &'a str, split: Split) -> Self {
        Self { together: 4_000, rough: true, ..Self::fine(metric, split) }
    }
}

/// The jobs with these ids that the caller may see, newest first, and a curve of each.
///
/// # Errors
/// `validation_failed` for too many jobs.
pub async fn compare(
    platform: &Platform,
    principal: &Principal,
    ids: &[JobId],
    curves: CurvesOf<'_>,
) -> Result<Comparison, Error> {
    let jobs = named(platform, principal, ids).await?;
    side_by_side(platform, jobs, curves).await
}

/// Jobs of an experiment that the caller may see, newest first, and a curve of each: of those with these ids, or of the newest.
/// A job of another experiment is as if it did not exist.
///
/// # Errors
/// `validation_failed` for too many jobs.
pub async fn compare_in(
    platform: &Platform,
    principal: &Principal,
    experiment: ExperimentId,
    ids: Option<&[JobId]>,
    curves: CurvesOf<'_>,
) -> Result<Comparison, Error> {
    let jobs = match ids {
        Some(ids) => {
            let mut jobs = named(platform, principal, ids).await?;
            jobs.retain(|job| job.experiment_id == Some(experiment));
            jobs
        }
        None => {
            let filter = JobFilter { experiment: Some(experiment), limit: NEWEST, ..JobFilter::default() };
            list(platform, principal, filter).await?.jobs
        }
    };
    side_by_side(platform, jobs, curves).await
}

async fn named(platform: &Platform, principal: &Principal, ids: &[JobId]) -> Result<Vec<JobSummary>, Error> {
    if ids.len() > MAX_COMPARED {
        let why = format!("At most {MAX_COMPARED} jobs at once; these are {}.", ids.len());
        return Err(ApiError::field("jobs", why).into());
    }
    sql::some(&platform.db, principal, ids).await
}

async fn side_by_side(
    platform: &Platform,
    jobs: Vec<JobSummary>,
    CurvesOf { metric, split, points, together, rough }: CurvesOf<'_>,
) -> Result<Comparison, Error> {
    let max = (together / (jobs.len() as u64).max(1)).max(FEWEST_POINTS).min(points);
    let begun = jobs.iter().map(|job| (job.job_id, job.progress.started_at.unwrap_or(job.created_at)));
    let begun: Vec<_> = begun.collect();
    let curves = stream::iter(begun).map(|(job_id, begun)| async move {
        let mut snapshot = platform.db.snapshot().await?;
        let points = sql::thinned_curve(&mut snapshot, job_id, (metric, split), max, rough).await?;
        let since = |at: Timestamp| (at.0.saturating_sub(begun.0) / 1_000).max(0) as u64;
        let points = points.into_iter().map(|MetricPoint { at, point, .. }| (point.step, point.value, since(at)));
        Ok::<_, Error>(ComparedCurve { job_id, points: points.collect() })
    });
    let curves: Vec<ComparedCurve> = curves.buffered(AT_ONCE).try_collect().await?;
    let curves = curves.into_iter().filter(|curve| !curve.points.is_empty()).collect();
    Ok(Comparison { jobs, metric: metric.to_owned(), split, curves })
}
