//! Every statement on `sessions`.

use domain::{Credential, Principal, SessionId, Timestamp, UserId, access::SessionView};
use sqlx::FromRow;

use super::parse_role;
use crate::{
    Error,
    db::{Db, Tx, parse_id, sql},
    users::{Found, Origin},
};

pub(in crate::users) async fn insert(
    transaction: &mut Tx,
    id: SessionId,
    user_id: UserId,
    (now, expires_at): (Timestamp, Timestamp),
    origin: &Origin,
) -> Result<(), Error> {
    sql("INSERT INTO sessions (id, user_id, created_at, expires_at, last_seen_at, address, agent)
         VALUES ($1, $2, $3, $4, $3, $5, $6)")
    .bind(id)
    .bind(user_id)
    .bind(now)
    .bind(expires_at)
    .bind(origin.address_text())
    .bind(origin.agent.clone())
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

/// Those whose time is over, and those that nobody has used since `idle`.
pub(in crate::users) async fn delete_expired(
    transaction: &mut Tx,
    now: Timestamp,
    idle: Timestamp,
) -> Result<(), Error> {
    sql("DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at <= $2")
        .bind(now)
        .bind(idle)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

/// False when it is not this person's, or has ended.
pub(in crate::users) async fn delete(transaction: &mut Tx, user_id: UserId, id: SessionId) -> Result<bool, Error> {
    let deleted = sql("DELETE FROM sessions WHERE id = $1 AND user_id = $2")
        .bind(id)
        .bind(user_id)
        .execute(&mut *transaction)
        .await?;
    Ok(deleted == 1)
}

/// All of one person, or all but one; tells how many.
pub(in crate::users) async fn delete_all(
    transaction: &mut Tx,
    user_id: UserId,
    but: Option<SessionId>,
) -> Result<u64, Error> {
    sql("DELETE FROM sessions WHERE user_id = $1 AND ($2 IS NULL OR id <> $2)")
        .bind(user_id)
        .bind(but)
        .execute(&mut *transaction)
        .await
}

pub(in crate::users) async fn list(
    db: &Db,
    user_id: UserId,
    (now, idle): (Timestamp, Timestamp),
    current: Option<SessionId>,
) -> Result<Vec<SessionView>, Error> {
    #[derive(FromRow)]
    struct SessionRow {
        id: String,
        created_at: i64,
        last_seen_at: i64,
        expires_at: i64,
        address: Option<String>,
        agent: Option<String>,
    }
    let rows: Vec<SessionRow> = sql("SELECT id, created_at, last_seen_at, expires_at, address, agent FROM sessions
         WHERE user_id = $1 AND expires_at > $2 AND last_seen_at > $3 ORDER BY last_seen_at DESC, id DESC LIMIT 200")
    .bind(user_id)
    .bind(now)
    .bind(idle)
    .all(db)
    .await?;
    let view = |row: SessionRow| {
        let id = SessionId(parse_id(&row.id)?);
        Ok(SessionView {
            id,
            created_at: Timestamp(row.created_at),
            last_seen_at: Timestamp(row.last_seen_at),
            expires_at: Timestamp(row.expires_at),
            address: row.address,
            agent: row.agent,
            current: current == Some(id),
        })
    };
    rows.into_iter().map(view).collect()
}

/// Whether somebody has signed in to this account from there, and still is.
pub(in crate::users) async fn was_here(db: &Db, email_key: &str, address: &str) -> Result<bool, Error> {
    sql("SELECT EXISTS (SELECT 1 FROM sessions JOIN users ON users.id = sessions.user_id
         WHERE users.email_key = $1 AND sessions.address = $2)")
    .bind(email_key)
    .bind(address)
    .scalar(db)
    .await
}

/// The user behind a live session.
pub(in crate::users) async fn principal(
    db: &Db,
    id: SessionId,
    (now, idle): (Timestamp, Timestamp),
) -> Result<Option<Found>, Error> {
    let row: Option<(String, String, String, bool, i64)> = sql("SELECT users.id, users.username, users.role,
             users.must_change_password, sessions.last_seen_at FROM sessions JOIN users ON users.id = sessions.user_id
         WHERE sessions.id = $1 AND sessions.expires_at > $2 AND sessions.last_seen_at > $3 AND NOT users.disabled")
    .bind(id)
    .bind(now)
    .bind(idle)
    .optional(db)
    .await?;
    let Some((user_id, username, role, must_change_password, seen)) = row else { return Ok(None) };
    let principal = Principal {
        user_id: UserId(parse_id(&user_id)?),
        credential: Credential::Session(id),
        username,
        role: parse_role(&role)?,
    };
    Ok(Some(Found { principal, must_change_password, seen: Some(Timestamp(seen)) }))
}

pub(in crate::users) async fn seen(db: &Db, id: SessionId, now: Timestamp) -> Result<(), Error> {
    sql("UPDATE sessions SET last_seen_at = $2 WHERE id = $1").bind(id).bind(now).execute(db.writer()).await?;
    Ok(())
}
