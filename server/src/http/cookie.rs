//! The session cookie of browsers.

use axum::http::{HeaderMap, HeaderValue, header};
use domain::Timestamp;

pub use app::SESSION_COOKIE;

/// The token in the cookie, if there is one.
pub fn token(headers: &HeaderMap) -> Option<String> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == SESSION_COOKIE).map(|(_, token)| token.to_owned())
}

/// `Set-Cookie` for a fresh session.
pub fn set(headers: &HeaderMap, token: &str, expires_at: Timestamp) -> Option<HeaderValue> {
    HeaderValue::from_str(&app::session_cookie(headers, token, Some(expires_at))).ok()
}

/// `Set-Cookie` that removes it.
pub fn clear(headers: &HeaderMap) -> Option<HeaderValue> {
    HeaderValue::from_str(&app::session_cookie(headers, "", None)).ok()
}
