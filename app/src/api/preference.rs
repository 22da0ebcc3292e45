//! The forms of theme and language, where no script answers them.

use leptos::prelude::*;

use super::error::UiError;
use crate::{language::Language, theme::Theme};

/// Remembers the theme in a cookie; the page that the form was on is shown again.
#[allow(clippy::unused_async, reason = "every server function is")]
#[server(prefix = "/api/fn", endpoint = "set_theme")]
pub async fn set_theme(theme: Theme) -> Result<(), UiError> {
    crate::ssr::remember(crate::theme::COOKIE, theme.attribute());
    Ok(())
}

/// The same for the language.
#[allow(clippy::unused_async, reason = "every server function is")]
#[server(prefix = "/api/fn", endpoint = "set_language")]
pub async fn set_language(language: Language) -> Result<(), UiError> {
    crate::ssr::remember(crate::language::COOKIE, Some(language.tag()));
    Ok(())
}
