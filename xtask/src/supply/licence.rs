//! SPDX expressions: `MIT OR (Apache-2.0 WITH LLVM-exception AND BSD-3-Clause)`.

/// Whether whoever ships something under this expression can keep to licences that `allowed` accepts.
pub fn is_allowed(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    // What crates wrote before there were expressions.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let accepted = either(&words, &mut at, allowed);
    accepted == Some(true) && at == words.len()
}

fn either(words: &[&str], at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut accepted = both(words, at, allowed)?;
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        accepted |= both(words, at, allowed)?;
    }
    Some(accepted)
}

fn both(words: &[&str], at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut accepted = one(words, at, allowed)?;
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        accepted &= one(words, at, allowed)?;
    }
    Some(accepted)
}

fn one(words: &[&str], at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let word = *words.get(*at)?;
    *at += 1;
    match word {
        "(" => {
            let accepted = either(words, at, allowed)?;
            let closed = words.get(*at) == Some(&")");
            *at += 1;
            closed.then_some(accepted)
        }
        ")" | "AND" | "OR" | "WITH" => None,
        licence if words.get(*at) == Some(&"WITH") => {
            let exception = *words.get(*at + 1)?;
            *at += 2;
            Some(allowed(&format!("{licence} WITH {exception}")))
        }
        licence => Some(allowed(licence)),
    }
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    fn with_mit_and_isc(expression: &str) -> bool {
        is_allowed(expression, &|licence| matches!(licence, "MIT" | "ISC" | "Apache-2.0 WITH LLVM-exception"))
    }

    #[test]
    fn one_choice_is_enough_and_all_duties_are_needed() {
        for fine in
            ["MIT", "GPL-3.0 OR MIT", "MIT/GPL-3.0", "MIT AND ISC", "(GPL-3.0 OR MIT) AND ISC", "GPL-3.0 AND X OR MIT"]
        {
            assert!(with_mit_and_isc(fine), "{fine}");
        }
        assert!(with_mit_and_isc("Apache-2.0 WITH LLVM-exception"));
        for wrong in
            ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT", "MIT)", "MIT ISC", "Apache-2.0", "AND", "MIT OR", "MIT WITH"]
        {
            assert!(!with_mit_and_isc(wrong), "{wrong}");
        }
    }
}
