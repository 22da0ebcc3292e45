//! What happens in one process, told to the others that share the database: PostgreSQL's LISTEN and NOTIFY.
//!
//! A notice is sent within the transaction that it is about, so it arrives after the commit or not at all. It is a hint
//! all the same: it says which job changed, and whoever cares reads the database.

use std::{collections::HashMap, time::Instant};

use domain::{JobId, UserId};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{hub::JobEvent, replay::replay, told::Told};
use crate::{
    Error, Platform,
    db::{Db, Tx, sql, to_json},
    jobs,
};

const CHANNEL: &str = "athanor";

/// What others are told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Notice {
    pub(super) job_id: JobId,
    pub(super) owner: UserId,
    pub(super) deleted: bool,
    pub(super) listed: bool,
    pub(super) wakes: bool,
}

/// Whatever is told.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum AnyNotice {
    Job(Notice),
    /// Who sees what has changed. Always true: what tells this letter from one about a job.
    Access {
        access_changed: bool,
    },
}

#[derive(Serialize, Deserialize)]
struct Letter<N> {
    from: Uuid,
    #[serde(flatten)]
    notice: N,
}

/// Tells the other processes that everybody has to look again what they may see.
pub(super) async fn tell_access(platform: &Platform, transaction: &mut Tx) -> Result<(), Error> {
    tell(platform, transaction, &AnyNotice::Access { access_changed: true }).await
}

/// Tells the other processes any notice, when the transaction is committed.
pub(super) async fn tell(platform: &Platform, transaction: &mut Tx, notice: &impl Serialize) -> Result<(), Error> {
    if !platform.db.is_shared() {
        return Ok(());
    }
    let letter = to_json("notice", &Letter { from: platform.agent_id, notice })?;
    let statement = sql("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(letter);
    transaction.on_postgres(statement).await
}

/// Passes on what other processes tell; returns at once when there are none.
pub(crate) async fn listen_until(platform: Platform, stop: CancellationToken) {
    let Db::Postgres(pool) = &platform.db else { return };
    while !stop.is_cancelled() {
        let listening = async {
            let mut listener = PgListener::connect_with(pool).await?;
            listener.listen(CHANNEL).await?;
            let mut relay = Relay { platform: &platform, positions: HashMap::new() };
            // What was said before we listened is lost: everybody reads again.
            relay.begin_anew();
            loop {
                match listener.try_recv().await? {
                    Some(letter) => relay.take(letter.payload()).await,
                    // The connection broke and was made again.
                    None => relay.begin_anew(),
                }
            }
        };
        let ended: Result<(), sqlx::Error> = tokio::select! {
            ended = listening => ended,
            () = stop.cancelled() => return,
        };
        if let Err(error) = ended {
            tracing::warn!(%error, "notices of other processes do not arrive; listening again");
        }
        tokio::select! {
            () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Reads what changed once, for all watchers of this process.
struct Relay<'a> {
    platform: &'a Platform,
    /// Up to which sequence number the watchers of a job were told.
    positions: HashMap<JobId, u64>,
}

impl Relay<'_> {
    fn begin_anew(&mut self) {
        self.positions.clear();
        self.platform.hub.publish_unknown();
        self.platform.wake.ring_all();
    }

    async fn take(&mut self, letter: &str) {
        let Ok(letter) = serde_json::from_str::<Letter<AnyNotice>>(letter) else {
            tracing::warn!(letter, "a notice of another process cannot be read");
            return;
        };
        if letter.from == self.platform.agent_id {
            return;
        }
        let notice = match letter.notice {
            AnyNotice::Job(notice) => notice,
            AnyNotice::Access { .. } => return self.platform.hub.publish_unknown(),
        };
        if let Err(error) = self.pass_on(&notice).await {
            // Watchers that miss this one read the database a few seconds later.
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what another process told could not be looked up"
            );
        }
    }

    async fn pass_on(&mut self, notice: &Notice) -> Result<(), Error> {
        let (id, heard) = (notice.job_id, Instant::now());
        let hub = &self.platform.hub;
        if notice.wakes {
            self.platform.wake.ring();
            self.platform.wake.ring_job(id);
        }
        if notice.deleted {
            self.positions.remove(&id);
            hub.publish_deletion(id, notice.owner);
            return Ok(());
        }
        let listed = notice.listed && hub.is_list_watched();
        let watched = hub.is_job_watched(id);
        if !watched {
            self.positions.remove(&id);
        }
        if !watched && !listed {
            return Ok(());
        }
        let mut snapshot = self.platform.db.snapshot().await?;
        let Some(job) = jobs::sql::find_for_agent(&mut snapshot, id).await? else { return Ok(()) };
        let seq = job.summary.last_seq;
        if watched {
            // The first time nobody knows where the watchers stand: `after` fits none, so each reads for itself.
            let known = self.positions.insert(id, seq);
            let missed = match known {
                Some(known) if known < seq => Some((known, replay(&mut snapshot, &job.summary, known).await?)),
                _ => None,
            };
            // Nor does it when there is much: they read it piece by piece.
            let (after, messages) = match missed {
                Some((known, piece)) if piece.last => (known, piece.messages),
                Some(_) => (u64::MAX, Vec::new()),
                None => (known.unwrap_or(u64::MAX), Vec::new()),
            };
            let messages = messages.into_iter().map(|message| Told::news(message, heard)).collect();
            hub.publish_job(id, || JobEvent::Change { after, seq, messages });
        }
        if listed {
            hub.publish_summary(notice.owner, &job.summary);
        }
        Ok(())
    }
}
