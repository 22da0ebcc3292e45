//! How often each value occurs, exactly, as long as there is room.

use std::collections::HashMap;

use domain::dataset::{ColumnProfile, ValueCount};

use crate::cell;

/// Room for all columns of a file together, in values and in bytes of text.
const ALL_VALUES: u64 = 2_000_000;
const ALL_BYTES: usize = 128 << 20;
/// Values that are shown at most.
pub(crate) const MAX_TOP: usize = 20;
/// Longest value that is shown.
const SHOWN_CHARS: usize = 100;

pub(crate) struct Counts {
    values: HashMap<Box<str>, u64>,
    cap: u64,
    bytes_left: usize,
    /// There was no more room: the distinct values are at least as many as were counted.
    overflowed: bool,
}

impl Counts {
    pub(crate) fn new(columns: usize) -> Self {
        let columns = columns.max(1);
        let cap = (ALL_VALUES / columns as u64).clamp(1, ColumnProfile::UNIQUE_CAP);
        Self { values: HashMap::new(), cap, bytes_left: ALL_BYTES / columns, overflowed: false }
    }

    pub(crate) fn add(&mut self, text: &str) {
        if let Some(count) = self.values.get_mut(text) {
            *count += 1;
        } else if self.values.len() as u64 >= self.cap || text.len() > self.bytes_left {
            self.overflowed = true;
        } else {
            self.bytes_left -= text.len();
            self.values.insert(text.into(), 1);
        }
    }

    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.values.len()
    }

    /// `1` and `1.0` are one value of a numeric column.
    pub(super) fn merge_numbers(&mut self) {
        let mut merged = HashMap::with_capacity(self.values.len());
        for (text, count) in self.values.drain() {
            let text = cell::number(&text).map_or(text, |value| cell::number_text(value).into());
            *merged.entry(text).or_insert(0) += count;
        }
        self.values = merged;
    }

    pub(crate) fn unique(&self) -> u64 {
        if self.overflowed { self.cap } else { self.values.len() as u64 }
    }

    /// Every number and how often it occurs, when all were counted.
    pub(super) fn numbers(&self) -> Option<impl Iterator<Item = (f64, u64)>> {
        let all = self.values.iter().filter_map(|(text, count)| Some((cell::number(text)?, *count)));
        (!self.overflowed).then_some(all)
    }

    /// The most frequent values; equally frequent ones in the order of the alphabet.
    pub(crate) fn top(&self, limit: usize) -> Vec<ValueCount> {
        let mut all: Vec<(&str, u64)> = self.values.iter().map(|(text, count)| (&**text, *count)).collect();
        all.sort_unstable_by(|(a, more), (b, less)| less.cmp(more).then(a.cmp(b)));
        let shown = |text: &str| text.chars().take(SHOWN_CHARS).collect();
        all.into_iter().take(limit).map(|(text, count)| ValueCount { value: shown(text), count }).collect()
    }

    pub(crate) fn rarest(&self) -> Option<u64> {
        if self.overflowed { None } else { self.values.values().min().copied() }
    }
}
