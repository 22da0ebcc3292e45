//! Who is signed in, for every page; and the cookie that says so.

use domain::user::UserView;
use leptos::prelude::*;

use crate::{
    api::{
        account::{DeleteAccount, ResetPassword},
        auth::{Login, Logout, Register, current_user},
        error::UiError,
    },
    components::success::successes,
};

/// The signed-in person, and the actions that change who that is.
#[derive(Clone, Copy)]
pub struct Session {
    pub user: Resource<Result<Option<UserView>, UiError>>,
    pub login: ServerAction<Login>,
    pub register: ServerAction<Register>,
    pub logout: ServerAction<Logout>,
    pub reset: ServerAction<ResetPassword>,
    pub delete: ServerAction<DeleteAccount>,
}

/// Provides [`Session`] to all pages.
pub fn provide_session() -> Session {
    let (login, register, logout) = (ServerAction::new(), ServerAction::new(), ServerAction::new());
    let (reset, delete) = (ServerAction::new(), ServerAction::new());
    // A refused deletion leaves its form as it is.
    let (came_back, deleted) = (successes(reset), successes(delete));
    let changes = move || {
        let coming = (login.version().get(), register.version().get(), came_back.get());
        (coming, logout.version().get(), deleted.get())
    };
    let user = Resource::new_blocking(changes, |_| current_user());
    let session = Session { user, login, register, logout, reset, delete };
    provide_context(session);
    session
}

/// The session that [`provide_session`] provided.
pub fn use_session() -> Session {
    expect_context()
}

/// Name of the session cookie.
#[cfg(feature = "ssr")]
pub const SESSION_COOKIE: &str = "athanor_session";

/// `Set-Cookie` for a token, or, without an end, to remove it. HttpOnly: no script reads it. Lax: other sites' forms do
/// not send it. Secure whenever the page came by HTTPS, as a proxy in front says.
#[cfg(feature = "ssr")]
pub fn session_cookie(request: &axum::http::HeaderMap, token: &str, expires_at: Option<domain::Timestamp>) -> String {
    let age = expires_at.map_or(0, |end| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        (end.0 / 1_000_000 - now.as_secs() as i64).max(0)
    });
    let secure = if came_by_https(request) { "; Secure" } else { "" };
    format!("{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}")
}

/// Whether the page came by HTTPS, so that its cookies may be for HTTPS only.
#[cfg(feature = "ssr")]
pub(crate) fn came_by_https(request: &axum::http::HeaderMap) -> bool {
    let header = |name: &str| request.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    header("x-forwarded-proto") == "https" || header("origin").starts_with("https://")
}
