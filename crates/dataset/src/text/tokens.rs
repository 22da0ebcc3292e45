//! From a text to tokens: words in lower case, and every mark for itself.

use std::borrow::Cow;

/// Words are runs of letters, digits and underscores; scripts that write no blanks between words give a token a character.
/// What is neither is a token a character, unless it is a blank.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let end =
            if is_word(first) { rest.find(|letter| !is_word(letter)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (token, after) = rest.split_at(end);
        rest = after;
        Some(lower(token))
    })
}

fn is_word(letter: char) -> bool {
    (letter.is_alphanumeric() || letter == '_') && !stands_alone(letter)
}

/// Chinese characters, Hiragana and Katakana.
fn stands_alone(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

fn lower(token: &str) -> Cow<'_, str> {
    if token.chars().any(char::is_uppercase) { Cow::Owned(token.to_lowercase()) } else { Cow::Borrowed(token) }
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn words_and_marks_are_told_apart() {
        let of = |text: &'static str| tokens(text).map(std::borrow::Cow::into_owned).collect::<Vec<_>>();
        assert_eq!(
            of("It's GREAT, really!! 10/10"),
            ["it", "'", "s", "great", ",", "really", "!", "!", "10", "/", "10"]
        );
        assert_eq!(of("snake_case Übung"), ["snake_case", "übung"]);
        assert_eq!(of("سلام دنیا"), ["سلام", "دنیا"]);
        assert_eq!(of("東京へ行く"), ["東", "京", "へ", "行", "く"]);
        assert_eq!(of(" \n\t "), Vec::<String>::new());
        assert_eq!(of("a👍b"), ["a", "👍", "b"]);
    }
}
