//! Every statement on `links`.

use domain::{LinkId, Role, Timestamp, UserId, access::InvitationView};
use sqlx::FromRow;

use super::parse_role;
use crate::{
    Error,
    db::{Db, Lane, Tx, parse_id, sql},
};

/// What a link is good for.
#[derive(Clone, Debug)]
pub(in crate::users) enum Purpose {
    Invitation { email: Option<String>, role: Role },
    Reset { user_id: UserId },
}

pub(in crate::users) async fn insert(
    transaction: &mut Tx,
    id: LinkId,
    purpose: &Purpose,
    secret_sha256: &str,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), Error> {
    let (user_id, email, role) = match purpose {
        Purpose::Invitation { email, role } => (None, email.clone(), Some(role.as_str())),
        Purpose::Reset { user_id } => (Some(*user_id), None, None),
    };
    sql("INSERT INTO links (id, user_id, secret_sha256, email, role, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)")
    .bind(id)
    .bind(user_id)
    .bind(secret_sha256)
    .bind(email)
    .bind(role)
    .bind(now)
    .bind(expires_at)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct LinkRow {
    id: String,
    user_id: Option<String>,
    email: Option<String>,
    role: Option<String>,
    created_at: i64,
    expires_at: i64,
}

/// What a link that nobody has used is good for.
pub(in crate::users) async fn find(
    lane: impl Into<Lane<'_>>,
    secret_sha256: &str,
    now: Timestamp,
) -> Result<Option<(LinkId, Purpose)>, Error> {
    let row: Option<LinkRow> = sql("SELECT id, user_id, email, role, created_at, expires_at FROM links
         WHERE secret_sha256 = $1 AND expires_at > $2")
    .bind(secret_sha256)
    .bind(now)
    .optional(lane)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let purpose = match (row.user_id, row.role) {
        (Some(user_id), _) => Purpose::Reset { user_id: UserId(parse_id(&user_id)?) },
        (None, Some(role)) => Purpose::Invitation { email: row.email, role: parse_role(&role)? },
        (None, None) => return Err(Error::Internal("a stored link is good for nothing".into())),
    };
    Ok(Some((LinkId(parse_id(&row.id)?), purpose)))
}

/// Whether it was there: of two who use it at the same time one is too late.
pub(in crate::users) async fn take(transaction: &mut Tx, id: LinkId) -> Result<bool, Error> {
    Ok(sql("DELETE FROM links WHERE id = $1").bind(id).execute(&mut *transaction).await? == 1)
}

/// The e-mail of the invitation that was there; empty if it was for anybody.
pub(in crate::users) async fn withdraw(transaction: &mut Tx, id: LinkId) -> Result<Option<String>, Error> {
    sql("DELETE FROM links WHERE id = $1 AND user_id IS NULL RETURNING coalesce(email, '')")
        .bind(id)
        .optional_scalar(&mut *transaction)
        .await
}

/// A person's links for a new password.
pub(in crate::users) async fn delete_of(transaction: &mut Tx, user_id: UserId) -> Result<(), Error> {
    sql("DELETE FROM links WHERE user_id = $1").bind(user_id).execute(&mut *transaction).await?;
    Ok(())
}

pub(in crate::users) async fn delete_expired(transaction: &mut Tx, now: Timestamp) -> Result<(), Error> {
    sql("DELETE FROM links WHERE expires_at <= $1").bind(now).execute(&mut *transaction).await?;
    Ok(())
}

/// Newest first.
pub(in crate::users) async fn invitations(db: &Db, now: Timestamp) -> Result<Vec<InvitationView>, Error> {
    let rows: Vec<LinkRow> = sql("SELECT id, user_id, email, role, created_at, expires_at FROM links
         WHERE user_id IS NULL AND role IS NOT NULL AND expires_at > $1 ORDER BY id DESC LIMIT 1000")
    .bind(now)
    .all(db)
    .await?;
    let view = |row: LinkRow| {
        Ok(InvitationView {
            id: LinkId(parse_id(&row.id)?),
            email: row.email,
            role: parse_role(row.role.as_deref().unwrap_or_default())?,
            created_at: Timestamp(row.created_at),
            expires_at: Timestamp(row.expires_at),
        })
    };
    rows.into_iter().map(view).collect()
}
