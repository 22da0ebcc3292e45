//! `/api/auth`: accounts and sessions.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    SessionId,
    access::SessionView,
    user::{Login, PasswordChange, PasswordReset, Registration, UserView},
};
use platform::users::{self, SignedIn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Answer,
    answer::Done,
    cookie,
    error::Failure,
    extract::{Body, Id},
    principal::{AccountOwner, CurrentUser, From},
};
use crate::state::AppState;

#[derive(Serialize, ToSchema)]
pub struct Session {
    /// For `Authorization: Bearer`. Browsers get it as an HttpOnly cookie too.
    token: String,
    user: UserView,
}

#[derive(Serialize, ToSchema)]
pub struct Account {
    user: UserView,
}

#[derive(Serialize, ToSchema)]
pub struct Verified {
    /// Always true: a bad token is answered with 401.
    valid: bool,
    user: UserView,
}

fn signed_in(status: StatusCode, headers: &HeaderMap, session: SignedIn) -> Response {
    let cookie = cookie::set(headers, &session.token, session.expires_at);
    let body = Answer::new(Session { token: session.token, user: session.user });
    let mut response = (status, body).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Makes an account and signs in. The first person to register is the admin, and does so on the machine of the server.
#[utoipa::path(post, path = "/api/auth/register", tag = "auth", request_body = Registration, responses(
    (status = 201, body = Answer<Session>),
    (status = 403, description = "Accounts are made by admins here, or by invitation; or the first one is still to be made, on the machine"),
    (status = 409, description = "The e-mail is taken")), security(()))]
pub async fn register(
    State(state): State<AppState>,
    headers: HeaderMap,
    From(origin): From,
    Body(form): Body<Registration>,
) -> Result<Response, Failure> {
    Ok(signed_in(StatusCode::CREATED, &headers, users::register(&state.platform, form, &origin).await?))
}

/// Signs in.
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", request_body = Login, responses(
    (status = 200, body = Answer<Session>),
    (status = 401, description = "E-mail or password is wrong; or, with the code `code_required`, the code of the second factor")),
    security(()))]
pub async fn login(
    State(state): State<AppState>,
    headers: HeaderMap,
    From(origin): From,
    Body(form): Body<Login>,
) -> Result<Response, Failure> {
    Ok(signed_in(StatusCode::OK, &headers, users::login(&state.platform, form, &origin).await?))
}

/// Whether the token is good.
#[utoipa::path(method(get, post), path = "/api/auth/verify", tag = "auth", responses(
    (status = 200, body = Answer<Verified>)))]
pub async fn verify(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
) -> Result<Answer<Verified>, Failure> {
    let user = users::me(&state.platform, &principal).await?;
    Ok(Answer::new(Verified { valid: true, user }))
}

/// The caller's account.
#[utoipa::path(get, path = "/api/auth/me", tag = "auth", responses(
    (status = 200, body = Answer<Account>)))]
pub async fn me(
    State(state): State<AppState>,
    AccountOwner(principal): AccountOwner,
) -> Result<Answer<Account>, Failure> {
    Ok(Answer::new(Account { user: users::me(&state.platform, &principal).await? }))
}

/// Ends the session: its token is worth nothing from now on.
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth", responses(
    (status = 200, body = Answer<Done>)))]
pub async fn logout(
    State(state): State<AppState>,
    AccountOwner(principal): AccountOwner,
    headers: HeaderMap,
    From(origin): From,
) -> Result<Response, Failure> {
    users::logout(&state.platform, &principal, &origin).await?;
    let mut response = Answer::new(Done {}).into_response();
    if let Some(cookie) = cookie::clear(&headers) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

#[derive(Serialize, ToSchema)]
pub struct Sessions {
    /// The one that was used last comes first.
    sessions: Vec<SessionView>,
}

/// Where the caller is signed in.
#[utoipa::path(get, path = "/api/auth/sessions", tag = "auth", responses(
    (status = 200, body = Answer<Sessions>)))]
pub async fn sessions(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
) -> Result<Answer<Sessions>, Failure> {
    Ok(Answer::new(Sessions { sessions: users::sessions(&state.platform, &principal).await? }))
}

#[derive(Serialize, ToSchema)]
pub struct Ended {
    /// How many sessions.
    ended: u64,
}

