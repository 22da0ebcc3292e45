//! Every statement on `audit_log`.

use domain::{
    Timestamp, UserId,
    audit::{Action, AuditEntry},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::Actor;
use crate::{
    Error, clock,
    db::{Db, Lane, parse_id, sql},
};

#[derive(FromRow)]
struct EntryRow {
    id: String,
    at: i64,
    actor_id: Option<String>,
    actor: String,
    action: String,
    object: String,
    detail: String,
    address: Option<String>,
}

impl EntryRow {
    fn into_entry(self) -> Result<AuditEntry, Error> {
        let action = Action::parse(&self.action)
            .ok_or_else(|| Error::Internal(format!("stored action {:?} is unknown", self.action)))?;
        Ok(AuditEntry {
            id: parse_id(&self.id)?,
            at: Timestamp(self.at),
            actor_id: self.actor_id.as_deref().map(parse_id).transpose()?.map(UserId),
            actor: self.actor,
            action,
            object: self.object,
            detail: self.detail,
            address: self.address,
        })
    }
}

pub(super) async fn insert(
    lane: impl Into<Lane<'_>>,
    actor: &Actor,
    action: Action,
    object: &str,
    detail: &str,
) -> Result<(), Error> {
    sql("INSERT INTO audit_log (id, at, actor_id, actor, action, object, detail, address)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(Uuid::now_v7())
    .bind(clock::now())
    .bind(actor.id)
    .bind(&actor.name)
    .bind(action.as_str())
    .bind(object)
    .bind(detail)
    .bind(actor.address.clone())
    .execute(lane)
    .await?;
    Ok(())
}

/// Newest first.
pub(super) async fn before(db: &Db, before: Option<Uuid>, limit: u32) -> Result<Vec<AuditEntry>, Error> {
    let rows: Vec<EntryRow> = sql("SELECT id, at, actor_id, actor, action, object, detail, address FROM audit_log
         WHERE $1 IS NULL OR id < $1 ORDER BY id DESC LIMIT $2")
    .bind(before)
    .bind(limit)
    .all(db)
    .await?;
    rows.into_iter().map(EntryRow::into_entry).collect()
}
