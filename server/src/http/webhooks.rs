//! `/api/webhooks`: other programs that are told when a job has ended.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    WebhookId,
    webhook::{DeliveryView, NewWebhook, WebhookRequest, WebhookView},
};
use platform::webhooks;
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
pub struct Webhooks {
    /// Newest first.
    webhooks: Vec<WebhookView>,
}

#[derive(Serialize, ToSchema)]
pub struct Deliveries {
    /// The newest 50, newest first; those of the last 30 days and those that are still tried.
    deliveries: Vec<DeliveryView>,
}

#[derive(Serialize, ToSchema)]
pub struct Delivery {
    delivery: DeliveryView,
}

/// The caller's webhooks.
#[utoipa::path(get, path = "/api/webhooks", tag = "webhooks", responses(
    (status = 200, body = Answer<Webhooks>)))]
pub async fn list(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
) -> Result<Answer<Webhooks>, Failure> {
    Ok(Answer::new(Webhooks { webhooks: webhooks::list(&state.platform, &principal).await? }))
}

/// Makes a webhook. Its secret is shown this once.
///
/// When a job of the caller's has ended, a `WebhookMessage` is posted to the address, signed as
/// <https://www.standardwebhooks.com> says: `webhook-signature` is `v1,` and the Base64 of the HMAC-SHA-256 over `webhook-id`,
/// `webhook-timestamp` and body with dots between, by the bytes that the secret has in Base64 after `whsec_`. Whatever is not
/// answered with 2xx within ten seconds is tried again for a day. A message can come twice, with the same `webhook-id`.
#[utoipa::path(post, path = "/api/webhooks", tag = "webhooks", request_body = WebhookRequest, responses(
    (status = 201, body = Answer<NewWebhook>),
    (status = 409, description = "There is one with this address, or there are too many")))]
pub async fn create(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    From(origin): From,
    Body(wanted): Body<WebhookRequest>,
) -> Result<Response, Failure> {
    let made = webhooks::create(&state.platform, &principal, &wanted, &origin).await?;
    Ok((StatusCode::CREATED, Answer::new(made)).into_response())
}

/// Removes a webhook, and what was still to be sent to it.
#[utoipa::path(delete, path = "/api/webhooks/{id}", tag = "webhooks", params(("id" = WebhookId, Path)), responses(
    (status = 200, body = Answer<Done>)))]
pub async fn delete(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<WebhookId>,
    From(origin): From,
) -> Result<Answer<Done>, Failure> {
    webhooks::remove(&state.platform, &principal, id, &origin).await?;
    Ok(Answer::new(Done {}))
}

/// Sends a `ping`, and says what became of it.
#[utoipa::path(post, path = "/api/webhooks/{id}/test", tag = "webhooks", params(("id" = WebhookId, Path)), responses(
    (status = 200, body = Answer<Delivery>)))]
pub async fn test(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<WebhookId>,
) -> Result<Answer<Delivery>, Failure> {
    Ok(Answer::new(Delivery { delivery: webhooks::test(&state.platform, &principal, id).await? }))
}

/// What was sent to a webhook, and what became of it.
#[utoipa::path(get, path = "/api/webhooks/{id}/deliveries", tag = "webhooks", params(("id" = WebhookId, Path)), responses(
    (status = 200, body = Answer<Deliveries>)))]
pub async fn deliveries(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<WebhookId>,
) -> Result<Answer<Deliveries>, Failure> {
    Ok(Answer::new(Deliveries { deliveries: webhooks::deliveries(&state.platform, &principal, id).await? }))
}
