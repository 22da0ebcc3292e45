//! `/api/shares/{id}`: with whom a dataset, a job or an experiment is shared.

use axum::extract::State;
use domain::share::{Sharing, SharingView};
use platform::shares;
use uuid::Uuid;

use super::{
    Answer,
    error::Failure,
    extract::{Body, Id},
    principal::{CurrentUser, From},
};
use crate::state::AppState;

/// With whom it is shared, and what the caller may do with it.
#[utoipa::path(get, path = "/api/shares/{id}", tag = "sharing",
    params(("id" = Uuid, Path, description = "Of a dataset, a job or an experiment")), responses(
    (status = 200, body = Answer<SharingView>)))]
pub async fn get(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<Uuid>,
) -> Result<Answer<SharingView>, Failure> {
    Ok(Answer::new(shares::get(&state.platform, &principal, id).await?))
}

/// Shares it with exactly these people: a job with its model, an experiment with its jobs.
#[utoipa::path(put, path = "/api/shares/{id}", tag = "sharing",
    params(("id" = Uuid, Path, description = "Of a dataset, a job or an experiment")), request_body = Sharing, responses(
    (status = 200, body = Answer<SharingView>),
    (status = 403, description = "Only its owner may"),
    (status = 422, description = "Somebody is unknown")))]
pub async fn set(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<Uuid>,
    From(origin): From,
    Body(sharing): Body<Sharing>,
) -> Result<Answer<SharingView>, Failure> {
    Ok(Answer::new(shares::set(&state.platform, &principal, id, sharing, &origin).await?))
}
