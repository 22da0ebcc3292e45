//! Looking at jobs: one, many, their curves and their logs.

use domain::{
    DatasetId, ExperimentId, JobId, Principal,
    job::{JobQuery, JobState, JobStatus, JobSummary, LogLine, MetricPoint, Split, Usage},
};

use super::{no_such_job, order::JobOrder, scan::scan, sql, sql::Narrow};
use crate::{Error, Platform};

/// Which jobs of a list, and which page of it.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    pub state: Option<JobState>,
    pub dataset: Option<DatasetId>,
    pub experiment: Option<ExperimentId>,
    /// Part of the name, the dataset's name or the target, in any case.
    pub search: Option<String>,
    /// Whatever else.
    pub query: JobQuery,
    pub order: JobOrder,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// 1 to 200; 0 means 50.
    pub limit: u32,
}

/// A page of jobs.
#[derive(Clone, Debug)]
pub struct JobPage {
    pub jobs: Vec<JobSummary>,
    /// How many match on all pages.
    pub count: u64,
    pub next_cursor: Option<String>,
}

/// Which part of a job's curves.
#[derive(Clone, Debug, Default)]
pub struct MetricsQuery {
    pub name: Option<String>,
    /// Only what came after this sequence number.
    pub after: u64,
    /// At most about this many points of each curve; extremes are kept.
    pub max_points: Option<usize>,
}

/// One job with its parameters.
///
/// # Errors
/// `not_found`, also when it is somebody else's.
pub async fn get(platform: &Platform, principal: &Principal, id: JobId) -> Result<JobStatus, Error> {
    sql::find(&platform.db, principal, id).await?.ok_or_else(no_such_job)
}

/// The jobs that the caller may see: their own and what others share with them; everybody's for admins.
///
/// # Errors
/// `validation_failed` for a cursor that is none.
pub async fn list(platform: &Platform, principal: &Principal, filter: JobFilter) -> Result<JobPage, Error> {
    let limit = if filter.limit == 0 { 50 } else { filter.limit.min(200) };
    let place = filter.cursor.as_deref().map(|cursor| filter.order.place(cursor)).transpose()?;
    let (narrow, whole) = Narrow::of(&platform.db, principal, &filter).await?;
    let page = if whole { narrow.page(&platform.db, &filter.order, place.as_ref(), limit + 1).await? } else { None };
    let (mut jobs, count) = match page {
        Some(jobs) => (jobs, narrow.count(&platform.db).await?),
        None => scan(platform, &narrow, &filter, place.as_ref(), limit as usize + 1).await?,
    };
    let more = jobs.len() > limit as usize;
    jobs.truncate(limit as usize);
    let next_cursor = jobs.last().filter(|_| more).map(|job| filter.order.cursor_after(job));
    Ok(JobPage { jobs, count, next_cursor })
}

/// The curves of a job in the order of their sequence numbers, and the newest sequence number of the job.
pub async fn metrics(
    platform: &Platform,
    principal: &Principal,
    id: JobId,
    query: MetricsQuery,
) -> Result<(Vec<MetricPoint>, u64), Error> {
    let mut snapshot = platform.db.snapshot().await?;
    let job = sql::find(&mut snapshot, principal, id).await?.ok_or_else(no_such_job)?;
    let (name, after) = (query.name.as_deref(), query.after);
    let points = match query.max_points {
        Some(max) => sql::thinned(&mut snapshot, id, name, after, max.max(2) as u64).await?,
        None => sql::metrics(&mut snapshot, id, name, after).await?,
    };
    Ok((points, job.summary.last_seq))
}

/// The curves that a job's page shows, of its loss and of the metric that its task is judged by: at most about so many points of
/// each. `rough` ones lack the extremes of long curves, which take a while to be found: for a page that soon asks for finer ones.
///
/// # Errors
/// `not_found`.
pub async fn main_curves(
    platform: &Platform,
    principal: &Principal,
    id: JobId,
    max_points: usize,
    rough: bool,
) -> Result<Vec<MetricPoint>, Error> {
    let mut snapshot = platform.db.snapshot().await?;
    let JobSummary { task, progress, .. } =
        sql::find(&mut snapshot, principal, id).await?.ok_or_else(no_such_job)?.summary;
    // A job may have measured thousands of others.
    let shown = ["loss", task.headline_metric()];
    let measured = progress.metrics.keys().filter_map(|measured| Split::of_metric(measured));
    let mut points = Vec::new();
    for (split, name) in measured.filter(|(split, name)| *split != Split::Test && shown.contains(name)) {
        points.extend(sql::thinned_curve(&mut snapshot, id, (name, split), max_points as u64, rough).await?);
    }
    points.sort_by_key(|point| (point.seq, point.point.step));
    Ok(points)
}

/// The log of a job after a sequence number, oldest first.
pub async fn logs(platform: &Platform, principal: &Principal, id: JobId, after: u64) -> Result<Vec<LogLine>, Error> {
    let mut snapshot = platform.db.snapshot().await?;
    if sql::find(&mut snapshot, principal, id).await?.is_none() {
        return Err(no_such_job());
    }
    sql::logs(&mut snapshot, id, after).await
}

/// What training took of its machine, oldest first. A job that was over within a second has none.
pub async fn usage(platform: &Platform, principal: &Principal, id: JobId) -> Result<Vec<Usage>, Error> {
    let mut snapshot = platform.db.snapshot().await?;
    sql::find(&mut snapshot, principal, id).await?.ok_or_else(no_such_job)?;
    sql::usage(&mut snapshot, id).await
}
