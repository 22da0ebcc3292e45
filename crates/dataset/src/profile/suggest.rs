//! Which column people probably want to predict.

use domain::dataset::ColumnProfile;

/// Names that say it, most certain first.
const NAMES: [&str; 16] = [
    "target",
    "label",
    "class",
    "species",
    "diagnosis",
    "outcome",
    "y",
    "category",
    "type",
    "quality",
    "price",
    "survived",
    "churn",
    "result",
    "score",
    "rating",
];

/// The position of the target: by name, otherwise the last column that can be predicted.
pub(super) fn target(columns: &[ColumnProfile], rows: u64) -> Option<usize> {
    let can_be = |column: &ColumnProfile| column.unique >= 2 && column.suggested_task(rows).is_some();
    let named = NAMES
        .iter()
        .find_map(|name| columns.iter().position(|column| can_be(column) && column.name.eq_ignore_ascii_case(name)));
    named.or_else(|| columns.iter().rposition(can_be))
}
