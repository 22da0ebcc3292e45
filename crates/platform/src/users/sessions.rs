//! Sign-ins: begun, looked up with every request, listed and ended by their owner.

use domain::{
    ApiError, Credential, Principal, SessionId, Timestamp, UserId, access::SessionView, audit::Action, user::UserView,
};
use uuid::Uuid;

use super::{Found, Origin, sql};
use crate::{
    Error, Platform,
    audit::{self, Actor},
    clock,
    db::Tx,
};

/// A fresh session.
#[derive(Clone)]
pub struct SignedIn {
    /// The JWT: goes into the cookie or the `Authorization` header.
    pub token: String,
    pub expires_at: Timestamp,
    pub user: UserView,
}

const DAY_SECONDS: i64 = 86_400;
/// When somebody was seen is written down this seldom.
const SEEN_SECONDS: i64 = 60;

pub(super) async fn open(
    platform: &Platform,
    transaction: &mut Tx,
    user_id: UserId,
    now: Timestamp,
    origin: &Origin,
) -> Result<(SessionId, Timestamp), Error> {
    let id = SessionId(Uuid::now_v7());
    let expires_at = now.plus_seconds(i64::from(platform.config.session_days) * DAY_SECONDS);
    sql::sessions::insert(transaction, id, user_id, (now, expires_at), origin).await?;
    sql::seen(&mut *transaction, user_id, now).await?;
    Ok((id, expires_at))
}

pub(super) fn signed_in(
    platform: &Platform,
    user: UserView,
    (session_id, expires_at): (SessionId, Timestamp),
) -> Result<SignedIn, Error> {
    let token = platform.credentials.write_token(&user, session_id, expires_at)?;
    Ok(SignedIn { token, expires_at, user })
}

/// A session that was not used since then has ended.
pub(super) fn idle_since(platform: &Platform, now: Timestamp) -> Timestamp {
    now.plus_seconds(-i64::from(platform.config.session_idle_days) * DAY_SECONDS)
}

/// Writes down that somebody is here, beside the request: it waits for nobody, and does not fail with the database.
pub(super) fn remember_seen(platform: &Platform, found: &Found, now: Timestamp) {
    if found.seen.is_some_and(|seen| seen.plus_seconds(SEEN_SECONDS) > now) {
        return;
    }
    let (platform, principal) = (platform.clone(), found.principal.clone());
    tokio::spawn(async move {
        let written = async {
            match principal.credential {
                Credential::Session(id) => sql::sessions::seen(&platform.db, id, now).await?,
                Credential::Token(id, _) => sql::tokens::used(&platform.db, id, now).await?,
            }
            sql::seen(platform.db.writer(), principal.user_id, now).await
        };
        if let Err(error) = written.await {
            tracing::debug!(%error, "when somebody was seen could not be written down");
        }
    });
}

/// Ends the caller's session; its token is worth nothing from now on. A token that was made for a program stays.
pub async fn logout(platform: &Platform, principal: &Principal, origin: &Origin) -> Result<(), Error> {
    let Some(id) = principal.session() else { return Ok(()) };
    let mut transaction = platform.db.begin().await?;
    sql::sessions::delete(&mut transaction, principal.user_id, id).await?;
    audit::record(&mut transaction, &Actor::caller(principal, origin), Action::SignedOut, "", "").await?;
    transaction.commit().await
}

/// Where the caller is signed in.
///
/// # Errors
/// `forbidden` for API tokens of a lesser scope.
pub async fn sessions(platform: &Platform, principal: &Principal) -> Result<Vec<SessionView>, Error> {
    principal.may_manage_account()?;
    let now = clock::now();
    sql::sessions::list(&platform.db, principal.user_id, (now, idle_since(platform, now)), principal.session()).await
}

/// Ends one of the caller's sessions.
///
/// # Errors
/// `not_found`, also when it is somebody else's.
pub async fn end_session(
    platform: &Platform,
    principal: &Principal,
    id: SessionId,
    origin: &Origin,
) -> Result<(), Error> {
    principal.may_manage_account()?;
    let mut transaction = platform.db.begin().await?;
    if !sql::sessions::delete(&mut transaction, principal.user_id, id).await? {
        return Err(ApiError::not_found("session").into());
    }
    audit::record(&mut transaction, &Actor::caller(principal, origin), Action::SessionsEnded, "", "1").await?;
    transaction.commit().await
}

/// Ends the caller's sessions but this one; tells how many.
pub async fn end_other_sessions(platform: &Platform, principal: &Principal, origin: &Origin) -> Result<u64, Error> {
    principal.may_manage_account()?;
    let mut transaction = platform.db.begin().await?;
    let ended = sql::sessions::delete_all(&mut transaction, principal.user_id, principal.session()).await?;
    let actor = Actor::caller(principal, origin);
    audit::record(&mut transaction, &actor, Action::SessionsEnded, "", &ended.to_string()).await?;
    transaction.commit().await?;
    Ok(ended)
}
