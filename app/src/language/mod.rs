//! English or Persian: as somebody has chosen, or as their browser asks. The choice is a cookie, as that of the theme.
//!
//! Texts stand in the code in English, inside `t!`, and in `locales/fa.po` in Persian: gettext's way. `build.rs` makes a
//! table of it; `cargo xtask tidy` finds what is missing there, and what nobody asks for. A text is looked up when its view is
//! made, and not watched, which would cost more than the texts: [`in_language`] makes views anew in the other language, and
//! what was typed into the old ones is typed again.

#[macro_use]
mod text;

mod key;
mod said;
#[cfg(not(feature = "ssr"))]
mod typed;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::preference;
pub use key::key;
pub use said::{said, said_all};
pub use text::{Value, filled, isolated, translate, translated};

/// Name of the cookie.
pub const COOKIE: &str = "athanor_language";

/// What pages are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "fa")]
    Persian,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::English, Self::Persian];

    /// As its readers call it, which is never translated.
    pub fn label(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Persian => "فارسی",
        }
    }

    /// Its BCP 47 tag: as forms, cookies and the document know it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Persian => "fa",
        }
    }

    /// Where its lines begin: the document's `dir`.
    pub fn direction(self) -> &'static str {
        match self {
            Self::English => "ltr",
            Self::Persian => "rtl",
        }
    }

    /// The one with this tag, whatever the region.
    pub fn tagged(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// What an `Accept-Language` header likes best of what there is (RFC 9110, section 12.5.4).
    #[cfg(any(feature = "ssr", test))]
    pub fn accepted(header: &str) -> Option<Self> {
        let weighed = header.split(',').filter_map(|range| {
            let (tag, weight) = range.split_once(';').map_or((range, ""), |(tag, weight)| (tag, weight.trim()));
            let weight: f32 = weight.strip_prefix("q=").map_or(Some(1.0), |weight| weight.parse().ok())?;
            Some((Self::tagged(tag.trim())?, weight)).filter(|(_, weight)| *weight > 0.0)
        });
        // The first of the best: what is written first is meant first.
        weighed
            .fold(None, |best: Option<(Self, f32)>, one| best.filter(|best| best.1 >= one.1).or(Some(one)))
            .map(|one| one.0)
    }

    /// That of the page which is being made. A server function knows only what the browser's cookie says, so it leaves words to
    /// the page that calls it.
    pub fn now() -> Self {
        #[cfg(feature = "ssr")]
        let now = use_context::<Self>().unwrap_or_else(crate::ssr::language);
        #[cfg(not(feature = "ssr"))]
        let now = browser::shown();
        now
    }
}

/// What the page of a browser is written in.
#[cfg(not(feature = "ssr"))]
mod browser {
    use std::cell::Cell;

    use leptos::prelude::document;

    use super::Language;

    thread_local! {
        static SHOWN: Cell<Option<Language>> = const { Cell::new(None) };
    }

    /// What the server wrote it in, until [`show`] says something else.
    pub fn shown() -> Language {
        SHOWN.get().unwrap_or_else(|| {
            let root = document().document_element();
            let tag = root.and_then(|root| root.get_attribute("lang")).unwrap_or_default();
            let language = Language::tagged(&tag).unwrap_or_default();
            SHOWN.set(Some(language));
            language
        })
    }

    pub fn show(language: Language) {
        SHOWN.set(Some(language));
    }
}

/// The language of the page that is shown, and how to change it.
#[derive(Clone, Copy)]
pub struct LanguageSwitch(RwSignal<Language>);

impl LanguageSwitch {
    /// Reactive.
    pub fn get(self) -> Language {
        self.0.get()
    }

    /// Writes the page so at once, and remembers it. Runs in browsers only.
    pub fn choose(self, language: Language) {
        if let Some(root) = document().document_element() {
            // Both names are valid ones, so neither can fail.
            let _ = root.set_attribute("lang", language.tag());
            let _ = root.set_attribute("dir", language.direction());
        }
        preference::remember(COOKIE, Some(language.tag()));
        if self.0.get_untracked() == language {
            return;
        }
        #[cfg(not(feature = "ssr"))]
        {
            let typed = typed::Typed::now();
            browser::show(language);
            leptos::task::spawn_local(typed.again());
        }
        self.0.set(language);
    }
}

/// Provides [`LanguageSwitch`] to all pages.
pub fn provide_language() {
    provide_context(LanguageSwitch(RwSignal::new(Language::now())));
}

/// The switch that [`provide_language`] provided.
pub fn use_language() -> LanguageSwitch {
    expect_context()
}

/// A view that is made anew when another language is chosen. Signals that it makes end before the old one does, so what follows
/// the language within it asks none of them.
pub fn in_language<V: IntoView + 'static>(view: impl Fn() -> V + Send + 'static) -> impl Fn() -> V + Send + 'static {
    let language = use_language();
    move || {
        language.get();
        // Only the language makes it anew.
        untrack(&view)
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn a_browser_gets_the_language_it_likes_best() {
        let pairs = [
            ("fa-IR,fa;q=0.9,en;q=0.8", Some(Language::Persian)),
            ("en-GB,en;q=0.9,fa;q=0.8", Some(Language::English)),
            ("de, fa;q=0.5, en;q=0.4", Some(Language::Persian)),
            ("fa;q=0, en;q=0.1", Some(Language::English)),
            ("fa;q=much", None),
            ("de-DE", None),
            ("", None),
        ];
        for (header, language) in pairs {
            assert_eq!(Language::accepted(header), language, "{header:?}");
        }
    }

    #[test]
    fn nothing_else_has_a_tag() {
        assert_eq!(Language::tagged("FA_ir"), Some(Language::Persian));
        assert_eq!([Language::tagged(""), Language::tagged("\"><script>"), Language::tagged("fas")], [None; 3]);
    }
}
