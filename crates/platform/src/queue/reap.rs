//! Jobs whose agent is gone: back into the queue with them.

use std::time::Instant;

use domain::job::{LogLevel, Transition};

use super::{
    lease::{Beat, Watch},
    sql,
};
use crate::{Error, Platform, clock, events, jobs, metrics};

/// Puts the jobs of a dead predecessor back into the queue. Only where nobody else may train: the lock on the data
/// directory says that whoever held them is dead.
pub(crate) async fn recover_orphans(platform: &Platform) -> Result<(), Error> {
    if platform.db.is_shared() {
        return Ok(());
    }
    for beat in sql::leases(&platform.db).await? {
        recover(platform, beat, "The server was restarted.").await?;
    }
    Ok(())
}

/// Looks for lost leases.
pub(crate) struct Reaper(Watch);

impl Reaper {
    pub(crate) fn new(platform: &Platform) -> Self {
        Self(Watch::new(platform.config.lease))
    }

    /// Puts jobs whose lease stood still for too long back into the queue: whoever held it cannot write any more.
    pub(crate) async fn look(&mut self, platform: &Platform) -> Result<(), Error> {
        let found = sql::leases(&platform.db).await?;
        let lost = self.0.look(Instant::now(), &found);
        let (count, oldest) = self.0.standing();
        metrics::LEASES.set(count, oldest);
        for lost in lost {
            // Ours, and somebody is at it: the database may have refused the renewals for a while.
            if platform.wake.is_attended(lost.job_id) {
                continue;
            }
            recover(platform, lost, "The lease ran out: its agent did not renew it.").await?;
        }
        Ok(())
    }
}

async fn recover(platform: &Platform, seen: Beat, why: &str) -> Result<(), Error> {
    let (id, now) = (seen.job_id, clock::now());
    let mut transaction = platform.db.begin().await?;
    // Between looking and writing it may have ended, or its agent may have renewed the lease after all.
    let Some((state, stop_requested)) = sql::held(&mut transaction, seen).await? else { return Ok(()) };
    let Some(owner) = jobs::sql::owner(&mut transaction, id).await? else { return Ok(()) };
    let seq = sql::append_log(&mut transaction, id, LogLevel::Warning, why, now).await?;
    if stop_requested {
        let next = state.after(Transition::Stop)?;
        jobs::sql::end_without_lease(&mut transaction, id, next, "Stopped.", None, now).await?;
    } else {
        let next = state.after(Transition::Requeue)?;
        sql::give_back(&mut transaction, id, next, "Waiting to go on from its last checkpoint.").await?;
    }
    let Some(job) = jobs::sql::find_for_agent(&mut transaction, id).await? else { return Ok(()) };
    let line = events::line(id, seq, now, LogLevel::Warning, why);
    let messages = vec![line, events::update(&job.summary, seq, Vec::new())];
    let change = events::Change {
        job: &job.summary,
        owner,
        after: seq - 1,
        messages,
        listed: true,
        ended: stop_requested,
        wakes: true,
    };
    events::commit(platform, transaction, change).await?;
    tracing::info!(job = %id, why, "a job was put back into the queue");
    Ok(())
}
