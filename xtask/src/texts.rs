//! The texts of the page and their translations: `cargo xtask tidy` finds those that lack one, translations that nobody asks
//! for any more, and those whose `{places}` differ.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::Context;
use polib::po_file;

use crate::walk;

const TRANSLATIONS: &str = "app/locales/fa.po";
/// The context of sentences that the server says, and where it says them.
const SERVER: &str = "server";
const SERVER_SOURCES: &[&str] = &["crates/", "server/src/", "app/src/"];

/// Everything that is wrong, a line each.
///
/// # Errors
/// When a file cannot be read.
pub fn wrong(root: &Path) -> anyhow::Result<Vec<String>> {
    let catalog = po_file::parse(&root.join(TRANSLATIONS)).with_context(|| format!("cannot read {TRANSLATIONS}"))?;
    let (mut asked, mut sources) = (BTreeMap::new(), String::new());
    for path in walk::files(root)? {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let code = fs::read_to_string(&path)?;
        // The language itself speaks of texts without asking for any.
        if name.starts_with("app/src/") && !name.starts_with("app/src/language/") {
            asked.extend(texts(&code).into_iter().map(|text| (text, name.clone())));
        }
        if SERVER_SOURCES.iter().any(|folder| name.starts_with(folder)) {
            sources.push_str(&code);
        }
    }
    // By words, because the pieces of a sentence may stand in several places.
    let said: BTreeSet<&str> = sources.split(|letter: char| !letter.is_alphabetic()).collect();
    let mut wrong = Vec::new();
    let mut translated = BTreeSet::new();
    for message in catalog.messages() {
        let (english, persian) = (message.msgid(), message.msgstr().unwrap_or_default());
        let mut say = |why: &str| wrong.push(format!("{TRANSLATIONS}: {english:?} {why}"));
        if persian.is_empty() {
            say("has no translation");
        } else if places(english) != places(persian) {
            say("has other {places} than its translation");
        }
        if persian.contains(['ي', 'ك']) {
            say("is translated with Arabic letters: Persian has ی and ک");
        }
        if message.msgctxt() != Some(SERVER) {
            if !asked.contains_key(english) {
                say("is said nowhere in app/src");
            }
            translated.insert(english.to_owned());
        } else if let Some(word) = words(english).find(|word| !said.contains(word)) {
            say(&format!("is said by no server: nothing contains {word:?}"));
        }
    }
    let missing = asked.iter().filter(|(text, _)| !translated.contains(*text));
    wrong.extend(missing.map(|(text, file)| format!("{file}: {text:?} has no translation in {TRANSLATIONS}")));
    Ok(wrong)
}

/// What `t!` and `marked!` are called with.
fn texts(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for call in ["t!(", "marked!("] {
        for (at, _) in code.match_indices(call) {
            let before = code[..at].chars().next_back();
            let is_name = before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
            let literal = code[at + call.len()..].trim_start().strip_prefix('"').and_then(string);
            found.extend(literal.filter(|_| !is_name));
        }
    }
    found
}

/// The string literal whose opening quote was just before.
fn string(code: &str) -> Option<String> {
    let (mut text, mut letters) = (String::new(), code.chars());
    loop {
        match letters.next()? {
            '"' => return Some(text),
            '\\' => match letters.next()? {
                'n' => text.push('\n'),
                'u' => {
                    let digits: String = letters.by_ref().skip(1).take_while(|letter| *letter != '}').collect();
                    text.push(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)?);
                }
                '\n' => {
                    let rest = letters.as_str().trim_start();
                    letters = rest.chars();
                }
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
}

/// The names in braces.
fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

/// Its words, without the names in braces.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split('{').enumerate();
    let pieces =
        pieces.map(|(at, part)| if at == 0 { part } else { part.split_once('}').map_or(part, |(_, rest)| rest) });
    pieces.flat_map(|piece| piece.split(|letter: char| !letter.is_alphabetic()).filter(|word| word.len() > 3))
}

#[cfg(test)]
mod tests {
    use super::{places, string, texts, words};

    #[test]
    fn calls_are_found_wherever_they_stand() {
        let code = "view! { <p title=t!(\"A \\\"b\\\"\")>{t!(\n  \"{n} of \\\n   {all}\",\n n = 1)}</p> } format!(\"no\") marked!(\"C\") not!(\"D\")";
        assert_eq!(texts(code), ["A \"b\"", "{n} of {all}", "C"]);
        assert_eq!(string("\\u{201c}x\\n\" rest").as_deref(), Some("“x\n"));
        assert_eq!(string("never closed"), None);
    }

    #[test]
    fn places_and_what_is_between() {
        assert_eq!(places("{b} then {a}").into_iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(words("from {name} to {most} rows.").collect::<Vec<_>>(), ["from", "rows"]);
    }
}
