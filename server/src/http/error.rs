//! The failure shape of the contract, made in one place.
//!
//! Handlers answer with a [`Failure`]; it travels as an extension of an empty response to [`render`], which knows the
//! request id and writes the body. Refusals of axum itself (404, 405, 413, 415) come the same way.

use std::time::Instant;

use axum::{
    Json,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{ApiError, ErrorCode};
use serde::Serialize;
use tracing::Instrument;
use utoipa::ToSchema;
use uuid::Uuid;

/// A refusal on its way out.
#[derive(Debug)]
pub struct Failure(pub ApiError);

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl From<platform::Error> for Failure {
    fn from(error: platform::Error) -> Self {
        if !matches!(error, platform::Error::Refused(_)) {
            tracing::error!(error = &error as &dyn std::error::Error, "a request failed");
        }
        Self(error.api())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self.0);
        response
    }
}

/// Seconds after which the same may succeed, where nobody knows better.
fn usual_wait(code: ErrorCode) -> Option<u64> {
    match code {
        ErrorCode::Busy => Some(1),
        ErrorCode::Unavailable => Some(5),
        _ => None,
    }
}

/// `{"ok":false,"error":"...","code":"...","fields":{...},"request_id":"..."}`
#[derive(Serialize, ToSchema)]
pub struct FailureBody {
    /// Always false.
    ok: bool,
    #[serde(flatten)]
    error: ApiError,
    /// Names the request in the server's log.
    request_id: String,
}

const REQUEST_ID: &str = "x-request-id";

/// Gives the request an id, and failures their body.
pub async fn render(mut request: Request, next: Next) -> Response {
    let id = Uuid::new_v4().simple().to_string();
    let Ok(header_value) = HeaderValue::from_str(&id) else { return next.run(request).await };
    request.headers_mut().insert(REQUEST_ID, header_value.clone());
    let html = wants_html(request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    // Every line about the request carries its id, whatever RUST_LOG lets through.
    let about = tracing::error_span!("request", request_id = %id);
    let begun = Instant::now();
    let mut response = next.run(request).instrument(about.clone()).await;
    response.headers_mut().insert(REQUEST_ID, header_value);
    let (status, ms) = (response.status().as_u16(), begun.elapsed().as_millis() as u64);
    about.in_scope(|| {
        // The path alone: what follows a question mark may be anything.
        if response.status().is_server_error() {
            tracing::error!(%method, path, status, ms, "answered with an error");
        } else {
            tracing::debug!(%method, path, status, ms, "answered");
        }
    });
    let Some(error) = response.extensions_mut().remove::<ApiError>() else { return response };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    if let Some(seconds) = error.retry_after_seconds.or(usual_wait(error.code)) {
        parts.headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if parts.status == StatusCode::UNAUTHORIZED {
        parts.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    // A person who followed a link to the API (a download that is gone, say) reads the sentence.
    if html {
        let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
        return (parts.status, parts.headers, plain, error.message).into_response();
    }
    (parts.status, parts.headers, Json(FailureBody { ok: false, error, request_id: id })).into_response()
}

/// Whether a person's browser asks, rather than a program.
pub fn wants_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|text| text.contains("text/html"))
}

/// What `tower_http` answers when a handler has panicked.
pub fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = said.unwrap_or("without words"), "a handler panicked");
    Failure(ApiError::internal()).into_response()
}

/// No route has this path.
pub fn no_such_path() -> Failure {
    Failure(ApiError::new(ErrorCode::NotFound, "There is nothing under this address. See /api/docs."))
}

/// The path exists, the method does not.
pub async fn wrong_method() -> Failure {
    Failure(ApiError::new(ErrorCode::MethodNotAllowed, "This address does not know that method. See /api/docs."))
}
