//! The words of a column, each of which has a position.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// In the order of their frequency.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Words {
    list: Vec<String>,
    positions: HashMap<String, u32>,
}

impl Words {
    /// All words.
    pub fn list(&self) -> &[String] {
        &self.list
    }

    /// Where a word is; after the last for one that is missing or unknown.
    pub(super) fn position(&self, word: Option<&str>) -> u32 {
        word.and_then(|word| self.positions.get(word)).copied().unwrap_or(self.list.len() as u32)
    }

    /// Positions: one a word, and one for all that are unknown.
    pub(super) fn positions(&self) -> usize {
        self.list.len() + 1
    }
}

impl From<Vec<String>> for Words {
    fn from(list: Vec<String>) -> Self {
        let positions = list.iter().cloned().zip(0..).collect();
        Self { list, positions }
    }
}

impl From<Words> for Vec<String> {
    fn from(words: Words) -> Self {
        words.list
    }
}
