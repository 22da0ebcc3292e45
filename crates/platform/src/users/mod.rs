//! People: registering, signing in and out, and finding out who is asking.

mod credentials;
mod password;
mod sql;
mod token;

use domain::{
    ApiError, ErrorCode, Principal, Role, SessionId, Timestamp, UserId,
    user::{Login, Registration, UserView},
};
use uuid::Uuid;

pub use credentials::Credentials;

use crate::{
    Error, Platform, clock,
    db::{Lock, Tx},
};

/// A fresh session.
#[derive(Clone)]
pub struct SignedIn {
    /// The JWT: goes into the cookie or the `Authorization` header.
    pub token: String,
    pub expires_at: Timestamp,
    pub user: UserView,
}

/// Makes an account and signs in. The first person to register is the admin.
///
/// # Errors
/// `validation_failed` with the fields, or `email_taken`.
pub async fn register(platform: &Platform, form: Registration) -> Result<SignedIn, Error> {
    let form = form.validate()?;
    let email_key = form.email.to_lowercase();
    // Asked before the costly hash; the unique index decides when two come at once.
    if sql::find_by_email(&platform.db, &email_key).await?.is_some() {
        return Err(email_taken());
    }
    let password_hash = platform.credentials.hash(form.password).await?;
    let now = clock::now();
    let mut transaction = platform.db.begin().await?;
    transaction.lock(Lock::FirstUser).await?;
    let role = if sql::anybody(&mut transaction).await? { Role::Member } else { Role::Admin };
    let user = UserView {
        id: UserId(Uuid::now_v7()),
        username: form.name.unwrap_or_else(|| form.email.clone()),
        email: form.email,
        role,
        created_at: now,
    };
    if !sql::insert(&mut transaction, &user, &email_key, &password_hash).await? {
        return Err(email_taken());
    }
    let session = open_session(platform, &mut transaction, user.id, now).await?;
    transaction.commit().await?;
    sign_in(platform, user, session)
}

fn email_taken() -> Error {
    let error = ApiError::new(ErrorCode::EmailTaken, "Somebody has registered with this e-mail already.");
    Error::Refused(error.with_field("email", "Somebody has registered with this e-mail already."))
}

/// Signs in. A wrong e-mail takes as long as a wrong password and says the same.
///
/// # Errors
/// `invalid_credentials`.
pub async fn login(platform: &Platform, form: Login) -> Result<SignedIn, Error> {
    let email_key = form.email.trim().to_lowercase();
    let found = sql::find_by_email(&platform.db, &email_key).await?;
    let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), Some(hash)));
    let right = platform.credentials.verify(form.password, hash).await?;
    let Some(user) = user.filter(|_| right) else {
        return Err(ApiError::new(ErrorCode::InvalidCredentials, "E-mail or password is wrong.").into());
    };
    let now = clock::now();
    let mut transaction = platform.db.begin().await?;
    sql::delete_expired_sessions(&mut transaction, now).await?;
    let session = open_session(platform, &mut transaction, user.id, now).await?;
    transaction.commit().await?;
    sign_in(platform, user, session)
}

/// Who holds this token. The session must still be there: logging out deletes it.
///
/// # Errors
/// `unauthenticated` for anything but a good token.
pub async fn authenticate(platform: &Platform, token: &str) -> Result<Principal, Error> {
    let session_id = platform.credentials.read_token(token).ok_or_else(ApiError::unauthenticated)?;
    let found = sql::principal(&platform.db, session_id, clock::now()).await?;
    found.ok_or_else(|| ApiError::unauthenticated().into())
}

/// The caller's own account.
pub async fn me(platform: &Platform, principal: &Principal) -> Result<UserView, Error> {
    let found = sql::find(&platform.db, principal.user_id).await?;
    found.ok_or_else(|| ApiError::unauthenticated().into())
}

/// Ends the caller's session; its token is worth nothing from now on.
pub async fn logout(platform: &Platform, principal: &Principal) -> Result<(), Error> {
    sql::delete_session(&platform.db, principal.session_id).await
}

/// Whether anybody has registered yet.
pub async fn any(platform: &Platform) -> Result<bool, Error> {
    sql::anybody(&platform.db).await
}

async fn open_session(
    platform: &Platform,
    transaction: &mut Tx,
    user_id: UserId,
    now: Timestamp,
) -> Result<(SessionId, Timestamp), Error> {
    let id = SessionId(Uuid::now_v7());
    let expires_at = now.plus_seconds(i64::from(platform.config.session_days) * 86_400);
    sql::insert_session(transaction, id, user_id, now, expires_at).await?;
    Ok((id, expires_at))
}

fn sign_in(platform: &Platform, user: UserView, session: (SessionId, Timestamp)) -> Result<SignedIn, Error> {
    let (session_id, expires_at) = session;
    let token = platform.credentials.write_token(&user, session_id, expires_at)?;
    Ok(SignedIn { token, expires_at, user })
}
