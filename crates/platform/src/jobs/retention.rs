//! What becomes of jobs that ended long ago: their curves keep their shape in fewer points, their checkpoints go.

use std::{collections::HashMap, time::Duration};

use domain::{
    JobId, Timestamp,
    job::{JobStatus, LogLevel, MetricPoint, Split},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{downsample::downsample, sql};
use crate::{
    Error, Platform, blob, clock,
    db::{Tx, parse_id},
    events::{self, Change},
    queue,
};

/// How often it is looked for what has become old.
const EVERY: Duration = Duration::from_hours(1);
/// Points that stay of each curve.
const POINTS: usize = 1_000;
/// Stretches of a curve that are thinned out in one transaction, so that others get their turn.
const STRETCHES: usize = 50;
/// Jobs that are listed at once.
const PAGE: u32 = 500;

/// How long everything is kept; for ever when absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Retention {
    /// Every point of a curve.
    pub metrics: Option<Duration>,
    /// Checkpoints of jobs that have ended.
    pub checkpoints: Option<Duration>,
}

/// What a pass has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    pub points_removed: u64,
    pub jobs_without_checkpoints: u64,
}

/// Up to which job a process has looked, in the order of their ends.
type Place = (i64, String);

/// What was looked at need not be looked at again: a job that goes on ends later.
#[derive(Default)]
struct Looked {
    metrics: Option<Place>,
    checkpoints: Option<Place>,
}

