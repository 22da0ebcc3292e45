//! Several jobs side by side.

use domain::{
    ApiError, JobId, Principal,
    comparison::{ComparedCurve, Comparison, MAX_COMPARED},
    job::Split,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::sql;
use crate::{Error, Platform};

/// Pieces of all curves together, each of which is at most two points.
const ALL_PIECES: u64 = 40_000;
/// Curves that are read at once: as many as there are connections for reading.
const AT_ONCE: usize = 4;

/// The jobs with these ids that the caller may see, newest first, and one metric of each, in at most `pieces` pieces (fewer
/// where there are many jobs).
///
/// # Errors
/// `validation_failed` for too many jobs.
pub async fn compare(
    platform: &Platform,
    principal: &Principal,
    ids: &[JobId],
    metric: &str,
    split: Split,
    pieces: u64,
) -> Result<Comparison, Error> {
    if ids.len() > MAX_COMPARED {
        let why = format!("At most {MAX_COMPARED} jobs at once; these are {}.", ids.len());
        return Err(ApiError::field("jobs", why).into());
    }
    let jobs = sql::some(&platform.db, principal, ids).await?;
    let pieces = pieces.min(ALL_PIECES / (jobs.len() as u64).max(1));
    let begun = jobs.iter().map(|job| (job.job_id, job.progress.started_at.unwrap_or(job.created_at)));
    let begun: Vec<_> = begun.collect();
    let curves = stream::iter(begun).map(|(job_id, begun)| async move {
        let points = sql::outline(&platform.db, job_id, metric, split, pieces, begun).await?;
        Ok::<_, Error>(ComparedCurve { job_id, points })
    });
    let curves: Vec<ComparedCurve> = curves.buffered(AT_ONCE).try_collect().await?;
    let curves = curves.into_iter().filter(|curve| !curve.points.is_empty()).collect();
    Ok(Comparison { jobs, metric: metric.to_owned(), split, curves })
}
