//! Tells other programs that a job has ended. A message is written down in the transaction that ends the job, and sent after it
//! by whichever process finds it first: it arrives at least once, with the same `webhook-id` each time.

mod address;
mod deliver;
mod send;
mod sign;
mod sql;

use domain::{
    ApiError, Principal, UserId, WebhookId,
    audit::Action,
    job::JobSummary,
    webhook::{DeliveryView, NewWebhook, WebhookData, WebhookEvent, WebhookMessage, WebhookRequest, WebhookView},
};
use uuid::Uuid;

pub(crate) use self::{deliver::deliver_until, send::Sender};
use self::{
    deliver::{CLAIM_SECONDS, deliver},
    sql::{Claimed, Letter, Tried},
};
use crate::{
    Error, Platform,
    audit::{self, Actor},
    clock,
    db::{Tx, to_json},
    users::{Origin, Seal, random},
};

/// Each is asked about with every job that ends.
const MOST: i64 = 20;
/// Messages to one webhook that can be looked at.
const SHOWN: usize = 50;

/// The caller's webhooks, newest first, each with its newest message.
///
/// # Errors
/// `forbidden` for API tokens of a lesser scope.
pub async fn list(platform: &Platform, principal: &Principal) -> Result<Vec<WebhookView>, Error> {
    principal.may_manage_account()?;
    let mut webhooks = sql::list(&platform.db, principal.user_id).await?;
    for webhook in &mut webhooks {
        webhook.last_delivery = sql::deliveries(&platform.db, webhook.id, 1).await?.pop();
    }
    Ok(webhooks)
}

/// Makes a webhook. Its secret is shown this once.
///
/// # Errors
/// `validation_failed` for an address that messages may not go to; `conflict` when there is one with it, or too many.
pub async fn create(
    platform: &Platform,
    principal: &Principal,
    wanted: &WebhookRequest,
    origin: &Origin,
) -> Result<NewWebhook, Error> {
    principal.may_manage_account()?;
    let url = platform.sender.allowed.check(&wanted.url)?;
    let secret = random::<32>()?;
    let sealed = platform.credentials.seal(Seal::Webhook, &secret)?;
    let webhook = WebhookView { id: WebhookId(Uuid::now_v7()), url, created_at: clock::now(), last_delivery: None };
    let mut transaction = platform.db.begin().await?;
    if sql::count(&mut transaction, principal.user_id).await? >= MOST {
        return Err(ApiError::conflict(format!("One person has at most {MOST} webhooks. Remove one first.")).into());
    }
    if !sql::insert(&mut transaction, principal.user_id, &webhook, &sealed).await? {
        return Err(ApiError::conflict("You have a webhook with this address.").into());
    }
    let actor = Actor::caller(principal, origin);
    audit::record(&mut transaction, &actor, Action::WebhookMade, whose(&webhook.url), "").await?;
    transaction.commit().await?;
    Ok(NewWebhook { secret: sign::shown(&secret), webhook })
}

/// Removes a webhook and everything that was still to be sent to it.
///
/// # Errors
/// `not_found`, also when it is somebody else's.
pub async fn remove(platform: &Platform, principal: &Principal, id: WebhookId, origin: &Origin) -> Result<(), Error> {
    principal.may_manage_account()?;
    let mut transaction = platform.db.begin().await?;
    let url = sql::delete(&mut transaction, principal.user_id, id).await?.ok_or_else(no_such_webhook)?;
    audit::record(&mut transaction, &Actor::caller(principal, origin), Action::WebhookRemoved, whose(&url), "").await?;
    transaction.commit().await
}

/// Sends a `ping` at once, and says what became of it. One that fails is tried again, as any other message.
///
/// # Errors
/// `not_found`, also when it is somebody else's.
pub async fn test(platform: &Platform, principal: &Principal, id: WebhookId) -> Result<DeliveryView, Error> {
    require(platform, principal, id).await?;
    let (message_id, event, created_at) = (Uuid::now_v7(), WebhookEvent::Ping, clock::now());
    let payload = payload(event, None)?;
    let claimed_until = Some(created_at.plus_seconds(CLAIM_SECONDS));
    let letter = Letter { event, job_id: None, payload: &payload, at: created_at, claimed_until };
    sql::enqueue(platform.db.writer(), id, message_id, &letter).await?;
    let tries = 1;
    let tried = deliver(platform, Claimed { id: message_id, webhook_id: id, payload, tries }).await?;
    let Tried { delivered_at, next_try_at, status, error } = tried.ok_or_else(no_such_webhook)?;
    let id = message_id;
    Ok(DeliveryView { id, event, job_id: None, created_at, tries, delivered_at, next_try_at, status, error })
}

/// The newest messages to a webhook, newest first.
///
/// # Errors
/// `not_found`, also when it is somebody else's.
pub async fn deliveries(platform: &Platform, principal: &Principal, id: WebhookId) -> Result<Vec<DeliveryView>, Error> {
    require(platform, principal, id).await?;
    sql::deliveries(&platform.db, id, SHOWN).await
}

/// Writes down whom the end of a job has to be told, in the transaction that ends it. Ring `letters` after its commit.
pub(crate) async fn job_ended(transaction: &mut Tx, owner: UserId, job: &JobSummary) -> Result<(), Error> {
    let Some(event) = WebhookEvent::of(job.progress.status) else { return Ok(()) };
    let listeners = sql::listeners(transaction, owner).await?;
    if listeners.is_empty() {
        return Ok(());
    }
    let payload = payload(event, Some(job))?;
    let letter = Letter { event, job_id: Some(job.job_id), payload: &payload, at: clock::now(), claimed_until: None };
    for id in listeners {
        sql::enqueue(&mut *transaction, id, Uuid::now_v7(), &letter).await?;
    }
    Ok(())
}

fn payload(event: WebhookEvent, job: Option<&JobSummary>) -> Result<String, Error> {
    let data = WebhookData { job: job.cloned() };
    to_json("payload", &WebhookMessage { event, timestamp: clock::now(), data })
}

/// An address without what follows the host: that is a secret at some receivers, and logs are read by others.
fn whose(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find(['/', '?']).map_or(url, |end| &url[..host + end])
}

/// That it is the caller's own.
async fn require(platform: &Platform, principal: &Principal, id: WebhookId) -> Result<(), Error> {
    principal.may_manage_account()?;
    if !sql::is_of(&platform.db, principal.user_id, id).await? {
        return Err(no_such_webhook().into());
    }
    Ok(())
}

fn no_such_webhook() -> ApiError {
    ApiError::not_found("webhook")
}
