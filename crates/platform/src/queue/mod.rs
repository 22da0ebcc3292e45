//! The jobs table as a queue: claiming by lease, renewing, giving back, recovering what a dead agent held.

pub(crate) mod lease;
pub(crate) mod sql;
mod wake;

pub(crate) use lease::Lease;
pub(crate) use wake::Wake;

use domain::{
    JobId,
    job::{LogLevel, Transition},
};

use crate::{Error, Platform, clock, events::JobEvent, jobs};

/// Puts the jobs of a dead predecessor back into the queue. The lock on the data directory says that it is dead.
pub(crate) async fn recover_orphans(platform: &Platform) -> Result<(), Error> {
    for id in sql::leased(&platform.db, false).await? {
        recover(platform, id, false, "The server was restarted.").await?;
    }
    Ok(())
}

/// Puts jobs whose lease has run out back into the queue: whoever held it cannot write any more.
pub(crate) async fn reap(platform: &Platform) -> Result<(), Error> {
    for id in sql::leased(&platform.db, true).await? {
        recover(platform, id, true, "The lease ran out: its agent could not renew it.").await?;
    }
    Ok(())
}

async fn recover(platform: &Platform, id: JobId, expired: bool, why: &str) -> Result<(), Error> {
    let now = clock::now();
    let mut transaction = platform.db.begin().await?;
    // Between looking and writing it may have ended, or its agent may have renewed the lease after all.
    let Some((state, stop_requested)) = sql::held(&mut transaction, id, expired).await? else { return Ok(()) };
    let Some(user_id) = jobs::sql::owner(&mut transaction, id).await? else { return Ok(()) };
    let after = sql::next_seq(&mut transaction, id).await? - 1;
    sql::append_log(&mut transaction, id, LogLevel::Warning, why, now).await?;
    if stop_requested {
        let next = state.after(Transition::Stop)?;
        jobs::sql::end_without_lease(&mut transaction, id, next, "Stopped.", None, now).await?;
    } else {
        let next = state.after(Transition::Requeue)?;
        sql::give_back(&mut transaction, id, next, "Waiting to go on from its last checkpoint.").await?;
    }
    let job = jobs::sql::find_for_agent(&mut *transaction, id).await?;
    transaction.commit().await?;
    tracing::info!(job = %id, why, "a job was put back into the queue");
    if let Some(job) = job {
        // Without messages: `after` does not lead to `seq` for anybody, so watchers read the database.
        let seq = job.summary.last_seq;
        platform.hub.publish_job(id, || JobEvent::Change { after: after + 1, seq, messages: Vec::new() });
        platform.hub.publish_summary(user_id, &job.summary);
    }
    platform.wake.ring();
    Ok(())
}

/// How many jobs wait and how many are being trained.
pub async fn counts(platform: &Platform) -> Result<(u64, u64), Error> {
    sql::counts(&platform.db).await
}
