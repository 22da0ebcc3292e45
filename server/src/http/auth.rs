//! `/api/auth`: accounts and sessions.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::user::{Login, Registration, UserView};
use platform::users::{self, SignedIn};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Answer, answer::Done, cookie, error::Failure, extract::Body, principal::CurrentUser};
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

/// Makes an account and signs in. The first person to register is the admin.
#[utoipa::path(post, path = "/api/auth/register", tag = "auth", request_body = Registration, responses(
    (status = 201, body = Answer<Session>),
    (status = 409, description = "The e-mail is taken")), security(()))]
pub async fn register(
    State(state): State<AppState>,
    headers: HeaderMap,
    Body(form): Body<Registration>,
) -> Result<Response, Failure> {
    Ok(signed_in(StatusCode::CREATED, &headers, users::register(&state.platform, form).await?))
}

/// Signs in.
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", request_body = Login, responses(
    (status = 200, body = Answer<Session>),
    (status = 401, description = "E-mail or password is wrong")), security(()))]
pub async fn login(
    State(state): State<AppState>,
    headers: HeaderMap,
    Body(form): Body<Login>,
) -> Result<Response, Failure> {
    Ok(signed_in(StatusCode::OK, &headers, users::login(&state.platform, form).await?))
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
    CurrentUser(principal): CurrentUser,
) -> Result<Answer<Account>, Failure> {
    Ok(Answer::new(Account { user: users::me(&state.platform, &principal).await? }))
}

/// Ends the session: its token is worth nothing from now on.
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth", responses(
    (status = 200, body = Answer<Done>)))]
pub async fn logout(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    users::logout(&state.platform, &principal).await?;
    let mut response = Answer::new(Done {}).into_response();
    if let Some(cookie) = cookie::clear(&headers) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
