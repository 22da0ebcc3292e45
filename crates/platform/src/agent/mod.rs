//! The agent: claims jobs as long as there are free slots, and supervises a trainer process for each.

mod child;
mod record;
mod start;
mod supervise;
mod usage;

use std::{sync::Arc, time::Duration};

use domain::job::{JobState, Transition};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use crate::{
    Breakpoint, Error, Platform, events, jobs,
    queue::{self, Lease, Reaper},
    webhooks,
};

/// How long a lost ring can cost.
const POLL: Duration = Duration::from_secs(1);

/// A running agent. Shutting it down is explicit; dropping it kills the trainers and leaves the jobs to be recovered.
pub(crate) struct Agent {
    stop: CancellationToken,
    claiming: JoinHandle<()>,
    reaping: JoinHandle<()>,
    listening: JoinHandle<()>,
    retaining: JoinHandle<()>,
    delivering: JoinHandle<()>,
}

/// Starts claiming.
pub(crate) fn start(platform: Platform) -> Agent {
    let stop = CancellationToken::new();
    Agent {
        claiming: tokio::spawn(claim_until(platform.clone(), stop.clone())),
        reaping: tokio::spawn(reap_until(platform.clone(), stop.clone())),
        listening: tokio::spawn(events::listen_until(platform.clone(), stop.clone())),
        retaining: tokio::spawn(jobs::retain_until(platform.clone(), stop.clone())),
        delivering: tokio::spawn(webhooks::deliver_until(platform, stop.clone())),
        stop,
    }
}

impl Agent {
    /// Claims no more; every trainer writes a checkpoint and its job goes back into the queue.
    pub(crate) async fn shutdown(self) {
        self.stop.cancel();
        for task in [self.claiming, self.reaping, self.listening, self.retaining, self.delivering] {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the agent ended badly");
            }
        }
    }
}

async fn claim_until(platform: Platform, stop: CancellationToken) {
    let slots = Arc::new(Semaphore::new(platform.config.slots));
    let jobs = TaskTracker::new();
    while let Some((slot, lease)) = next_job(&platform, &slots, &stop).await {
        let (platform, stop) = (platform.clone(), stop.clone());
        // Every line about the job carries it, whatever RUST_LOG lets through.
        let about = tracing::error_span!("training", job = %lease.job_id, attempt = lease.attempt);
        let supervised = async move {
            supervise::supervise(&platform, lease, &stop).await;
            drop(slot);
        };
        jobs.spawn(supervised.instrument(about));
    }
    jobs.close();
    jobs.wait().await;
}

/// Waits for a free slot and a job; `None` when the agent is to stop.
async fn next_job(
    platform: &Platform,
    slots: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(OwnedSemaphorePermit, Lease)> {
    let slot = tokio::select! {
        slot = Arc::clone(slots).acquire_owned() => slot.ok()?,
        () = stop.cancelled() => return None,
    };
    loop {
        if stop.is_cancelled() {
            return None;
        }
        match claim(platform).await {
            Ok(Some(lease)) => return Some((slot, lease)),
            Ok(None) => {}
            Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "claiming a job failed"),
        }
        tokio::select! {
            () = platform.wake.rung() => {}
            () = sleep(POLL) => {}
            () = stop.cancelled() => return None,
        }
    }
}

async fn claim(platform: &Platform) -> Result<Option<Lease>, Error> {
    let next = JobState::Queued.after(Transition::Claim)?;
    let claimed = queue::sql::claim(&platform.db, platform.agent_id, next, platform.config.jobs_per_user).await?;
    if claimed.is_some() {
        Breakpoint::JobClaimed.reached();
    }
    Ok(claimed)
}

async fn reap_until(platform: Platform, stop: CancellationToken) {
    let mut reaper = Reaper::new(&platform);
    // Often enough that a lost lease is found soon after its end.
    let mut clock = interval((platform.config.lease / 10).min(Duration::from_secs(2)));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = clock.tick() => {}
            () = stop.cancelled() => break,
        }
        if let Err(error) = reaper.look(&platform).await {
            tracing::error!(error = &error as &dyn std::error::Error, "looking for lost leases failed");
        }
    }
}
