//! `/api/invitations` and `/api/audit`: for admins.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    LinkId,
    access::{InvitationRequest, InvitationView, NewLink},
    audit::AuditPage,
};
use platform::{audit, users};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    Answer,
    answer::Done,
    error::Failure,
    extract::{Id, OptionalBody, Parameters},
    principal::{CurrentUser, From},
};
use crate::state::AppState;

#[derive(Serialize, ToSchema)]
pub struct Invitations {
    /// Newest first; those that nobody has used yet.
    invitations: Vec<InvitationView>,
}

/// Invitations that can still be used.
#[utoipa::path(get, path = "/api/invitations", tag = "invitations", responses(
    (status = 200, body = Answer<Invitations>), (status = 403, description = "For admins")))]
pub async fn list(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
) -> Result<Answer<Invitations>, Failure> {
    Ok(Answer::new(Invitations { invitations: users::invitations(&state.platform, &principal).await? }))
}

/// Makes a link by which one person can make an account. It is shown this once.
#[utoipa::path(post, path = "/api/invitations", tag = "invitations", request_body(content = Option<InvitationRequest>), responses(
    (status = 201, body = Answer<NewLink>)))]
pub async fn create(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    From(origin): From,
    OptionalBody(wanted): OptionalBody<InvitationRequest>,
) -> Result<Response, Failure> {
    let made = users::invite(&state.platform, &principal, wanted, &origin).await?;
    Ok((StatusCode::CREATED, Answer::new(made)).into_response())
}

/// Withdraws an invitation.
#[utoipa::path(delete, path = "/api/invitations/{id}", tag = "invitations", params(("id" = LinkId, Path)), responses(
    (status = 200, body = Answer<Done>)))]
pub async fn delete(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<LinkId>,
    From(origin): From,
) -> Result<Answer<Done>, Failure> {
    users::withdraw_invitation(&state.platform, &principal, id, &origin).await?;
    Ok(Answer::new(Done {}))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Before {
    /// `next_before` of the page before.
    #[serde(default)]
    before: Option<Uuid>,
}

/// Who came in, and what was done to accounts; newest first, a hundred on a page.
#[utoipa::path(get, path = "/api/audit", tag = "users", params(Before), responses(
    (status = 200, body = Answer<AuditPage>), (status = 403, description = "For admins")))]
pub async fn audit_log(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Parameters(Before { before }): Parameters<Before>,
) -> Result<Answer<AuditPage>, Failure> {
    Ok(Answer::new(audit::page(&state.platform, &principal, before).await?))
}
