//! Commit first, publish after: a watcher never sees what a crash could take back.

use std::time::Instant;

use domain::{JobId, UserId, job::JobSummary, wire::socket::ServerMessage};

use super::{
    bus::{self, Notice},
    hub::JobEvent,
    told::Told,
};
use crate::{Error, Platform, db::Tx, webhooks};

/// What a transaction is about to change of a job.
pub(crate) struct Change<'a> {
    /// As it will stand.
    pub(crate) job: &'a JobSummary,
    pub(crate) owner: UserId,
    /// The job's sequence number before.
    pub(crate) after: u64,
    /// What a watcher is told who stands there.
    pub(crate) messages: Vec<ServerMessage>,
    /// Lists show it too.
    pub(crate) listed: bool,
    /// It has just ended, which webhooks tell.
    pub(crate) ended: bool,
    /// There may be a job to claim, or something was asked of the one that trains it.
    pub(crate) wakes: bool,
}

/// Commits, then tells the watchers here and in other processes.
pub(crate) async fn commit(platform: &Platform, mut transaction: Tx, change: Change<'_>) -> Result<(), Error> {
    let Change { job, owner, after, messages, listed, ended, wakes } = change;
    let id = job.job_id;
    if ended {
        webhooks::job_ended(&mut transaction, owner, job).await?;
    }
    bus::tell(platform, &mut transaction, &Notice { job_id: id, owner, deleted: false, listed, wakes }).await?;
    transaction.commit().await?;
    let committed = Instant::now();
    platform.hub.publish_job(id, || JobEvent::Change {
        after,
        seq: job.last_seq,
        messages: messages.into_iter().map(|message| Told::news(message, committed)).collect(),
    });
    if listed {
        platform.hub.publish_summary(owner, job);
    }
    if ended {
        platform.letters.notify_one();
    }
    if wakes {
        platform.wake.ring();
        platform.wake.ring_job(id);
    }
    Ok(())
}

/// Commits a transaction after which somebody sees more or less than before: every watcher looks again.
pub(crate) async fn commit_access(platform: &Platform, mut transaction: Tx) -> Result<(), Error> {
    bus::tell_access(platform, &mut transaction).await?;
    transaction.commit().await?;
    platform.hub.publish_unknown();
    Ok(())
}

/// Commits a transaction that deletes a job.
pub(crate) async fn commit_deletion(
    platform: &Platform,
    mut transaction: Tx,
    id: JobId,
    owner: UserId,
) -> Result<(), Error> {
    let notice = Notice { job_id: id, owner, deleted: true, listed: true, wakes: false };
    bus::tell(platform, &mut transaction, &notice).await?;
    transaction.commit().await?;
    platform.hub.publish_deletion(id, owner);
    Ok(())
}
