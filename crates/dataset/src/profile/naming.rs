//! What the name of a column of whole numbers says about them: that they name rows, or that they count them.

/// Numbers under such a name are keys, whatever they are: `id`, `user_id`, `PassengerId`, `orderID`.
pub(super) fn is_key(name: &str) -> bool {
    let lower = name.to_lowercase();
    let whole = matches!(lower.as_str(), "id" | "uuid" | "guid" | "rowid" | "row id");
    let ending = ["_id", "-id", " id", ".id"].iter().any(|ending| lower.ends_with(ending));
    // An ending of its own only after a small letter: `orderID`, but neither `GRID` nor `humid`.
    let stem = name.strip_suffix("Id").or_else(|| name.strip_suffix("ID"));
    whole || ending || stem.is_some_and(|stem| stem.ends_with(char::is_lowercase))
}

/// Consecutive numbers under such a name count the rows. Others may measure something: `no` is also nitric oxide.
pub(super) fn is_counter(name: &str) -> bool {
    let lower = name.to_lowercase();
    matches!(
        lower.trim_end_matches('.'),
        "index"
            | "idx"
            | "row"
            | "rows"
            | "rownum"
            | "row_num"
            | "row_number"
            | "no"
            | "nr"
            | "num"
            | "number"
            | "#"
            | "s.no"
            | "sno"
            | "seq"
            | "unnamed"
            | "unnamed: 0"
            | "level_0"
    )
}

#[cfg(test)]
mod tests {
    use super::{is_counter, is_key};

    #[test]
    fn names_of_keys_and_counters() {
        assert!(["id", "ID", "user_id", "PassengerId", "orderID", "Customer Id"].into_iter().all(is_key));
        assert!(!["x", "grid", "GRID", "humid", "idea", "year", "index"].into_iter().any(is_key));
        assert!(["Index", "No.", "#", "nr", "Unnamed: 0", "row"].into_iter().all(is_counter));
        assert!(!["x", "day", "step", "note", "rowing", "year"].into_iter().any(is_counter));
    }
}
