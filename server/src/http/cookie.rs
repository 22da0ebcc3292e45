//! The session cookie of browsers.

use axum::http::{HeaderMap, HeaderValue};
use domain::Timestamp;

pub use app::session_token as token;

/// `Set-Cookie` for a fresh session.
pub fn set(headers: &HeaderMap, token: &str, expires_at: Timestamp) -> Option<HeaderValue> {
    HeaderValue::from_str(&app::session_cookie(headers, token, Some(expires_at))).ok()
}

/// `Set-Cookie` that removes it.
pub fn clear(headers: &HeaderMap) -> Option<HeaderValue> {
    HeaderValue::from_str(&app::session_cookie(headers, "", None)).ok()
}
