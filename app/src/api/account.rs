//! The own account: name, password, second factor, sessions, API tokens.

use domain::{
    Scope, SessionId, TokenId,
    access::{NewToken, SessionView, TokenView},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::UiError;

/// Changes what the caller is called.
#[server(prefix = "/api/fn", endpoint = "change_name")]
pub async fn change_name(name: String) -> Result<(), UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let changes = domain::user::UserChanges { name: Some(name), ..Default::default() };
    let changed =
        platform::users::change(&platform, &principal, principal.user_id, changes, &crate::ssr::origin()).await;
    changed.map(|_| ()).map_err(crate::ssr::fail)
}

/// Changes the caller's password and signs them out everywhere else.
#[server(prefix = "/api/fn", endpoint = "change_password")]
pub async fn change_password(current_password: String, new_password: String) -> Result<(), UiError> {
    let (platform, principal) = crate::ssr::account()?;
    let form = domain::user::PasswordChange { current_password, new_password };
    platform::users::change_password(&platform, &principal, form, &crate::ssr::origin()).await.map_err(crate::ssr::fail)
}

/// Sets a new password by a link that an admin made, and signs in.
#[server(prefix = "/api/fn", endpoint = "reset_password")]
pub async fn reset_password(link: String, password: String) -> Result<(), UiError> {
    let platform = crate::ssr::platform()?;
    let form = domain::user::PasswordReset { link, password };
    let done =
        platform::users::reset_password(&platform, form, &crate::ssr::origin()).await.map_err(crate::ssr::fail)?;
    match done {
        Some(signed_in) => super::auth::enter(&signed_in, ""),
        None => leptos_axum::redirect("/login"),
    }
    Ok(())
}

/// Where the caller is signed in.
#[server(prefix = "/api/fn", endpoint = "my_sessions")]
pub async fn my_sessions() -> Result<Vec<SessionView>, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::users::sessions(&platform, &principal).await.map_err(crate::ssr::fail)
}

/// Signs the caller out somewhere else.
#[server(prefix = "/api/fn", endpoint = "end_session")]
pub async fn end_session(id: SessionId) -> Result<(), UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::users::end_session(&platform, &principal, id, &crate::ssr::origin()).await.map_err(crate::ssr::fail)
}

/// Signs the caller out everywhere else.
#[server(prefix = "/api/fn", endpoint = "end_other_sessions")]
pub async fn end_other_sessions() -> Result<u64, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let ended = platform::users::end_other_sessions(&platform, &principal, &crate::ssr::origin()).await;
    ended.map_err(crate::ssr::fail)
}

/// The caller's API tokens.
#[server(prefix = "/api/fn", endpoint = "my_tokens")]
pub async fn my_tokens() -> Result<Vec<TokenView>, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::users::tokens(&platform, &principal).await.map_err(crate::ssr::fail)
}

/// Makes an API token; `days` is empty for one that does not end by itself.
#[server(prefix = "/api/fn", endpoint = "make_token")]
pub async fn make_token(name: String, scope: Scope, #[server(default)] days: String) -> Result<NewToken, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let typed = domain::latin(days.trim());
    let days = if typed.is_empty() {
        None
    } else {
        let wrong = || domain::ApiError::field("expires_in_days", "Must be between 1 and 3650.");
        Some(typed.parse().map_err(|_| crate::ssr::fail(wrong().into()))?)
    };
    let wanted = domain::access::TokenRequest { name, scope, expires_in_days: days };
    let made = platform::users::make_token(&platform, &principal, wanted, &crate::ssr::origin()).await;
    made.map_err(crate::ssr::fail)
}

/// Revokes one of the caller's API tokens.
#[server(prefix = "/api/fn", endpoint = "revoke_token")]
pub async fn revoke_token(id: TokenId) -> Result<(), UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::users::revoke_token(&platform, &principal, id, &crate::ssr::origin()).await.map_err(crate::ssr::fail)
}

/// What an app needs to show codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// In base 32.
    pub secret: String,
    /// Its QR code: the length of a side, and an SVG path in a square of that size.
    pub qr_side: i32,
    pub qr_path: String,
}

/// Proposes a second factor.
#[server(prefix = "/api/fn", endpoint = "propose_second_factor")]
pub async fn propose_second_factor() -> Result<Proposal, UiError> {
    use qrcodegen::{QrCode, QrCodeEcc};
    let (platform, principal) = crate::ssr::caller()?;
    let proposed = platform::users::enrol_second_factor(&platform, &principal).await.map_err(crate::ssr::fail)?;
    let code = QrCode::encode_text(&proposed.address, QrCodeEcc::Medium)
        .map_err(|error| crate::ssr::fail(platform::Error::Internal(error.to_string())))?;
    let places = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
    let mut qr_path = String::new();
    for (x, y) in places.filter(|(x, y)| code.get_module(*x, *y)) {
        qr_path.push_str(&format!("M{x} {y}h1v1h-1z"));
    }
    Ok(Proposal { secret: proposed.secret, qr_side: code.size(), qr_path })
}

/// Switches the second factor on; gives the recovery codes.
#[server(prefix = "/api/fn", endpoint = "confirm_second_factor")]
pub async fn confirm_second_factor(secret: String, code: String, password: String) -> Result<Vec<String>, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let (proved, origin) = ((secret.as_str(), code.as_str()), crate::ssr::origin());
    let codes = platform::users::confirm_second_factor(&platform, &principal, proved, &password, &origin).await;
    codes.map_err(crate::ssr::fail)
}

/// Switches the caller's second factor off.
#[server(prefix = "/api/fn", endpoint = "end_second_factor")]
pub async fn end_second_factor(password: String) -> Result<(), UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let (id, origin) = (principal.user_id, crate::ssr::origin());
    let ended = platform::users::end_second_factor(&platform, &principal, id, &password, &origin).await;
    ended.map_err(crate::ssr::fail)
}

/// Deletes the caller's account with everything that it owns, and goes to the sign-in.
#[server(prefix = "/api/fn", endpoint = "delete_account")]
pub async fn delete_account(password: String) -> Result<(), UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let (id, origin) = (principal.user_id, crate::ssr::origin());
    let deleted = platform::users::delete(&platform, &principal, id, Some(&password), None, &origin).await;
    deleted.map_err(crate::ssr::fail)?;
    super::auth::leave();
    Ok(())
}
