//! The theme form, where no script answers it.

use leptos::prelude::*;

use super::error::UiError;
use crate::theme::Theme;

/// Remembers the theme in a cookie; the page that the form was on is shown again.
#[allow(clippy::unused_async, reason = "every server function is")]
#[server(prefix = "/api/fn", endpoint = "set_theme")]
pub async fn set_theme(theme: Theme) -> Result<(), UiError> {
    if let Some(parts) = use_context::<axum::http::request::Parts>() {
        crate::ssr::set_cookie(&theme.cookie(crate::session::came_by_https(&parts.headers)));
    }
    Ok(())
}
