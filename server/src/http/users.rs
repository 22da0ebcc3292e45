//! `/api/users`: accounts, one's own and, for admins, everybody's.

use axum::extract::State;
use domain::{
    UserId,
    access::NewLink,
    user::{Belongings, UserChanges, UserPage, UserView},
};
use platform::users;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Answer,
    answer::Done,
    auth::Again,
    error::Failure,
    extract::{Body, Id, OptionalBody, Parameters},
    listing::{checked, usual},
    principal::{CurrentUser, From},
};
use crate::state::AppState;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// Part of the name or of the e-mail.
    #[serde(default)]
    q: Option<String>,
    /// People on a page.
    #[param(minimum = 1, maximum = 200, example = 50)]
    #[serde(default = "usual")]
    limit: u32,
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<UserId>,
}

/// People, newest first; for admins.
#[utoipa::path(get, path = "/api/users", tag = "users", params(Listing), responses(
    (status = 200, body = Answer<UserPage>),
    (status = 403, description = "For admins")))]
pub async fn list(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Parameters(Listing { q, limit, cursor }): Parameters<Listing>,
) -> Result<Answer<UserPage>, Failure> {
    let page = users::page(&state.platform, &principal, q.as_deref(), cursor, checked(limit)?).await?;
    Ok(Answer::new(page))
}

#[derive(Serialize, ToSchema)]
pub struct Person {
    user: UserView,
    /// What would be deleted with the account, or handed over.
    owns: Belongings,
}

/// An account: one's own, or, for admins, anybody's.
#[utoipa::path(get, path = "/api/users/{id}", tag = "users", params(("id" = UserId, Path)), responses(
    (status = 200, body = Answer<Person>)))]
pub async fn get(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<UserId>,
) -> Result<Answer<Person>, Failure> {
    let user = users::find(&state.platform, &principal, id).await?;
    let owns = users::belongings(&state.platform, &principal, id).await?;
    Ok(Answer::new(Person { user, owns }))
}

#[derive(Serialize, ToSchema)]
pub struct Changed {
    user: UserView,
}

/// Changes an account: everybody their own name; admins everybody's role, lock and password change.
#[utoipa::path(patch, path = "/api/users/{id}", tag = "users", params(("id" = UserId, Path)),
    request_body = UserChanges, responses(
    (status = 200, body = Answer<Changed>), (status = 409, description = "No admin would be left")))]
pub async fn change(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<UserId>,
    From(origin): From,
    Body(changes): Body<UserChanges>,
) -> Result<Answer<Changed>, Failure> {
    Ok(Answer::new(Changed { user: users::change(&state.platform, &principal, id, changes, &origin).await? }))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// For deleting one's own account.
    #[serde(default)]
    password: Option<String>,
    /// Whose everything becomes that the account owns; it is deleted when absent. For admins.
    #[serde(default)]
    heir: Option<UserId>,
}

/// Deletes an account, and what it owns unless there is an heir.
#[utoipa::path(delete, path = "/api/users/{id}", tag = "users", params(("id" = UserId, Path)),
    request_body(content = Option<Deletion>), responses(
    (status = 200, body = Answer<Done>),
    (status = 409, description = "The last admin, or jobs that have not ended and that nobody inherits"),
    (status = 422, description = "The password is wrong, or there is no such heir")))]
pub async fn delete(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<UserId>,
    From(origin): From,
    OptionalBody(Deletion { password, heir }): OptionalBody<Deletion>,
) -> Result<Answer<Done>, Failure> {
    users::delete(&state.platform, &principal, id, password.as_deref(), heir, &origin).await?;
    Ok(Answer::new(Done {}))
}

/// Makes a link by which somebody chooses a new password, within the hour; for admins.
#[utoipa::path(post, path = "/api/users/{id}/reset", tag = "users", params(("id" = UserId, Path)), responses(
    (status = 200, body = Answer<NewLink>)))]
pub async fn reset(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<UserId>,
    From(origin): From,
) -> Result<Answer<NewLink>, Failure> {
    Ok(Answer::new(users::reset_link(&state.platform, &principal, id, &origin).await?))
}

/// Switches off the second factor of somebody who has lost it, with the caller's own password; for admins.
#[utoipa::path(delete, path = "/api/users/{id}/second-factor", tag = "users", params(("id" = UserId, Path)),
    request_body = Again, responses(
    (status = 200, body = Answer<Done>), (status = 422, description = "The password is wrong")))]
pub async fn end_second_factor(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<UserId>,
    From(origin): From,
    Body(form): Body<Again>,
) -> Result<Answer<Done>, Failure> {
    users::end_second_factor(&state.platform, &principal, id, &form.password, &origin).await?;
    Ok(Answer::new(Done {}))
}
