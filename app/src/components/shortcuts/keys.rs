//! What single keys mean, one after the other.

use crate::places::PLACES;

/// How long after `g` another key still belongs to it.
const PAUSE_MS: f64 = 1_500.0;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    Go(&'static str),
    /// To the page's search field.
    Field,
    /// The list of shortcuts.
    Help,
}

/// Whether a `g` was pressed, and when.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keys {
    begun_ms: Option<f64>,
}

impl Keys {
    /// Takes the next key, as the browser names it.
    pub fn press(&mut self, key: &str, now_ms: f64) -> Option<Press> {
        let begun = self.begun_ms.take().is_some_and(|then| now_ms - then < PAUSE_MS);
        match key {
            _ if begun => PLACES.iter().find(|place| place.key == key).map(|place| Press::Go(place.address)),
            "g" => {
                self.begun_ms = Some(now_ms);
                None
            }
            "/" => Some(Press::Field),
            "?" | "؟" => Some(Press::Help),
            _ => None,
        }
    }
}

/// The key that a Latin keyboard has at the same place: `g` for `ل`, whose place the browser calls `KeyG`.
pub fn by_place(key: String, code: &str) -> String {
    match code.strip_prefix("Key") {
        Some(letter) if !key.is_ascii() => letter.to_ascii_lowercase(),
        _ => key,
    }
}

#[cfg(test)]
mod tests {
    use super::{Keys, Press, by_place};

    #[test]
    fn two_keys_go_somewhere_unless_they_are_far_apart() {
        let mut keys = Keys::default();
        assert_eq!([keys.press("g", 0.0), keys.press("j", 900.0)], [None, Some(Press::Go("/jobs"))]);
        assert_eq!(keys.press("j", 1_000.0), None, "the g is used up");
        assert_eq!([keys.press("g", 2_000.0), keys.press("j", 4_000.0)], [None, None]);
        assert_eq!([keys.press("g", 5_000.0), keys.press("x", 5_100.0), keys.press("d", 5_200.0)], [None; 3]);
        assert_eq!([keys.press("g", 6_000.0), keys.press("d", 6_100.0)], [None, Some(Press::Go("/"))]);
    }

    #[test]
    fn single_keys() {
        let mut keys = Keys::default();
        assert_eq!([keys.press("?", 0.0), keys.press("/", 1.0)], [Some(Press::Help), Some(Press::Field)]);
        assert_eq!(keys.press("a", 2.0), None);
        assert_eq!(keys.press("؟", 3.0), Some(Press::Help));
    }

    #[test]
    fn letters_of_other_scripts_are_those_of_their_place() {
        for (key, code, meant) in [("ل", "KeyG", "g"), ("g", "KeyU", "g"), ("؟", "Slash", "؟"), ("é", "Digit2", "é")]
        {
            assert_eq!(by_place(key.to_owned(), code), meant);
        }
    }
}
