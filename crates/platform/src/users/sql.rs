//! Every statement on `users` and `sessions`.

use domain::{Principal, Role, SessionId, Timestamp, UserId, user::UserView};
use sqlx::{FromRow, Sqlite, SqliteExecutor, Transaction};

use crate::{
    Error,
    db::{Db, parse_id},
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
        sqlx::query_as("SELECT id, email, username, role, created_at, password_hash FROM users WHERE email_key = ?")
            .bind(email_key)
            .fetch_optional(&db.read)
            .await?;
    row.map(UserRow::into_view).transpose()
}

pub(super) async fn find(db: &Db, id: UserId) -> Result<Option<UserView>, Error> {
    let row: Option<UserRow> =
        sqlx::query_as("SELECT id, email, username, role, created_at, password_hash FROM users WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&db.read)
            .await?;
    Ok(row.map(UserRow::into_view).transpose()?.map(|(view, _)| view))
}

pub(super) async fn anybody(executor: impl SqliteExecutor<'_>) -> Result<bool, Error> {
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users)").fetch_one(executor).await?)
}

/// False when the e-mail is taken.
pub(super) async fn insert(
    transaction: &mut Transaction<'static, Sqlite>,
    user: &UserView,
    email_key: &str,
    password_hash: &str,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO users (id, email, email_key, username, password_hash, role, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (email_key) DO NOTHING",
    )
    .bind(user.id.to_string())
    .bind(&user.email)
    .bind(email_key)
    .bind(&user.username)
    .bind(password_hash)
    .bind(user.role.as_str())
    .bind(user.created_at.0)
    .execute(&mut **transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn insert_session(
    transaction: &mut Transaction<'static, Sqlite>,
    id: SessionId,
    user_id: UserId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    sqlx::query("INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES (?, ?, ?, ?)")
        .bind(id.to_string())
        .bind(user_id.to_string())
        .bind(now.0)
        .bind(expires_at.0)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

pub(super) async fn delete_expired_sessions(
    transaction: &mut Transaction<'static, Sqlite>,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query("DELETE FROM sessions WHERE expires_at <= ?").bind(now.0).execute(&mut **transaction).await?;
    Ok(())
}

pub(super) async fn delete_session(db: &Db, id: SessionId) -> Result<(), Error> {
    sqlx::query("DELETE FROM sessions WHERE id = ?").bind(id.to_string()).execute(db.writer()).await?;
    Ok(())
}

/// The user behind a live session.
pub(super) async fn principal(db: &Db, id: SessionId, now: Timestamp) -> Result<Option<Principal>, Error> {
    let row: Option<(String, String, String)> = sqlx::query_as(
        "SELECT users.id, users.username, users.role FROM sessions JOIN users ON users.id = sessions.user_id
         WHERE sessions.id = ? AND sessions.expires_at > ?",
    )
    .bind(id.to_string())
    .bind(now.0)
    .fetch_optional(&db.read)
    .await?;
    let Some((user_id, username, role)) = row else { return Ok(None) };
    Ok(Some(Principal { user_id: UserId(parse_id(&user_id)?), session_id: id, username, role: parse_role(&role)? }))
}
