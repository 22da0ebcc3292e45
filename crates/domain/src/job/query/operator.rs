//! The operators between a field and a value.

use std::cmp::Ordering;

/// How a field is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `:`, where it means something else than `=`.
    Contains,
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// Longer ones first: `<=` is not `<` with a value that begins with `=`.
const SYMBOLS: [(&str, Operator); 7] = [
    ("!=", Operator::Unequal),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    (":", Operator::Contains),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::More),
];

impl Operator {
    /// The operator that `text` begins with, and how many characters it has.
    pub fn at_start(text: &[char]) -> Option<(Self, usize)> {
        let (symbol, operator) = SYMBOLS.into_iter().find(|(symbol, _)| {
            let mut rest = text.iter();
            symbol.chars().all(|letter| rest.next() == Some(&letter))
        })?;
        Some((operator, symbol.len()))
    }

    pub fn symbol(self) -> &'static str {
        SYMBOLS.into_iter().find(|(_, operator)| *operator == self).map_or("", |(symbol, _)| symbol)
    }

    /// It asks for smaller or for greater ones.
    pub fn is_order(self) -> bool {
        matches!(self, Self::Less | Self::AtMost | Self::More | Self::AtLeast)
    }

    /// Whether a field that compares to a value like this is what is asked for.
    pub fn admits(self, ordering: Ordering) -> bool {
        match self {
            Self::Contains | Self::Equal => ordering.is_eq(),
            Self::Unequal => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::More => ordering.is_gt(),
            Self::AtLeast => ordering.is_ge(),
        }
    }

    /// Whether one of `values` fits; for `!=`, whether none is equal. `fits` never sees [`Operator::Unequal`].
    pub fn holds<T>(self, values: &[T], fits: impl Fn(Self, &T) -> bool) -> bool {
        match self {
            Self::Unequal => !values.iter().any(|value| fits(Self::Equal, value)),
            operator => values.iter().any(|value| fits(operator, value)),
        }
    }

    /// [`Operator::holds`] for values without an order, such as a status.
    pub fn picks<T: PartialEq>(self, values: &[T], found: &T) -> bool {
        self.holds(values, |_, value| value == found)
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::{Operator, SYMBOLS};

    #[test]
    fn the_longest_symbol_is_read() {
        for (symbol, operator) in SYMBOLS {
            let text: Vec<char> = format!("{symbol}1").chars().collect();
            assert_eq!(Operator::at_start(&text), Some((operator, symbol.len())));
            assert_eq!(operator.symbol(), symbol);
        }
        for text in ["", "!", "a<"] {
            assert_eq!(Operator::at_start(&text.chars().collect::<Vec<_>>()), None, "{text}");
        }
    }

    #[test]
    fn of_less_equal_and_greater_one_is_true() {
        for ordering in [Ordering::Less, Ordering::Equal, Ordering::Greater] {
            let admitting = [Operator::Less, Operator::Equal, Operator::More].map(|operator| operator.admits(ordering));
            assert_eq!(admitting.iter().filter(|admits| **admits).count(), 1);
            assert_ne!(Operator::Less.admits(ordering), Operator::AtLeast.admits(ordering));
            assert_ne!(Operator::More.admits(ordering), Operator::AtMost.admits(ordering));
            assert_ne!(Operator::Equal.admits(ordering), Operator::Unequal.admits(ordering));
        }
    }

    #[test]
    fn a_list_is_any_of_and_after_unequal_none_of() {
        assert!(Operator::Equal.picks(&[1, 2], &2) && !Operator::Equal.picks(&[1, 2], &3));
        assert!(Operator::Unequal.picks(&[1, 2], &3) && !Operator::Unequal.picks(&[1, 2], &2));
    }
}
