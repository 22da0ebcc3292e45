//! What only exists while the server renders: the caller, the status, the headers of a page.

use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use domain::{ApiError, ErrorCode, Principal};
use leptos::{nonce::use_nonce, prelude::use_context};
use leptos_axum::ResponseOptions;
use platform::{Platform, users::Origin};

use crate::{
    api::error::UiError,
    language::{self, Language},
    preference,
    theme::{self, Theme},
};

/// The platform, from the context that `server` provides.
pub fn platform() -> Result<Platform, UiError> {
    use_context::<Platform>().ok_or_else(|| UiError(ApiError::internal()))
}

/// Who asks, if signed in: `server` has looked it up and left it with the request.
pub fn principal() -> Option<Principal> {
    use_context::<Parts>()?.extensions.get::<Principal>().cloned()
}

/// Somebody who has to choose a new password before anything else: left with the request in place of a [`Principal`].
#[derive(Clone)]
pub struct AccountOnly(pub Principal);

/// Whose account it is that asks, also before a new password was chosen.
pub fn account_owner() -> Option<Principal> {
    let parts = use_context::<Parts>()?;
    principal().or_else(|| parts.extensions.get::<AccountOnly>().map(|AccountOnly(owner)| owner.clone()))
}

/// The platform and [`account_owner`].
///
/// # Errors
/// `unauthenticated`.
pub fn account() -> Result<(Platform, Principal), UiError> {
    let owner = account_owner().ok_or_else(|| fail(ApiError::unauthenticated().into()))?;
    Ok((platform()?, owner))
}

/// Where the request came from: `server` has left it with the request.
pub fn origin() -> Origin {
    use_context::<Parts>().and_then(|parts| parts.extensions.get::<Origin>().cloned()).unwrap_or_default()
}

/// The platform and the signed-in caller.
///
/// # Errors
/// `unauthenticated`.
pub fn caller() -> Result<(Platform, Principal), UiError> {
    let principal = principal().ok_or_else(|| fail(ApiError::unauthenticated().into()))?;
    Ok((platform()?, principal))
}

/// What the page is told of an error; everything else goes to the log.
pub fn fail(error: platform::Error) -> UiError {
    let error = told(error);
    set_status_for_programs(error.code);
    UiError(error)
}

/// The same for what a page only says beside its content: a call is answered with the status, a page that is rendered with it
/// is as good as without.
pub fn fail_aside(error: platform::Error) -> UiError {
    let called = |parts: Parts| parts.uri.path().starts_with("/api/fn/");
    if use_context::<Parts>().is_some_and(called) { fail(error) } else { UiError(told(error)) }
}

/// The same for a part of a request whose other parts go on.
pub fn told(error: platform::Error) -> ApiError {
    if !matches!(error, platform::Error::Refused(_)) {
        leptos::logging::error!("a server function failed: {error:?}");
    }
    error.api()
}

/// Leptos answers every error with 500 unless told otherwise. But a status on the answer to a plain form post would
/// override the redirect back to the page, and the form would end on a blank page: so only for scripts.
pub fn set_status_for_programs(code: ErrorCode) {
    if !is_plain_form()
        && let Some(response) = use_context::<ResponseOptions>()
    {
        response.set_status(StatusCode::from_u16(code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    }
}

/// Whether a browser asks by itself and shows what comes, and no script does.
pub fn is_plain_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        parts
            .headers
            .get(header::ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|text| text.contains("text/html"))
    })
}

/// The status of a page.
pub fn set_page_status(status: u16) {
    if let (Some(response), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(status)) {
        response.set_status(status);
    }
}

/// The theme that the browser's cookie names.
pub fn theme() -> Theme {
    let named = |parts: Parts| preferred(&parts, theme::COOKIE, |name| Some(Theme::named(name)));
    use_context::<Parts>().and_then(named).unwrap_or_default()
}

/// The language that the browser's cookie names, or else the one that it asks for.
pub fn language() -> Language {
    let Some(parts) = use_context::<Parts>() else { return Language::default() };
    let asked = || Language::accepted(parts.headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?);
    preferred(&parts, language::COOKIE, Language::tagged).or_else(asked).unwrap_or_default()
}

/// What a cookie says of one preference.
fn preferred<T>(parts: &Parts, name: &str, meaning: impl Fn(&str) -> Option<T>) -> Option<T> {
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.filter_map(|header| preference::of_cookies(header, name)).find_map(meaning)
}

/// Remembers one preference in the browser that asks.
pub fn remember(name: &str, value: Option<&str>) {
    if let Some(parts) = use_context::<Parts>() {
        set_cookie(&preference::cookie(name, value, crate::session::came_by_https(&parts.headers)));
    }
}

/// Adds `Set-Cookie`.
pub fn set_cookie(cookie: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(cookie)) {
        response.append_header(header::SET_COOKIE, value);
    }
}

/// The Content-Security-Policy of a page: scripts only with this answer's nonce, nothing from elsewhere.
pub fn protect_page() {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else { return };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}
