//! Sends what is written down, again and again until it arrives, and gives up after a day.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{UserId, WebhookId};
use tokio::{
    task::{self, JoinSet},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use super::{
    send::{Answer, Message, PATIENCE},
    sql::{self, Claimed, Tried},
};
use crate::{Error, Platform, clock, users::Seal};

/// How long it is waited after each try that failed; there is none after the last.
const PAUSES: &[Duration] = &[
    Duration::from_secs(5),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(6),
    Duration::from_hours(15),
];
/// Messages that are sent at once, in all, of one person and to one webhook: receivers that do not answer hold up neither other
/// people nor, for long, the other webhooks of their owner.
const AT_ONCE: usize = 64;
const EACH_OWNER: usize = 8;
const EACH_WEBHOOK: usize = 2;
/// How long a message that another process has written can wait, and one whose pause is over.
const POLL: Duration = Duration::from_secs(2);
/// How long a message belongs to whoever sends it, longer than sending takes.
pub(super) const CLAIM_SECONDS: i64 = 60;
/// How long what was delivered can be looked up.
const KEPT_SECONDS: i64 = 30 * 86_400;
const FORGET_EVERY: Duration = Duration::from_hours(1);

/// A receiver that wants nothing any more says so (RFC 9110, 410 Gone).
const GONE: u16 = 410;

/// Sends what is due until it is told to stop.
pub(crate) async fn deliver_until(platform: Platform, stop: CancellationToken) {
    let mut sending = Sending::default();
    let mut forgotten: Option<Instant> = None;
    while !stop.is_cancelled() {
        if let Err(error) = sending.begin(&platform).await {
            tracing::error!(error = &error as &dyn std::error::Error, "looking for webhooks failed");
        }
        if forgotten.is_none_or(|at| at.elapsed() >= FORGET_EVERY) {
            forgotten = Some(Instant::now());
            if let Err(error) = sql::forget(&platform.db, clock::now().plus_seconds(-KEPT_SECONDS)).await {
                tracing::error!(error = &error as &dyn std::error::Error, "forgetting old webhooks failed");
            }
        }
        tokio::select! {
            () = sending.one_ends() => {}
            () = platform.letters.notified() => {}
            () = sleep(POLL) => {}
            () = stop.cancelled() => {}
        }
    }
    while !sending.under_way.is_empty() {
        sending.one_ends().await;
    }
}

/// What this process sends at the moment.
#[derive(Default)]
struct Sending {
    tasks: JoinSet<()>,
    /// Whose, and to which webhook.
    under_way: HashMap<task::Id, (UserId, WebhookId)>,
}

impl Sending {
    /// Begins to send what is due, as far as there is room for it.
    async fn begin(&mut self, platform: &Platform) -> Result<(), Error> {
        if self.under_way.len() >= AT_ONCE {
            return Ok(());
        }
        let now = clock::now();
        for due in sql::due(&platform.db, now, EACH_WEBHOOK).await? {
            if !self.has_room_for(due.owner, due.webhook_id) {
                continue;
            }
            let until = now.plus_seconds(CLAIM_SECONDS);
            let Some(claimed) = sql::claim(&platform.db, &due, now, until).await? else { continue };
            let platform = platform.clone();
            let task = self.tasks.spawn(async move {
                if let Err(error) = deliver(&platform, claimed).await {
                    tracing::error!(error = &error as &dyn std::error::Error, "sending a webhook failed");
                }
            });
            self.under_way.insert(task.id(), (due.owner, due.webhook_id));
        }
        Ok(())
    }

    fn has_room_for(&self, owner: UserId, webhook_id: WebhookId) -> bool {
        let of_owner = self.under_way.values().filter(|(other, _)| *other == owner).count();
        let of_webhook = self.under_way.values().filter(|(_, other)| *other == webhook_id).count();
        self.under_way.len() < AT_ONCE && of_owner < EACH_OWNER && of_webhook < EACH_WEBHOOK
    }

    /// Waits until one more has ended; for ever when there is none.
    async fn one_ends(&mut self) {
        let ended = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => error.id(),
            None => return std::future::pending().await,
        };
        self.under_way.remove(&ended);
    }
}

/// Sends a message, writes down what became of it, and tells; nothing when its webhook is gone.
pub(super) async fn deliver(platform: &Platform, claimed: Claimed) -> Result<Option<Tried>, Error> {
    let Claimed { id, webhook_id, payload, tries } = claimed;
    let Some((url, sealed)) = sql::target(&platform.db, webhook_id).await? else { return Ok(None) };
    let answer = match platform.credentials.unseal(Seal::Webhook, &sealed) {
        Ok(secret) => {
            let (sender, message) = (Arc::clone(&platform.sender), Message { id, url, secret, payload });
            let sent = tokio::task::spawn_blocking(move || sender.send(&message));
            sent.await.map_err(|error| Error::Internal(error.to_string()))??
        }
        // Another data directory, without the key of the old one: its owner has to know.
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, %webhook_id, "the secret of a webhook is lost");
            Err("Its secret cannot be read any more: make the webhook anew.".to_owned())
        }
    };
    let tried = judged(answer, tries);
    sql::tried(&platform.db, id, tries, &tried).await?;
    Ok(Some(tried))
}

/// What an answer to the `tries`th try means.
fn judged(answer: Answer, tries: u32) -> Tried {
    let now = clock::now();
    let (status, error) = match answer {
        Ok(status @ 200..=299) => {
            return Tried { delivered_at: Some(now), next_try_at: None, status: Some(status), error: None };
        }
        Ok(status @ 300..=399) => (Some(status), format!("Answered {status}; redirects are not followed.")),
        Ok(status) => (Some(status), format!("Answered {status}.")),
        Err(why) => (None, why),
    };
    let pause = PAUSES.get((tries as usize).saturating_sub(1)).filter(|_| status != Some(GONE));
    let next_try_at = pause.map(|pause| now.plus_seconds(pause.as_secs() as i64));
    Tried { delivered_at: None, next_try_at, status, error: Some(error) }
}

const _: () = assert!((PATIENCE.as_secs() as i64) * 2 < CLAIM_SECONDS);

#[cfg(test)]
mod tests {
    use super::{PAUSES, judged};

    #[test]
    fn what_fails_is_tried_again_later_and_later_and_not_for_ever() {
        let mut before = 0;
        for tries in 1..=PAUSES.len() as u32 {
            let tried = judged(Ok(500), tries);
            let pause = tried.next_try_at.unwrap().0 - crate::clock::now().0;
            assert!(pause > before, "{tries}");
            assert_eq!((tried.status, tried.error.as_deref()), (Some(500), Some("Answered 500.")));
            before = pause;
        }
        assert_eq!(judged(Ok(500), PAUSES.len() as u32 + 1).next_try_at, None);
        assert_eq!(judged(Err("Nobody.".into()), 1).status, None);
    }

    #[test]
    fn who_took_it_or_wants_nothing_is_left_alone() {
        let taken = judged(Ok(204), 3);
        assert!(taken.delivered_at.is_some() && taken.next_try_at.is_none() && taken.error.is_none());
        let gone = judged(Ok(410), 1);
        assert!(gone.delivered_at.is_none() && gone.next_try_at.is_none());
        assert!(judged(Ok(302), 1).error.unwrap().contains("redirects"));
    }
}
