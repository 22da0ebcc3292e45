//! Light or dark: as the system has it, or as somebody has chosen.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::preference;

/// Name of the cookie.
pub const COOKIE: &str = "athanor_theme";
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
            Self::System => t!("System"),
            Self::Light => t!("Light"),
            Self::Dark => t!("Dark"),
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

    /// The value of the document's `data-theme` and of the cookie; none leaves it to the system.
    pub fn attribute(self) -> Option<&'static str> {
        (self != Self::System).then(|| self.name())
    }

    /// For `<meta name="color-scheme">`: what the page is painted with before its style sheet has come.
    #[cfg(feature = "ssr")]
    pub fn schemes(self) -> &'static str {
        self.attribute().unwrap_or("light dark")
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
        preference::remember(COOKIE, theme.attribute());
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
    fn nonsense_means_the_system() {
        for theme in Theme::ALL {
            assert_eq!(Theme::named(theme.name()), theme);
        }
        for name in ["", "\"><script>", "Dark"] {
            assert_eq!(Theme::named(name), Theme::System, "{name:?}");
        }
    }
}
