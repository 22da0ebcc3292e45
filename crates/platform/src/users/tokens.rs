//! API tokens: made once, shown once, stored as a hash.

use domain::{
    ApiError, Principal, TokenId,
    access::{NewToken, TokenRequest, TokenView},
    audit::Action,
};
use uuid::Uuid;

use super::{Origin, secret, sql};
use crate::{
    Error, Platform,
    audit::{self, Actor},
    clock,
};

/// By which people, and programs that look for lost secrets, know one.
const PREFIX: &str = "athanor_";
/// More of one person make a list that nobody reads.
const MOST: i64 = 100;

pub(super) fn is_one(token: &str) -> bool {
    token.starts_with(PREFIX)
}

/// The caller's tokens, newest first.
///
/// # Errors
/// `forbidden` for API tokens of a lesser scope.
pub async fn tokens(platform: &Platform, principal: &Principal) -> Result<Vec<TokenView>, Error> {
    principal.may_manage_account()?;
    sql::tokens::list(&platform.db, principal.user_id).await
}

/// # Errors
/// `validation_failed` with every wrong field, or `conflict` when there are too many.
pub async fn make_token(
    platform: &Platform,
    principal: &Principal,
    wanted: TokenRequest,
    origin: &Origin,
) -> Result<NewToken, Error> {
    principal.may_manage_account()?;
    let wanted = wanted.validate()?;
    let (secret, now) = (secret::make(PREFIX)?, clock::now());
    let token = TokenView {
        id: TokenId(Uuid::now_v7()),
        name: wanted.name,
        scope: wanted.scope,
        created_at: now,
        expires_at: wanted.expires_in_days.map(|days| now.plus_seconds(i64::from(days) * 86_400)),
        last_used_at: None,
    };
    let mut transaction = platform.db.begin().await?;
    if sql::tokens::count(&mut transaction, principal.user_id).await? >= MOST {
        return Err(ApiError::conflict(format!("One person has at most {MOST} tokens. Revoke one first.")).into());
    }
    sql::tokens::insert(&mut transaction, principal.user_id, &token, &secret::hash(&secret)).await?;
    let actor = Actor::caller(principal, origin);
    audit::record(&mut transaction, &actor, Action::TokenMade, &token.name, token.scope.as_str()).await?;
    transaction.commit().await?;
    Ok(NewToken { secret, token })
}

/// It is worth nothing from now on.
///
/// # Errors
/// `not_found`, also when it is somebody else's.
pub async fn revoke_token(
    platform: &Platform,
    principal: &Principal,
    id: TokenId,
    origin: &Origin,
) -> Result<(), Error> {
    principal.may_manage_account()?;
    let mut transaction = platform.db.begin().await?;
    let name = sql::tokens::delete(&mut transaction, principal.user_id, id).await?;
    let name = name.ok_or_else(|| ApiError::not_found("token"))?;
    audit::record(&mut transaction, &Actor::caller(principal, origin), Action::TokenRevoked, &name, "").await?;
    transaction.commit().await
}
