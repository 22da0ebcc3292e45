//! Which rows a model learns from, and which it is judged by.

use serde::{Deserialize, Serialize};

use crate::{
    dataset::{ColumnProfile, ColumnType, DatasetProfile},
    error::FieldErrors,
};

/// How rows are divided into training, validation and test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SplitBy {
    /// By chance; every class is in all parts.
    #[default]
    Random,
    /// Rows with the same value of a column (a patient, a customer) stay together: how good is the model on new ones?
    Group { column: String },
    /// By a date or a number: the newest rows are the test, those before them the validation. Rows without one are the oldest.
    Time { column: String },
}

/// Groups that three parts need.
const FEWEST_GROUPS: u64 = 3;

impl SplitBy {
    /// The column that decides, where one does.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Random => None,
            Self::Group { column } | Self::Time { column } => Some(column),
        }
    }

    /// In a few words, for people: "by chance", "by groups of patient".
    pub fn describe(&self) -> String {
        match self {
            Self::Random => "by chance".to_owned(),
            Self::Group { column } => format!("by groups of {column}"),
            Self::Time { column } => format!("by {column}, the newest for the test"),
        }
    }

    /// Adds what is wrong, under `split`.
    pub(super) fn check(&self, profile: &DatasetProfile, target: Option<&str>, errors: &mut FieldErrors) {
        let Some(name) = self.column() else { return };
        let Some(column) = profile.column(name) else {
            errors.add("split", format!("There is no column \"{name}\" in this dataset."));
            return;
        };
        errors.require(Some(name) != target, "split", format!("Column \"{name}\" is the target; choose another one."));
        match self {
            Self::Random => {}
            Self::Group { .. } => errors.require(
                column.unique >= FEWEST_GROUPS,
                "split",
                format!("Column \"{name}\" has {} groups; at least {FEWEST_GROUPS} are needed.", column.unique),
            ),
            Self::Time { .. } => errors.require(
                column.is_time(),
                "split",
                format!("Column \"{name}\" holds neither dates (such as 2026-11-27) nor numbers."),
            ),
        }
    }
}

impl ColumnProfile {
    /// Whether rows have an order by this column.
    pub fn is_time(&self) -> bool {
        (self.kind == ColumnType::Date || self.numeric.is_some()) && self.unique > 1
    }

    /// Whether rows may belong together by this column.
    pub fn is_group(&self, rows: u64) -> bool {
        self.unique >= FEWEST_GROUPS && self.unique < rows && self.kind != ColumnType::Image
    }
}
