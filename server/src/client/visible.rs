//! Other people's words on a terminal: what would move the cursor, change colours or turn the direction of writing is shown
//! as its number instead.

use std::{borrow::Cow, fmt::Write};

use serde::Serialize;

/// Control characters (ESC, and what terminals take for it, among them), line separators, and what turns the direction of the
/// text after it.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The text on one line, with nothing in it that a terminal would obey.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            c if is_hidden(c) => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// JSON on one line. What JSON leaves as it is, but a terminal may obey, is escaped too: it can only stand within strings.
pub fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_else(|error| format!("{{\"ok\":false,\"error\":\"{error}\"}}"));
    if !text.contains(is_hidden) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_hidden(c) {
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{json, visible};

    #[test]
    fn nothing_that_a_terminal_obeys_comes_through() {
        assert_eq!(visible("iris · mlp"), "iris · mlp");
        assert_eq!(visible("\u{1b}[2Jgone\u{7}"), "\\u{1b}[2Jgone\\u{7}");
        assert_eq!(visible("a\nb\r\tc"), "a\\nb\\r\\tc");
        assert_eq!(visible("\u{9b}31m \u{7f} \u{202e}txt.exe"), "\\u{9b}31m \\u{7f} \\u{202e}txt.exe");
        assert_eq!(visible("می\u{200c}رود"), "می\u{200c}رود", "the joiner of Persian words is no such thing");
    }

    #[test]
    fn json_stays_what_it_was() {
        let text = "\u{1b}[31m\u{9b}\u{7f}\u{202e} é \"x\"\n";
        let line = json(&text);
        assert!(line.chars().all(|c| !c.is_control()), "{line}");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }
}