/// Signs the caller out everywhere else.
#[utoipa::path(delete, path = "/api/auth/sessions", tag = "auth", responses(
    (status = 200, body = Answer<Ended>)))]
pub async fn end_other_sessions(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    From(origin): From,
) -> Result<Answer<Ended>, Failure> {
    Ok(Answer::new(Ended { ended: users::end_other_sessions(&state.platform, &principal, &origin).await? }))
}

/// Ends one of the caller's sessions.
#[utoipa::path(delete, path = "/api/auth/sessions/{id}", tag = "auth", params(("id" = SessionId, Path)), responses(
    (status = 200, body = Answer<Done>)))]
pub async fn end_session(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<SessionId>,
    From(origin): From,
) -> Result<Answer<Done>, Failure> {
    users::end_session(&state.platform, &principal, id, &origin).await?;
    Ok(Answer::new(Done {}))
}

/// Changes the caller's password and ends all other sessions. API tokens stay.
#[utoipa::path(post, path = "/api/auth/password", tag = "auth", request_body = PasswordChange, responses(
    (status = 200, body = Answer<Done>),
    (status = 422, description = "A field is wrong, such as the current password")))]
pub async fn change_password(
    State(state): State<AppState>,
    AccountOwner(principal): AccountOwner,
    From(origin): From,
    Body(form): Body<PasswordChange>,
) -> Result<Answer<Done>, Failure> {
    users::change_password(&state.platform, &principal, form, &origin).await?;
    Ok(Answer::new(Done {}))
}

/// Sets a new password by a link that an admin made, and ends all sessions and API tokens of the account.
#[utoipa::path(post, path = "/api/auth/reset", tag = "auth", request_body = PasswordReset, responses(
    (status = 200, body = Answer<Done>),
    (status = 422, description = "The link is used up, or the password is not good enough")), security(()))]
pub async fn reset_password(
    State(state): State<AppState>,
    From(origin): From,
    Body(form): Body<PasswordReset>,
) -> Result<Answer<Done>, Failure> {
    users::reset_password(&state.platform, form, &origin).await?;
    Ok(Answer::new(Done {}))
}

#[derive(Serialize, ToSchema)]
pub struct Proposal {
    /// In base 32, for typing it into an app.
    secret: String,
    /// `otpauth://totp/...`, for a QR code.
    address: String,
}

/// Proposes a second factor. Nothing changes until it is confirmed.
#[utoipa::path(post, path = "/api/auth/second-factor", tag = "auth", responses(
    (status = 200, body = Answer<Proposal>),
    (status = 409, description = "There is one already")))]
pub async fn propose_second_factor(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
) -> Result<Answer<Proposal>, Failure> {
    let proposed = users::enrol_second_factor(&state.platform, &principal).await?;
    Ok(Answer::new(Proposal { secret: proposed.secret, address: proposed.address }))
}

/// What proves that an app knows the secret, and who asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    secret: String,
    /// What the app shows now.
    code: String,
    password: String,
}

#[derive(Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Each replaces a code once. They are not shown again.
    recovery_codes: Vec<String>,
}

/// Switches the second factor on: signing in takes a code from now on.
#[utoipa::path(put, path = "/api/auth/second-factor", tag = "auth", request_body = Confirmation, responses(
    (status = 200, body = Answer<RecoveryCodes>),
    (status = 422, description = "Code or password is wrong")))]
pub async fn confirm_second_factor(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    From(origin): From,
    Body(form): Body<Confirmation>,
) -> Result<Answer<RecoveryCodes>, Failure> {
    let proved = (form.secret.as_str(), form.code.as_str());
    let codes = users::confirm_second_factor(&state.platform, &principal, proved, &form.password, &origin).await?;
    Ok(Answer::new(RecoveryCodes { recovery_codes: codes }))
}

/// The caller's password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Again {
    pub password: String,
}

/// Switches the caller's second factor off.
#[utoipa::path(delete, path = "/api/auth/second-factor", tag = "auth", request_body = Again, responses(
    (status = 200, body = Answer<Done>),
    (status = 422, description = "The password is wrong")))]
pub async fn end_second_factor(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    From(origin): From,
    Body(form): Body<Again>,
) -> Result<Answer<Done>, Failure> {
    let id = principal.user_id;
    users::end_second_factor(&state.platform, &principal, id, &form.password, &origin).await?;
    Ok(Answer::new(Done {}))
}
