//! Every statement on `webhooks` and `webhook_deliveries`.

use domain::{
    JobId, Timestamp, UserId, WebhookId,
    webhook::{DeliveryView, WebhookEvent, WebhookView},
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Error,
    db::{Db, Lane, Tx, parse_id, sql},
};

/// A message as it is written down.
pub(super) struct Letter<'a> {
    pub(super) event: WebhookEvent,
    pub(super) job_id: Option<JobId>,
    pub(super) payload: &'a str,
    pub(super) at: Timestamp,
    /// Who writes it down sends it too, and has until then.
    pub(super) claimed_until: Option<Timestamp>,
}

/// A message that could be sent now.
pub(super) struct Due {
    pub(super) id: Uuid,
    pub(super) webhook_id: WebhookId,
    pub(super) owner: UserId,
}

/// A message that has to be sent now, and by nobody else.
pub(super) struct Claimed {
    pub(super) id: Uuid,
    pub(super) webhook_id: WebhookId,
    pub(super) payload: String,
    /// With this one. Whoever claims it later counts one more, and makes what is recorded here void.
    pub(super) tries: u32,
}

/// What became of a try.
pub(super) struct Tried {
    pub(super) delivered_at: Option<Timestamp>,
    pub(super) next_try_at: Option<Timestamp>,
    pub(super) status: Option<u16>,
    pub(super) error: Option<String>,
}

/// False when its owner has one with this address.
pub(super) async fn insert(
    transaction: &mut Tx,
    user_id: UserId,
    webhook: &WebhookView,
    sealed: &str,
) -> Result<bool, Error> {
    let inserted = sql("INSERT INTO webhooks (id, user_id, url, secret, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_id, url) DO NOTHING")
    .bind(webhook.id)
    .bind(user_id)
    .bind(&webhook.url)
    .bind(sealed)
    .bind(webhook.created_at)
    .execute(&mut *transaction)
    .await?;
    Ok(inserted == 1)
}

pub(super) async fn count(transaction: &mut Tx, user_id: UserId) -> Result<i64, Error> {
    sql("SELECT count(*) FROM webhooks WHERE user_id = $1").bind(user_id).scalar(&mut *transaction).await
}

/// Newest first, without what was sent.
pub(super) async fn list(db: &Db, user_id: UserId) -> Result<Vec<WebhookView>, Error> {
    let rows: Vec<(String, String, i64)> =
        sql("SELECT id, url, created_at FROM webhooks WHERE user_id = $1 ORDER BY id DESC")
            .bind(user_id)
            .all(db)
            .await?;
    let view = |(id, url, at): (String, String, i64)| {
        let id = WebhookId(parse_id(&id)?);
        Ok(WebhookView { id, url, created_at: Timestamp(at), last_delivery: None })
    };
    rows.into_iter().map(view).collect()
}

/// Whether it is there and of this owner.
pub(super) async fn is_of(db: &Db, user_id: UserId, id: WebhookId) -> Result<bool, Error> {
    sql("SELECT EXISTS (SELECT 1 FROM webhooks WHERE id = $1 AND user_id = $2)").bind(id).bind(user_id).scalar(db).await
}

/// The address of the one that was there.
pub(super) async fn delete(transaction: &mut Tx, user_id: UserId, id: WebhookId) -> Result<Option<String>, Error> {
    sql("DELETE FROM webhooks WHERE id = $1 AND user_id = $2 RETURNING url")
        .bind(id)
        .bind(user_id)
        .optional_scalar(&mut *transaction)
        .await
}

