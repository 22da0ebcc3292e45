//! A text in the language of the page.

use std::fmt::Display;

use super::{Language, key};

/// What `build.rs` made of the translations: texts by their keys, and templates of the server's sentences.
#[allow(clippy::unreadable_literal, reason = "nobody reads them")]
mod fa {
    include!(concat!(env!("OUT_DIR"), "/fa.rs"));
}

pub(super) use fa::SAID;
use fa::TEXTS;

/// A text in the language of the page: `t!("Jobs")` is a `&'static str`, `t!("{done} of {all}", done = 1, all = 2)` a
/// `String`. The English is the key of the translation, so it has to stand here literally.
macro_rules! t {
    ($english:literal) => {{
        const KEY: u32 = $crate::language::key($english);
        $crate::language::translated(KEY, $english)
    }};
    ($english:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::language::filled(t!($english), &[$((stringify!($name), &$value)),+])
    };
}

/// Marks a text of a constant for translation, which [`translate`] finds when it is shown.
macro_rules! marked {
    ($english:literal) => {
        $english
    };
}

/// What takes the place of a `{name}`.
pub type Value<'a> = (&'static str, &'a dyn Display);

/// Behind `t!`. What has no translation stays English.
pub fn translated(key: u32, english: &'static str) -> &'static str {
    match Language::now() {
        Language::English => english,
        Language::Persian => persian(key).unwrap_or(english),
    }
}

/// A `marked!` text in the language of the page.
pub fn translate(english: &'static str) -> &'static str {
    translated(key(english), english)
}

pub(super) fn persian(key: u32) -> Option<&'static str> {
    let at = TEXTS.binary_search_by_key(&key, |(key, _)| *key).ok()?;
    TEXTS.get(at).map(|(_, text)| *text)
}

/// Behind `t!` with values: `template` with each `{name}` replaced, in whatever order the language wants them.
pub fn filled(template: &str, values: &[Value]) -> String {
    placed(template, values, Language::now().direction() == "rtl")
}

/// Somebody's words as a text of their own: what is beside them does not turn them, nor they it.
pub fn isolated(words: &str) -> String {
    filled("{words}", &[("words", &words)])
}

/// `isolated`: each value keeps its own direction (Unicode's FSI, RLI and PDI, UAX #9), so that an English name inside a Persian
/// sentence does not turn the words around it.
fn placed(template: &str, values: &[Value], isolated: bool) -> String {
    let mut text = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = after.split_once('}') else { break };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            let value = value.to_string();
            if isolated {
                // A sentence of our own, whose first letters are isolated themselves, would be taken for English.
                text.push(if value.contains('\u{2068}') { '\u{2067}' } else { '\u{2068}' });
            }
            text.push_str(&value);
            if isolated {
                text.push('\u{2069}');
            }
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::{TEXTS, filled, key, persian, placed};

    #[test]
    fn values_take_their_places() {
        let values: [(&str, &dyn std::fmt::Display); 2] = [("done", &3), ("all", &"{done}")];
        assert_eq!(filled("{done} of {all}", &values), "3 of {done}");
        assert_eq!(placed("{all}، {done}", &values, true), "\u{2068}{done}\u{2069}، \u{2068}3\u{2069}");
        assert_eq!(filled("plain", &values), "plain");
    }

    #[test]
    fn the_table_finds_each_of_its_texts() {
        assert!(TEXTS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(persian(key("Jobs")), Some("کارها"));
        assert_eq!(persian(key("Not a text of any page")), None);
    }
}
