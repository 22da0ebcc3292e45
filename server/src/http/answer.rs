//! The success shape of the contract: `{"ok":true, ...}`.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// A body with `ok: true` beside its own fields.
#[derive(Serialize, ToSchema)]
pub struct Answer<T> {
    /// Always true; failures have another shape.
    ok: bool,
    #[serde(flatten)]
    body: T,
}

impl<T> Answer<T> {
    pub fn new(body: T) -> Self {
        Self { ok: true, body }
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// Nothing but `{"ok":true}`.
#[derive(Serialize, ToSchema)]
pub struct Done {}
