//! Passwords that are the first ones anybody would try.

use domain::error::FieldErrors;
use zxcvbn::zxcvbn;

/// One that is found in fewer guesses is refused: the most common thirty thousand, in their usual disguises, and what is made of
/// one's own name or of ours. There are no rules about which signs to use (NIST SP 800-63B section 3.1.1.2, ASVS 6.2.4 to 6.2.11).
const GUESSES: u64 = 200_000;
/// A longer one is on nobody's list, and takes long to look at.
const LOOKED_AT: usize = 72;

/// Adds to `errors` if the password is too easy to guess. `about` is what an attacker knows: e-mail, name.
pub(super) fn check(field: &str, password: &str, about: &[&str], errors: &mut FieldErrors) {
    if password.chars().count() > LOOKED_AT {
        return;
    }
    let known: Vec<&str> =
        about.iter().flat_map(|text| text.split(['@', '.', ' '])).filter(|w| !w.is_empty()).collect();
    let inputs: Vec<&str> = known.into_iter().chain(about.iter().copied()).chain(["athanor"]).collect();
    if zxcvbn(password, &inputs).guesses() < GUESSES {
        errors.add(field, "This password is one of the first that anybody would try. Choose another one.");
    }
}

#[cfg(test)]
mod tests {
    use domain::error::FieldErrors;

    use super::check;

    fn refused(password: &str) -> bool {
        let mut errors = FieldErrors::default();
        check("password", password, &["ada.lovelace@example.org", "Ada"], &mut errors);
        !errors.is_empty()
    }

    #[test]
    fn what_everybody_tries_first_is_refused() {
        let easy = [
            "password",
            "Password1",
            "12345678",
            "qwertyui",
            "iloveyou",
            "admin123",
            "athanor1",
            "lovelace",
            "letmein1",
        ];
        for password in easy {
            assert!(refused(password), "{password}");
        }
        for password in ["correct horse", "x9$Kq2!vB", "vier alte kessel", "صبح بخیر دوست من"] {
            assert!(!refused(password), "{password}");
        }
    }

    #[test]
    fn a_long_one_is_on_no_list() {
        assert!(!refused(&"correct horse battery ".repeat(1_000)));
    }
}