/// Looks once an hour.
pub(crate) async fn retain_until(platform: Platform, stop: CancellationToken) {
    let Retention { metrics, checkpoints } = platform.config.retention;
    if metrics.is_none() && checkpoints.is_none() {
        return;
    }
    let mut looked = Looked::default();
    loop {
        match pass(&platform, &mut looked, &stop).await {
            Ok(done) if done == Retained::default() => {}
            Ok(Retained { points_removed, jobs_without_checkpoints }) => {
                tracing::info!(points_removed, jobs_without_checkpoints, "old jobs take less room now");
            }
            Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "looking for old jobs failed"),
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// One pass over everything.
pub async fn retain(platform: &Platform) -> Result<Retained, Error> {
    pass(platform, &mut Looked::default(), &CancellationToken::new()).await
}

async fn pass(platform: &Platform, looked: &mut Looked, stop: &CancellationToken) -> Result<Retained, Error> {
    let mut done = Retained::default();
    if let Some(keep) = platform.config.retention.metrics {
        let before = long_ago(keep);
        loop {
            let page = sql::ended_before(&platform.db, before, looked.metrics.as_ref(), PAGE).await?;
            if page.is_empty() || stop.is_cancelled() {
                break;
            }
            for (finished_at, id) in page {
                done.points_removed += roll_up(platform, parse(&id)?, finished_at).await?;
                looked.metrics = Some((finished_at, id));
                if stop.is_cancelled() {
                    return Ok(done);
                }
            }
        }
    }
    if let Some(keep) = platform.config.retention.checkpoints {
        let before = long_ago(keep);
        loop {
            let page = sql::ended_before(&platform.db, before, looked.checkpoints.as_ref(), PAGE).await?;
            if page.is_empty() || stop.is_cancelled() {
                break;
            }
            for (finished_at, id) in page {
                let pruned = prune(platform, parse(&id)?, finished_at, keep).await?;
                done.jobs_without_checkpoints += u64::from(pruned);
                looked.checkpoints = Some((finished_at, id));
                if stop.is_cancelled() {
                    return Ok(done);
                }
            }
        }
    }
    Ok(done)
}

fn parse(id: &str) -> Result<JobId, Error> {
    parse_id(id).map(JobId)
}

fn long_ago(keep: Duration) -> Timestamp {
    Timestamp(clock::now().0.saturating_sub(i64::try_from(keep.as_micros()).unwrap_or(i64::MAX)))
}

/// The job, if it has not gone on since; nobody changes it until the end of the transaction.
async fn hold_ended(platform: &Platform, id: JobId, finished_at: i64) -> Result<Option<(Tx, JobStatus)>, Error> {
    let mut transaction = platform.db.begin().await?;
    sql::hold(&mut transaction, id).await?;
    let job = sql::find_for_agent(&mut transaction, id).await?;
    Ok(job.filter(|job| still_ended(job, finished_at)).map(|job| (transaction, job)))
}

fn still_ended(job: &JobStatus, finished_at: i64) -> bool {
    let progress = &job.summary.progress;
    progress.status.is_terminal() && progress.finished_at == Some(Timestamp(finished_at))
}

/// Thins out each long curve of a job; tells how many points went.
async fn roll_up(platform: &Platform, id: JobId, finished_at: i64) -> Result<u64, Error> {
    let mut removed = 0;
    for name in sql::long_curves(&platform.db, id, POINTS as u64).await? {
        let mut snapshot = platform.db.snapshot().await?;
        let points = sql::metrics(&mut snapshot, id, Some(&name), 0).await?;
        drop(snapshot);
        for some in superfluous(points).chunks(STRETCHES) {
            let Some((mut transaction, _)) = hold_ended(platform, id, finished_at).await? else { return Ok(removed) };
            for (split, after, before) in some {
                removed += sql::thin_out(&mut transaction, id, &name, *split, (*after, *before)).await?;
            }
            transaction.commit().await?;
        }
    }
    Ok(removed)
}

/// Stretches between two points that stay, in which others are.
fn superfluous(points: Vec<MetricPoint>) -> Vec<(Split, u64, u64)> {
    let steps_by_split = |points: &[MetricPoint]| {
        let mut steps: HashMap<Split, Vec<u64>> = HashMap::new();
        for metric in points {
            steps.entry(metric.point.split).or_default().push(metric.point.step);
        }
        for steps in steps.values_mut() {
            steps.sort_unstable();
            steps.dedup();
        }
        steps
    };
    let all = steps_by_split(&points);
    let kept = steps_by_split(&downsample(points, POINTS));
    let mut stretches = Vec::new();
    for (split, kept) in kept {
        let Some(all) = all.get(&split).filter(|all| all.len() > kept.len()) else { continue };
        for pair in kept.windows(2) {
            let next = all.partition_point(|step| *step <= pair[0]);
            if all.get(next).is_some_and(|step| *step < pair[1]) {
                stretches.push((split, pair[0], pair[1]));
            }
        }
    }
    stretches
}

/// Forgets the checkpoints of a job; whether there were any.
async fn prune(platform: &Platform, id: JobId, finished_at: i64, keep: Duration) -> Result<bool, Error> {
    let Some((mut transaction, _)) = hold_ended(platform, id, finished_at).await? else { return Ok(false) };
    if sql::delete_checkpoints(&mut transaction, id).await? == 0 {
        return Ok(false);
    }
    let days = keep.as_secs() / 86_400;
    let text = format!("Its checkpoints were removed: it ended more than {days} days ago.");
    let now = clock::now();
    let seq = queue::sql::append_log(&mut transaction, id, LogLevel::Info, &text, now).await?;
    let Some(job) = sql::find_for_agent(&mut transaction, id).await? else { return Ok(false) };
    let Some(owner) = sql::owner(&mut transaction, id).await? else { return Ok(false) };
    let messages =
        vec![events::line(id, seq, now, LogLevel::Info, &text), events::update(&job.summary, seq, Vec::new())];
    // Out of the way while nobody can start it, and gone when the database says so; what dies in between is swept.
    let (folder, aside) = (platform.data.job(id), platform.data.uploads().join(Uuid::new_v4().to_string()));
    let moved = match std::fs::rename(&folder, &aside) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        other => other.map(|()| true).map_err(Error::storage("move old checkpoints"))?,
    };
    let change =
        Change { job: &job.summary, owner, after: seq - 1, messages, listed: true, ended: false, wakes: false };
    if let Err(error) = events::commit(platform, transaction, change).await {
        if moved {
            // The rows are still there.
            let _ = std::fs::rename(&aside, &folder);
        }
        return Err(error);
    }
    blob::remove(&aside).map_err(Error::storage("remove old checkpoints"))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use domain::{
        Timestamp,
        job::{MetricPoint, Point, Split},
    };

    use super::superfluous;

    #[test]
    fn what_lies_between_points_that_stay_goes() {
        let point = |step: u64| MetricPoint {
            seq: step,
            at: Timestamp(0),
            point: Point { name: "loss".into(), split: Split::Train, step, epoch: 0, value: (step % 9) as f64 },
        };
        assert!(superfluous((0..1_000).map(point).collect()).is_empty());
        let stretches = superfluous((0..50_000).map(point).collect());
        let gone: u64 = stretches.iter().map(|(_, after, before)| before - after - 1).sum();
        assert!((49_000..50_000).contains(&gone), "{gone}");
        assert!(stretches.iter().all(|(_, after, before)| before - after > 1));
    }
}
