//! Every statement on `api_tokens`.

use domain::{Credential, Principal, Scope, Timestamp, TokenId, UserId, access::TokenView};
use sqlx::FromRow;

use super::parse_role;
use crate::{
    Error,
    db::{Db, Tx, parse_id, sql},
    users::Found,
};

#[derive(FromRow)]
struct TokenRow {
    id: String,
    name: String,
    scope: String,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
}

fn parse_scope(text: &str) -> Result<Scope, Error> {
    Scope::parse(text).ok_or_else(|| Error::Internal(format!("stored scope {text:?} is unknown")))
}

impl TokenRow {
    fn into_view(self) -> Result<TokenView, Error> {
        Ok(TokenView {
            id: TokenId(parse_id(&self.id)?),
            scope: parse_scope(&self.scope)?,
            name: self.name,
            created_at: Timestamp(self.created_at),
            expires_at: self.expires_at.map(Timestamp),
            last_used_at: self.last_used_at.map(Timestamp),
        })
    }
}

pub(in crate::users) async fn insert(
    transaction: &mut Tx,
    user_id: UserId,
    token: &TokenView,
    secret_sha256: &str,
) -> Result<(), Error> {
    sql("INSERT INTO api_tokens (id, user_id, name, scope, secret_sha256, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)")
    .bind(token.id)
    .bind(user_id)
    .bind(&token.name)
    .bind(token.scope.as_str())
    .bind(secret_sha256)
    .bind(token.created_at)
    .bind(token.expires_at)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

pub(in crate::users) async fn count(transaction: &mut Tx, user_id: UserId) -> Result<i64, Error> {
    sql("SELECT count(*) FROM api_tokens WHERE user_id = $1").bind(user_id).scalar(&mut *transaction).await
}

/// Newest first, also those whose time is over: their owner wonders why they do not work.
pub(in crate::users) async fn list(db: &Db, user_id: UserId) -> Result<Vec<TokenView>, Error> {
    let rows: Vec<TokenRow> = sql("SELECT id, name, scope, created_at, expires_at, last_used_at FROM api_tokens
         WHERE user_id = $1 ORDER BY id DESC")
    .bind(user_id)
    .all(db)
    .await?;
    rows.into_iter().map(TokenRow::into_view).collect()
}

/// The name of the one that was there.
pub(in crate::users) async fn delete(
    transaction: &mut Tx,
    user_id: UserId,
    id: TokenId,
) -> Result<Option<String>, Error> {
    sql("DELETE FROM api_tokens WHERE id = $1 AND user_id = $2 RETURNING name")
        .bind(id)
        .bind(user_id)
        .optional_scalar(&mut *transaction)
        .await
}

pub(in crate::users) async fn delete_all(transaction: &mut Tx, user_id: UserId) -> Result<(), Error> {
    sql("DELETE FROM api_tokens WHERE user_id = $1").bind(user_id).execute(&mut *transaction).await?;
    Ok(())
}

/// Whose token it is, and what it may do.
pub(in crate::users) async fn principal(db: &Db, secret_sha256: &str, now: Timestamp) -> Result<Option<Found>, Error> {
    #[derive(FromRow)]
    struct Row {
        token_id: String,
        scope: String,
        last_used_at: Option<i64>,
        user_id: String,
        username: String,
        role: String,
        must_change_password: bool,
    }
    let row: Option<Row> = sql("SELECT api_tokens.id AS token_id, api_tokens.scope, api_tokens.last_used_at,
             users.id AS user_id, users.username, users.role, users.must_change_password
         FROM api_tokens JOIN users ON users.id = api_tokens.user_id
         WHERE api_tokens.secret_sha256 = $1 AND (api_tokens.expires_at IS NULL OR api_tokens.expires_at > $2)
             AND NOT users.disabled")
    .bind(secret_sha256)
    .bind(now)
    .optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let principal = Principal {
        user_id: UserId(parse_id(&row.user_id)?),
        credential: Credential::Token(TokenId(parse_id(&row.token_id)?), parse_scope(&row.scope)?),
        username: row.username,
        role: parse_role(&row.role)?,
    };
    let seen = row.last_used_at.map(Timestamp);
    Ok(Some(Found { principal, must_change_password: row.must_change_password, seen }))
}

pub(in crate::users) async fn used(db: &Db, id: TokenId, now: Timestamp) -> Result<(), Error> {
    sql("UPDATE api_tokens SET last_used_at = $2 WHERE id = $1").bind(id).bind(now).execute(db.writer()).await?;
    Ok(())
}