/// Those of somebody who may sign in.
pub(super) async fn listeners(transaction: &mut Tx, user_id: UserId) -> Result<Vec<WebhookId>, Error> {
    let ids: Vec<String> = sql("SELECT webhooks.id FROM webhooks JOIN users ON users.id = webhooks.user_id
         WHERE webhooks.user_id = $1 AND NOT users.disabled")
    .bind(user_id)
    .scalars(&mut *transaction)
    .await?;
    ids.iter().map(|id| Ok(WebhookId(parse_id(id)?))).collect()
}

/// Address and sealed secret.
pub(super) async fn target(db: &Db, id: WebhookId) -> Result<Option<(String, String)>, Error> {
    sql("SELECT url, secret FROM webhooks WHERE id = $1").bind(id).optional(db).await
}

/// Writes a message down; it is due at once, unless whoever writes it has claimed it.
pub(super) async fn enqueue(
    lane: impl Into<Lane<'_>>,
    webhook_id: WebhookId,
    id: Uuid,
    letter: &Letter<'_>,
) -> Result<(), Error> {
    sql("INSERT INTO webhook_deliveries (id, webhook_id, event, job_id, payload, created_at, tries, next_try_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(id.to_string())
    .bind(webhook_id)
    .bind(letter.event.as_str())
    .bind(letter.job_id.map(|id| id.to_string()))
    .bind(letter.payload)
    .bind(letter.at)
    .bind(i64::from(letter.claimed_until.is_some()))
    .bind(letter.claimed_until.unwrap_or(letter.at))
    .execute(lane)
    .await?;
    Ok(())
}

/// Messages that are due, the oldest first, and of each webhook no more than `each`: whoever has a backlog stands in nobody's way.
pub(super) async fn due(db: &Db, now: Timestamp, each: usize) -> Result<Vec<Due>, Error> {
    let rows: Vec<(String, String, String)> = sql("SELECT id, webhook_id, user_id FROM (
             SELECT webhook_deliveries.id, webhook_deliveries.webhook_id, webhooks.user_id, webhook_deliveries.next_try_at,
                 row_number() OVER (PARTITION BY webhook_deliveries.webhook_id ORDER BY webhook_deliveries.next_try_at) AS place
             FROM webhook_deliveries JOIN webhooks ON webhooks.id = webhook_deliveries.webhook_id
             WHERE webhook_deliveries.next_try_at <= $1
         ) AS waiting WHERE place <= $2 ORDER BY next_try_at LIMIT 1000")
    .bind(now)
    .bind(each as i64)
    .all(db)
    .await?;
    let due = |(id, webhook_id, owner): (String, String, String)| {
        Ok(Due { id: parse_id(&id)?, webhook_id: WebhookId(parse_id(&webhook_id)?), owner: UserId(parse_id(&owner)?) })
    };
    rows.into_iter().map(due).collect()
}

/// Claims a message until `until`, unless another process was quicker: one whose sender dies is due again then.
pub(super) async fn claim(db: &Db, due: &Due, now: Timestamp, until: Timestamp) -> Result<Option<Claimed>, Error> {
    let row: Option<(String, i64)> = sql("UPDATE webhook_deliveries SET tries = tries + 1, next_try_at = $3
         WHERE id = $1 AND next_try_at <= $2 RETURNING payload, tries")
    .bind(due.id.to_string())
    .bind(now)
    .bind(until)
    .optional(db.writer())
    .await?;
    let (id, webhook_id) = (due.id, due.webhook_id);
    Ok(row.map(|(payload, tries)| Claimed { id, webhook_id, payload, tries: tries as u32 }))
}

/// Writes down what became of a try, unless somebody has claimed the message again.
pub(super) async fn tried(db: &Db, id: Uuid, tries: u32, tried: &Tried) -> Result<(), Error> {
    sql("UPDATE webhook_deliveries SET delivered_at = $3, next_try_at = $4, status = $5, error = $6
         WHERE id = $1 AND tries = $2")
    .bind(id.to_string())
    .bind(i64::from(tries))
    .bind(tried.delivered_at)
    .bind(tried.next_try_at)
    .bind(tried.status.map(i64::from))
    .bind(tried.error.as_deref())
    .execute(db.writer())
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct DeliveryRow {
    id: String,
    event: String,
    job_id: Option<String>,
    created_at: i64,
    tries: i64,
    next_try_at: Option<i64>,
    delivered_at: Option<i64>,
    status: Option<i64>,
    error: Option<String>,
}

impl DeliveryRow {
    fn into_view(self) -> Result<DeliveryView, Error> {
        let unknown = || Error::Internal(format!("stored event {:?} is unknown", self.event));
        Ok(DeliveryView {
            id: parse_id(&self.id)?,
            event: WebhookEvent::parse(&self.event).ok_or_else(unknown)?,
            job_id: self.job_id.as_deref().map(parse_id).transpose()?.map(JobId),
            created_at: Timestamp(self.created_at),
            tries: self.tries as u32,
            delivered_at: self.delivered_at.map(Timestamp),
            next_try_at: self.next_try_at.map(Timestamp),
            status: self.status.map(|status| status as u16),
            error: self.error,
        })
    }
}

/// Messages to a webhook, newest first.
pub(super) async fn deliveries(db: &Db, id: WebhookId, most: usize) -> Result<Vec<DeliveryView>, Error> {
    let rows: Vec<DeliveryRow> =
        sql("SELECT id, event, job_id, created_at, tries, next_try_at, delivered_at, status, error
         FROM webhook_deliveries WHERE webhook_id = $1 ORDER BY id DESC LIMIT $2")
        .bind(id)
        .bind(most as i64)
        .all(db)
        .await?;
    rows.into_iter().map(DeliveryRow::into_view).collect()
}

/// Forgets what was delivered or given up and is older.
pub(super) async fn forget(db: &Db, before: Timestamp) -> Result<(), Error> {
    sql("DELETE FROM webhook_deliveries WHERE next_try_at IS NULL AND created_at < $1")
        .bind(before)
        .execute(db.writer())
        .await?;
    Ok(())
}
