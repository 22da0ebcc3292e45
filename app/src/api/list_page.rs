//! A page of a list, and where the pages beside it begin.

use serde::{Deserialize, Serialize};

/// What is listed, with the way on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListPage<T> {
    pub items: Vec<T>,
    pub beside: Beside,
}

/// Cursors of the pages before and after one; the first page has an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    pub newer: Option<String>,
    pub older: Option<String>,
}

#[cfg(feature = "ssr")]
impl<T> From<platform::Page<T>> for ListPage<T> {
    fn from(page: platform::Page<T>) -> Self {
        let platform::Page { items, next_cursor, previous_cursor, .. } = page;
        Self { items, beside: Beside { newer: previous_cursor, older: next_cursor } }
    }
}

/// Asks for the page that begins at a cursor.
#[cfg(feature = "ssr")]
pub(in crate::api) fn page_at(cursor: String) -> platform::ListFilter {
    platform::ListFilter { cursor: Some(cursor), both_ways: true, ..platform::ListFilter::default() }
}
