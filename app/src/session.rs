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

/// Name of the session cookie where pages come by HTTP: on one's own machine.
#[cfg(feature = "ssr")]
const PLAIN_COOKIE: &str = "athanor_session";

/// And by HTTPS: browsers take one of this name only from the host itself, so that no neighbour under the same domain can set
/// it (RFC 6265bis section 4.1.3.2).
#[cfg(feature = "ssr")]
const HOST_COOKIE: &str = "__Host-athanor_session";

/// The token in the session cookie, if there is one.
#[cfg(feature = "ssr")]
pub fn session_token(request: &axum::http::HeaderMap) -> Option<String> {
    let pairs = request.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
    let pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let pairs: Vec<_> = pairs.collect();
    let named = |name: &str| pairs.iter().find(|(found, _)| *found == name).map(|(_, token)| (*token).to_owned());
    // By HTTPS the other one was not set by us.
    named(HOST_COOKIE).or_else(|| named(PLAIN_COOKIE).filter(|_| !came_by_https(request)))
}

/// `Set-Cookie` for a token, or, without an end, to remove it. HttpOnly: no script reads it. Lax: other sites' forms do
/// not send it. Secure, and for this host alone, whenever the page came by HTTPS, as a proxy in front says.
#[cfg(feature = "ssr")]
pub fn session_cookie(request: &axum::http::HeaderMap, token: &str, expires_at: Option<domain::Timestamp>) -> String {
    let age = expires_at.map_or(0, |end| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        (end.0 / 1_000_000 - now.as_secs() as i64).max(0)
    });
    let (name, secure) = if came_by_https(request) { (HOST_COOKIE, "; Secure") } else { (PLAIN_COOKIE, "") };
    format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}")
}

/// Whether the page came by HTTPS, so that its cookies may be for HTTPS only.
#[cfg(feature = "ssr")]
pub(crate) fn came_by_https(request: &axum::http::HeaderMap) -> bool {
    let header = |name: &str| request.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    header("x-forwarded-proto") == "https" || header("origin").starts_with("https://")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{session_cookie, session_token};

    fn request(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(header).collect()
    }

    #[test]
    fn by_https_the_cookie_is_for_this_host_alone() {
        let (plain, secure) = (request(&[]), request(&[("x-forwarded-proto", "https")]));
        assert!(session_cookie(&plain, "t", None).starts_with("athanor_session=t; Path=/; HttpOnly; SameSite=Lax"));
        let cookie = session_cookie(&secure, "t", None);
        assert!(
            cookie.starts_with("__Host-athanor_session=t; Path=/; HttpOnly") && cookie.ends_with("; Secure"),
            "{cookie}"
        );
        assert!(!cookie.contains("Domain"));
    }

    #[test]
    fn by_https_no_cookie_is_read_that_a_neighbour_could_have_set() {
        let both = "athanor_session=neighbour; __Host-athanor_session=ours";
        let token = |pairs: &[_]| session_token(&request(pairs));
        assert_eq!(token(&[("cookie", both)]).as_deref(), Some("ours"));
        assert_eq!(token(&[("cookie", "athanor_session=a")]).as_deref(), Some("a"));
        assert_eq!(token(&[("cookie", "athanor_session=a"), ("x-forwarded-proto", "https")]), None);
    }
}
