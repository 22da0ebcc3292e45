//! Webhooks: other programs that are told when a job has ended.

use domain::{
    WebhookId,
    webhook::{DeliveryView, NewWebhook, WebhookView},
};
use leptos::prelude::*;

use super::error::UiError;

/// The caller's webhooks.
#[server(prefix = "/api/fn", endpoint = "my_webhooks")]
pub async fn my_webhooks() -> Result<Vec<WebhookView>, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::webhooks::list(&platform, &principal).await.map_err(crate::ssr::fail)
}

/// Makes a webhook.
#[server(prefix = "/api/fn", endpoint = "make_webhook")]
pub async fn make_webhook(url: String) -> Result<NewWebhook, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let wanted = domain::webhook::WebhookRequest { url };
    let made = platform::webhooks::create(&platform, &principal, &wanted, &crate::ssr::origin()).await;
    made.map_err(crate::ssr::fail)
}

/// Sends a `ping` to one of the caller's webhooks.
#[server(prefix = "/api/fn", endpoint = "test_webhook")]
pub async fn test_webhook(id: WebhookId) -> Result<DeliveryView, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::webhooks::test(&platform, &principal, id).await.map_err(crate::ssr::fail)
}

/// Removes one of the caller's webhooks.
#[server(prefix = "/api/fn", endpoint = "remove_webhook")]
pub async fn remove_webhook(id: WebhookId) -> Result<(), UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::webhooks::remove(&platform, &principal, id, &crate::ssr::origin()).await.map_err(crate::ssr::fail)
}
