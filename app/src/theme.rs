//! Light or dark: as the system has it, or as somebody has chosen. The choice is a cookie and not kept by a script, because
//! the server has to know it for the first paint.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;

/// Name of the cookie.
const COOKIE: &str = "athanor_theme";
const YEAR_SECONDS: u32 = 365 * 24 * 60 * 60;
/// What style sheets look at, on the root of the document.
const ATTRIBUTE: &str = "data-theme";

/// Which colours are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Those of the system.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// As forms, cookies and style sheets know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The one with this name; that of the system for everything else.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }

    /// The value of the document's `data-theme`; none leaves it to the system.
    pub fn attribute(self) -> Option<&'static str> {
        (self != Self::System).then(|| self.name())
    }

    /// For `<meta name="color-scheme">`: what the page is painted with before its style sheet has come.
    #[cfg(feature = "ssr")]
    pub fn schemes(self) -> &'static str {
        self.attribute().unwrap_or("light dark")
    }

    /// What a `Cookie` header says.
    #[cfg(any(feature = "ssr", test))]
    pub fn of_cookies(header: &str) -> Self {
        let mut pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == COOKIE).map_or(Self::System, |(_, value)| Self::named(value))
    }

    /// The cookie that remembers it, as a server sets it and as a script does: nothing secret, so scripts may.
    pub fn cookie(self, secure: bool) -> String {
        let (value, age) = self.attribute().map_or(("", 0), |name| (name, YEAR_SECONDS));
        let secure = if secure { "; Secure" } else { "" };
        format!("{COOKIE}={value}; Path=/; SameSite=Lax; Max-Age={age}{secure}")
    }
}

/// The theme of the page that is shown, and how to change it.
#[derive(Clone, Copy)]
pub struct ThemeSwitch(RwSignal<Theme>);

impl ThemeSwitch {
    /// Reactive.
    pub fn get(self) -> Theme {
        self.0.get()
    }

    /// Paints the page so at once, and remembers it. Runs in browsers only.
    pub fn choose(self, theme: Theme) {
        self.0.set(theme);
        if let Some(root) = document().document_element() {
            // The name is a valid one, so neither can fail.
            let _ = match theme.attribute() {
                Some(name) => root.set_attribute(ATTRIBUTE, name),
                None => root.remove_attribute(ATTRIBUTE),
            };
        }
        let secure = window().location().protocol().is_ok_and(|protocol| protocol == "https:");
        if let Some(document) = document().dyn_ref::<web_sys::HtmlDocument>() {
            // Where cookies are refused the choice lasts as long as the page.
            let _ = document.set_cookie(&theme.cookie(secure));
        }
    }
}

/// Provides [`ThemeSwitch`] to all pages.
pub fn provide_theme() {
    provide_context(ThemeSwitch(RwSignal::new(shown())));
}

/// The switch that [`provide_theme`] provided.
pub fn use_theme() -> ThemeSwitch {
    expect_context()
}

/// The theme of the document: the server reads the cookie, the browser what the server wrote.
fn shown() -> Theme {
    #[cfg(feature = "ssr")]
    let shown = crate::ssr::theme();
    #[cfg(not(feature = "ssr"))]
    let shown = document()
        .document_element()
        .and_then(|root| root.get_attribute(ATTRIBUTE))
        .map_or(Theme::System, |name| Theme::named(&name));
    shown
}

#[cfg(test)]
mod tests {
    use super::Theme;

    #[test]
    fn a_cookie_says_which_and_nonsense_means_the_system() {
        let pairs = [
            ("athanor_theme=dark", Theme::Dark),
            ("athanor_session=x; athanor_theme=light; y=z", Theme::Light),
            ("athanor_theme=", Theme::System),
            ("athanor_theme=\"><script>", Theme::System),
            ("not_athanor_theme=dark", Theme::System),
            ("", Theme::System),
        ];
        for (header, theme) in pairs {
            assert_eq!(Theme::of_cookies(header), theme, "{header:?}");
        }
    }

    #[test]
    fn what_is_set_is_read_and_the_system_is_no_cookie() {
        for theme in Theme::ALL {
            assert_eq!(Theme::of_cookies(&theme.cookie(true)), theme);
        }
        assert_eq!(Theme::Dark.cookie(false), "athanor_theme=dark; Path=/; SameSite=Lax; Max-Age=31536000");
        assert_eq!(Theme::System.cookie(true), "athanor_theme=; Path=/; SameSite=Lax; Max-Age=0; Secure");
    }
}
