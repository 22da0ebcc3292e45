//! Every statement on `users` and `sessions`.

use domain::{Principal, Role, SessionId, Timestamp, UserId, user::UserView};
use sqlx::FromRow;

use crate::{
    Error,
    db::{Db, Lane, Tx, parse_id, sql},
};

#[derive(FromRow)]
struct UserRow {
    id: String,
    email: String,
    username: String,
    role: String,
    created_at: i64,
    password_hash: String,
}

impl UserRow {
    fn into_view(self) -> Result<(UserView, String), Error> {
        let view = UserView {
            id: UserId(parse_id(&self.id)?),
            email: self.email,
            username: self.username,
            role: parse_role(&self.role)?,
            created_at: Timestamp(self.created_at),
        };
        Ok((view, self.password_hash))
    }
}

fn parse_role(text: &str) -> Result<Role, Error> {
    Role::parse(text).ok_or_else(|| Error::Internal(format!("stored role {text:?} is unknown")))
}

/// The account of an e-mail in lower case, and its password hash.
pub(super) async fn find_by_email(db: &Db, email_key: &str) -> Result<Option<(UserView, String)>, Error> {
    let row: Option<UserRow> =
        sql("SELECT id, email, username, role, created_at, password_hash FROM users WHERE email_key = $1")
            .bind(email_key)
            .optional(db)
            .await?;
    row.map(UserRow::into_view).transpose()
}

pub(super) async fn find(db: &Db, id: UserId) -> Result<Option<UserView>, Error> {
    let row: Option<UserRow> =
        sql("SELECT id, email, username, role, created_at, password_hash FROM users WHERE id = $1")
            .bind(id)
            .optional(db)
            .await?;
    Ok(row.map(UserRow::into_view).transpose()?.map(|(view, _)| view))
}

pub(super) async fn anybody(executor: impl Into<Lane<'_>>) -> Result<bool, Error> {
    sql("SELECT EXISTS (SELECT 1 FROM users)").scalar(executor).await
}

/// False when the e-mail is taken.
pub(super) async fn insert(
    transaction: &mut Tx,
    user: &UserView,
    email_key: &str,
    password_hash: &str,
) -> Result<bool, Error> {
    let inserted = sql("INSERT INTO users (id, email, email_key, username, password_hash, role, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (email_key) DO NOTHING")
    .bind(user.id)
    .bind(&user.email)
    .bind(email_key)
    .bind(&user.username)
    .bind(password_hash)
    .bind(user.role.as_str())
    .bind(user.created_at.0)
    .execute(&mut *transaction)
    .await?;
    Ok(inserted == 1)
}

pub(super) async fn insert_session(
    transaction: &mut Tx,
    id: SessionId,
    user_id: UserId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    sql("INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(id)
        .bind(user_id)
        .bind(now.0)
        .bind(expires_at.0)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

pub(super) async fn delete_expired_sessions(transaction: &mut Tx, now: Timestamp) -> Result<(), Error> {
    sql("DELETE FROM sessions WHERE expires_at <= $1").bind(now.0).execute(&mut *transaction).await?;
    Ok(())
}

pub(super) async fn delete_session(db: &Db, id: SessionId) -> Result<(), Error> {
    sql("DELETE FROM sessions WHERE id = $1").bind(id).execute(db.writer()).await?;
    Ok(())
}

/// The user behind a live session.
pub(super) async fn principal(db: &Db, id: SessionId, now: Timestamp) -> Result<Option<Principal>, Error> {
    let row: Option<(String, String, String)> =
        sql("SELECT users.id, users.username, users.role FROM sessions JOIN users ON users.id = sessions.user_id
         WHERE sessions.id = $1 AND sessions.expires_at > $2")
        .bind(id)
        .bind(now.0)
        .optional(db)
        .await?;
    let Some((user_id, username, role)) = row else { return Ok(None) };
    Ok(Some(Principal { user_id: UserId(parse_id(&user_id)?), session_id: id, username, role: parse_role(&role)? }))
}
