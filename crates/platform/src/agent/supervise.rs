//! One job from claim to end: start a trainer, record its frames, keep the lease, pass on a stop.

use std::{future::pending, time::Duration};

use domain::{
    job::{FailureCode, JobFailure},
    wire::trainer::{Command, DatasetFile, Finished, Frame, PROTOCOL, Start},
};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{child::Child, record::Record};
use crate::{
    Error, Platform, datasets,
    queue::{self, Lease, lease::RENEW},
};

/// How long a trainer may take to stop before it is killed: on request, and when the server goes.
const GRACE: Duration = Duration::from_secs(10);
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

enum End {
    Finished(Box<Finished>),
    Died(String),
    /// It did not stop in time and was killed.
    Killed,
    /// The server goes; the job does not end with it.
    ServerStops,
}

/// Returns when the job has ended, was given back, or belongs to somebody else.
pub(super) async fn supervise(platform: &Platform, lease: Lease, stop: &CancellationToken) {
    let ended = async {
        let mut record = Record::open(platform, lease).await?;
        let end = match attend(platform, &mut record, stop).await {
            Ok(end) => end,
            Err(Error::Fenced) => return Err(Error::Fenced),
            Err(error) => {
                tracing::error!(job = %lease.job_id, error = &error as &dyn std::error::Error, "supervising failed");
                End::Died(format!("could not be supervised: {error}"))
            }
        };
        match end {
            End::Finished(finished) => record.finish(*finished).await,
            End::Died(how) => record.died(&how).await,
            End::Killed => record.killed().await,
            End::ServerStops => record.give_back().await,
        }
    };
    match ended.await {
        Ok(()) => platform.wake.ring(),
        Err(Error::Fenced) => tracing::warn!(job = %lease.job_id, "another attempt has begun; this one writes no more"),
        // The lease is not renewed any more: the job will be claimed again.
        Err(error) => tracing::error!(job = %lease.job_id, error = &error as &dyn std::error::Error, "a job was lost"),
    }
}

async fn attend(platform: &Platform, record: &mut Record<'_>, stop: &CancellationToken) -> Result<End, Error> {
    let lease = record.lease();
    let Some(start) = start_order(platform, record).await? else {
        return Ok(End::Finished(Box::new(Finished::Failed(JobFailure {
            code: FailureCode::BadData,
            message: "The dataset has been deleted.".into(),
            location: "before reading the data".into(),
            hint: "Upload it again and start a new job.".into(),
        }))));
    };
    let mut child = match Child::start(&platform.config.trainer) {
        Ok(child) => child,
        Err(error) => return Ok(End::Died(format!("could not be started: {error}"))),
    };
    // A trainer that dies before it has read its orders says so by the end of its frames.
    let _ = child.send(&Command::Start(Box::new(start))).await;
    let bell = platform.wake.listen(lease.job_id);
    let mut renewal = interval(RENEW);
    renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut deadline: Option<Instant> = None;
    let mut server_stops = false;
    loop {
        let out_of_time = async {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => pending().await,
            }
        };
        tokio::select! {
            frames = child.frames() => {
                let mut frames = match frames {
                    Ok(frames) => frames,
                    Err(error) => {
                        child.kill().await;
                        return Ok(End::Died(format!("said something unreadable: {error}")));
                    }
                };
                if frames.is_empty() {
                    return Ok(End::Died(child.end().await));
                }
                let finished = frames.pop_if(|frame| matches!(frame, Frame::Finished(_)));
                record.take(frames).await?;
                match finished {
                    Some(Frame::Finished(finished)) => {
                        // Stopped because the server goes, not because somebody wanted it.
                        let given_back = server_stops && matches!(*finished, Finished::Stopped { .. });
                        let wanted = queue::sql::renew(&platform.db, &lease).await?;
                        return Ok(if given_back && !wanted { End::ServerStops } else { End::Finished(finished) });
                    }
                    _ => continue,
                }
            }
            _ = renewal.tick() => {}
            () = bell.rung() => {}
            () = stop.cancelled(), if !server_stops => {
                server_stops = true;
                deadline = Some(Instant::now() + SHUTDOWN_GRACE);
                let _ = child.send(&Command::Stop).await;
            }
            () = out_of_time => {
                child.kill().await;
                let wanted = queue::sql::renew(&platform.db, &lease).await?;
                return Ok(if server_stops && !wanted { End::ServerStops } else { End::Killed });
            }
        }
        let stop_wanted = queue::sql::renew(&platform.db, &lease).await?;
        if stop_wanted && deadline.is_none() {
            deadline = Some(Instant::now() + GRACE);
            let _ = child.send(&Command::Stop).await;
        }
    }
}

/// Everything a trainer needs; `None` when the dataset is gone.
async fn start_order(platform: &Platform, record: &Record<'_>) -> Result<Option<Start>, Error> {
    let (lease, spec) = (record.lease(), record.spec().clone());
    let Some(dataset) = datasets::sql::find_for_agent(&platform.db, spec.dataset_id).await? else { return Ok(None) };
    let work_dir = platform.data.job(lease.job_id);
    tokio::fs::create_dir_all(&work_dir).await.map_err(Error::storage("make the job's directory"))?;
    let checkpoints = queue::sql::checkpoints(&platform.db, lease.job_id).await?;
    let source = datasets::source_of(platform, &dataset);
    Ok(Some(Start {
        protocol: PROTOCOL,
        job_id: lease.job_id,
        attempt: lease.attempt,
        spec,
        dataset: DatasetFile {
            path: source.path.to_string_lossy().into_owned(),
            format: source.format,
            gzip: source.gzip,
            name: dataset.name,
            sha256: dataset.sha256,
        },
        checkpoints: checkpoints.iter().map(|path| work_dir.join(path).to_string_lossy().into_owned()).collect(),
        work_dir: work_dir.to_string_lossy().into_owned(),
        checkpoint_seconds: 30,
        keep_checkpoints: 2,
        // Never: this agent does not say `Alive`.
        silence_seconds: 0,
        memory_bytes: None,
    }))
}
