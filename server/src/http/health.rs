//! `/health` (am I alive) and `/api/health` (how am I).

use axum::extract::State;
use platform::{devices, health};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Answer, answer::Done};
use crate::state::AppState;

#[derive(Serialize, ToSchema)]
pub struct HealthDetail {
    version: &'static str,
    /// Whether the database answers.
    database: bool,
    /// Jobs that wait for a slot, that are being trained, and slots of this server.
    queued: u64,
    running: u64,
    slots: u64,
    /// Where models can be trained.
    devices: Vec<&'static str>,
}

/// Answers as long as the process does.
#[utoipa::path(get, path = "/health", tag = "health", responses((status = 200, body = Answer<Done>)), security(()))]
pub async fn alive() -> Answer<Done> {
    Answer::new(Done {})
}

/// The parts of the server and how busy they are.
#[utoipa::path(get, path = "/api/health", tag = "health",
    responses((status = 200, body = Answer<HealthDetail>)), security(()))]
pub async fn detail(State(state): State<AppState>) -> Answer<HealthDetail> {
    let health = health(&state.platform).await;
    Answer::new(HealthDetail {
        version: env!("CARGO_PKG_VERSION"),
        database: health.database,
        queued: health.queued,
        running: health.running,
        slots: health.slots,
        devices: devices(&state.platform).into_iter().map(domain::job::Device::as_str).collect(),
    })
}
