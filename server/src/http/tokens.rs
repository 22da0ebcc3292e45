//! `/api/tokens`: for programs.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    TokenId,
    access::{NewToken, TokenRequest, TokenView},
};
use platform::users;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Answer,
    answer::Done,
    error::Failure,
    extract::{Body, Id},
    principal::{CurrentUser, From},
};
use crate::state::AppState;

#[derive(Serialize, ToSchema)]
pub struct Tokens {
    /// Newest first.
    tokens: Vec<TokenView>,
}

/// The caller's API tokens.
#[utoipa::path(get, path = "/api/tokens", tag = "tokens", responses(
    (status = 200, body = Answer<Tokens>)))]
pub async fn list(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
) -> Result<Answer<Tokens>, Failure> {
    Ok(Answer::new(Tokens { tokens: users::tokens(&state.platform, &principal).await? }))
}

/// Makes an API token. It is shown this once.
#[utoipa::path(post, path = "/api/tokens", tag = "tokens", request_body = TokenRequest, responses(
    (status = 201, body = Answer<NewToken>),
    (status = 409, description = "There are too many")))]
pub async fn create(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    From(origin): From,
    Body(wanted): Body<TokenRequest>,
) -> Result<Response, Failure> {
    let made = users::make_token(&state.platform, &principal, wanted, &origin).await?;
    Ok((StatusCode::CREATED, Answer::new(made)).into_response())
}

/// Revokes an API token: it is worth nothing from now on.
#[utoipa::path(delete, path = "/api/tokens/{id}", tag = "tokens", params(("id" = TokenId, Path)), responses(
    (status = 200, body = Answer<Done>)))]
pub async fn delete(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<TokenId>,
    From(origin): From,
) -> Result<Answer<Done>, Failure> {
    users::revoke_token(&state.platform, &principal, id, &origin).await?;
    Ok(Answer::new(Done {}))
}
