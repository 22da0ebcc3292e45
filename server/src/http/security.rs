//! What protects people from other sites: the origin gate and the security headers.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{ApiError, ErrorCode};

use super::{
    error::Failure,
    principal::{Proof, credentials},
};
use crate::state::AppState;

/// Refuses requests that another site made a browser send. Browsers name the page's origin in every request that can
/// change something; programs, which send no cookies by themselves, prove themselves with a Bearer token.
pub async fn origin_gate(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let upgrade = request.headers().contains_key(header::UPGRADE);
    if (!safe || upgrade) && !may_act(request.headers(), state.cors_origin.as_deref()) {
        let sentence = "This request came from another site.";
        return Failure(ApiError::new(ErrorCode::Forbidden, sentence)).into_response();
    }
    next.run(request).await
}

fn may_act(headers: &HeaderMap, allowed: Option<&str>) -> bool {
    if matches!(credentials(headers), Some((_, Proof::Bearer))) {
        return true;
    }
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(origin) = text(header::ORIGIN) {
        let own = origin.split_once("://").is_some_and(|(_, host)| Some(host) == text(header::HOST));
        return own || Some(origin) == allowed;
    }
    // No origin: an old browser, or no browser at all.
    !matches!(text(HeaderName::from_static("sec-fetch-site")), Some("cross-site" | "same-site"))
}

/// Headers of every answer. Pages bring a stricter Content-Security-Policy of their own, with a nonce.
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::may_act;

    fn asked(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers: HeaderMap = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        may_act(&headers, Some("http://127.0.0.1:8080"))
    }

    #[test]
    fn only_our_own_pages_and_programs_may_act() {
        assert!(asked(&[("host", "a.example"), ("origin", "https://a.example")]));
        assert!(asked(&[("host", "a.example"), ("origin", "http://127.0.0.1:8080")]));
        assert!(!asked(&[("host", "a.example"), ("origin", "https://evil.example")]));
        assert!(!asked(&[("host", "a.example"), ("origin", "null")]));
        assert!(!asked(&[("host", "a.example"), ("sec-fetch-site", "cross-site")]));
        assert!(asked(&[("host", "a.example")]));
        assert!(asked(&[("host", "a.example"), ("origin", "https://evil.example"), ("authorization", "Bearer x")]));
        assert!(!asked(&[("host", "a.example"), ("origin", "https://evil.example"), ("authorization", "Basic x")]));
    }
}
