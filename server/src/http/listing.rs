//! What every list by pages is asked with.

use domain::ApiError;
use platform::ListFilter;
use serde::Deserialize;
use utoipa::IntoParams;

/// Most rows of a page.
const MOST: u32 = 200;
const USUAL: u32 = 50;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Words that must all be in the name, in any case.
    #[param(example = "iris")]
    q: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200, example = 50)]
    #[serde(default = "usual")]
    limit: u32,
}

/// Rows of a page when nobody says otherwise.
pub fn usual() -> u32 {
    USUAL
}

/// # Errors
/// `validation_failed` unless it is 1 to 200.
pub fn checked(limit: u32) -> Result<u32, ApiError> {
    let fits = (1..=MOST).contains(&limit);
    if fits { Ok(limit) } else { Err(ApiError::field("limit", format!("Must be between 1 and {MOST}."))) }
}

impl ListQuery {
    /// # Errors
    /// `validation_failed` for the limit.
    pub fn filter(self) -> Result<ListFilter, ApiError> {
        Ok(ListFilter { words: self.q, cursor: self.cursor, limit: checked(self.limit)?, both_ways: false })
    }
}
