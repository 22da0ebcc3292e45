//! Signing in and out.

use domain::user::UserView;
use leptos::prelude::*;

use super::error::UiError;

/// The signed-in person, if anybody is.
#[server(prefix = "/api/fn", endpoint = "current_user")]
pub async fn current_user() -> Result<Option<UserView>, UiError> {
    let Some(principal) = crate::ssr::account_owner() else { return Ok(None) };
    let platform = crate::ssr::platform()?;
    platform::users::me(&platform, &principal).await.map(Some).map_err(crate::ssr::fail)
}

/// Signs in and goes to `next`. `code` is that of the second factor, where there is one.
#[server(prefix = "/api/fn", endpoint = "login")]
pub async fn login(
    email: String,
    password: String,
    #[server(default)] code: String,
    #[server(default)] next: String,
) -> Result<(), UiError> {
    let platform = crate::ssr::platform()?;
    let form = domain::user::Login { email, password, code: Some(code) };
    let signed_in = platform::users::login(&platform, form, &crate::ssr::origin()).await.map_err(crate::ssr::fail)?;
    enter(&signed_in, &next);
    Ok(())
}

/// Makes an account, signs in and goes to `next`.
#[server(prefix = "/api/fn", endpoint = "register")]
pub async fn register(
    email: String,
    password: String,
    #[server(default)] name: String,
    #[server(default)] invitation: String,
    #[server(default)] next: String,
) -> Result<(), UiError> {
    let platform = crate::ssr::platform()?;
    let form = domain::user::Registration { email, password, name: Some(name), invitation: Some(invitation) };
    let signed_in =
        platform::users::register(&platform, form, &crate::ssr::origin()).await.map_err(crate::ssr::fail)?;
    enter(&signed_in, &next);
    Ok(())
}

/// Ends the session.
#[server(prefix = "/api/fn", endpoint = "logout")]
pub async fn logout() -> Result<(), UiError> {
    if let Ok((platform, principal)) = crate::ssr::account() {
        platform::users::logout(&platform, &principal, &crate::ssr::origin()).await.map_err(crate::ssr::fail)?;
    }
    leave();
    Ok(())
}

/// Forgets the cookie, and goes to the sign-in.
#[cfg(feature = "ssr")]
pub(super) fn leave() {
    if let Some(parts) = use_context::<axum::http::request::Parts>() {
        crate::ssr::set_cookie(&crate::session_cookie(&parts.headers, "", None));
    }
    leptos_axum::redirect("/login");
}

/// Sets the cookie, and goes to `next`; where a new password has to be chosen, there is nothing else before.
#[cfg(feature = "ssr")]
pub(super) fn enter(signed_in: &platform::users::SignedIn, next: &str) {
    if let Some(parts) = use_context::<axum::http::request::Parts>() {
        let cookie = crate::session_cookie(&parts.headers, &signed_in.token, Some(signed_in.expires_at));
        crate::ssr::set_cookie(&cookie);
    }
    let next = if signed_in.user.must_change_password { "/settings" } else { crate::return_to::safe_path(next) };
    leptos_axum::redirect(next);
}
