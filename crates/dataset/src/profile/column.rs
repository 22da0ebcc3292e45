//! What is learned of one column while its cells go by.

use domain::dataset::{ColumnProfile, ColumnType, NumericSummary};

use super::{
    counts::{Counts, MAX_TOP},
    naming,
};
use crate::{Error, cell};

const BINS: usize = 20;
/// Values of a numeric column that the histogram is drawn from when they cannot all be kept.
const RESERVOIR: usize = 8_192;
/// The same for all columns together.
const ALL_RESERVOIRS: usize = 2_000_000;

pub(super) struct ColumnProfiler {
    name: String,
    missing: u64,
    present: u64,
    numbers: Numbers,
    booleans: u64,
    dates: u64,
    spaced: u64,
    counts: Counts,
    /// Numbers that are too large to be learned from.
    too_large: u64,
    /// The first cell that is no number: its line and text.
    first_word: Option<(u64, String)>,
    /// The first number that is too large.
    first_too_large: Option<(u64, String)>,
}

/// What one column holds, and what was odd about it: line and sentence.
pub(super) type Finding = (ColumnProfile, Option<(Option<u64>, String)>);

impl ColumnProfiler {
    pub(super) fn new(name: &str, columns: usize) -> Self {
        Self {
            name: name.to_owned(),
            missing: 0,
            present: 0,
            numbers: Numbers::new((ALL_RESERVOIRS / columns.max(1)).min(RESERVOIR)),
            booleans: 0,
            dates: 0,
            spaced: 0,
            counts: Counts::new(columns),
            too_large: 0,
            first_word: None,
            first_too_large: None,
        }
    }

    pub(super) fn add(&mut self, line: u64, text: &str) {
        if cell::is_missing(text) {
            self.missing += 1;
            return;
        }
        self.present += 1;
        match cell::number(text) {
            Some(value) => self.numbers.add(value),
            None if cell::is_too_large(text) => {
                self.too_large += 1;
                if self.first_too_large.is_none() {
                    self.first_too_large = Some((line, text.chars().take(40).collect()));
                }
            }
            None => {
                if self.first_word.is_none() {
                    self.first_word = Some((line, text.chars().take(40).collect()));
                }
                self.booleans += u64::from(cell::is_boolean(text));
                self.dates += u64::from(cell::is_date(text));
                self.spaced += u64::from(text.contains(char::is_whitespace));
            }
        }
        self.counts.add(text);
    }

    /// Values that are in memory.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.counts.kept() + self.numbers.reservoir.len()
    }

    /// # Errors
    /// When it is a column of numbers and one of them is too large. Among words, such as the digits and letters of a
    /// hash, what looks like a large number is a word.
    pub(super) fn finish(mut self, rows: u64) -> Result<Finding, Error> {
        let numeric = self.present > 0 && self.numbers.count + self.too_large == self.present;
        if let Some((line, text)) = self.first_too_large.as_ref().filter(|_| numeric) {
            return Err(Error::cell(*line, &self.name, cell::too_large(text)));
        }
        if numeric {
            self.counts.merge_numbers();
        }
        let unique = self.counts.unique();
        let kind = self.kind(numeric, unique, rows);
        let few = unique <= MAX_TOP as u64;
        let profile = ColumnProfile {
            name: self.name.clone(),
            kind,
            missing: self.missing,
            unique,
            numeric: numeric.then(|| self.numbers.summary(&self.counts)),
            top: if kind != ColumnType::Numeric || few { self.counts.top(MAX_TOP) } else { Vec::new() },
            rarest: self.counts.rarest(),
        };
        let warning = self.warning(numeric);
        Ok((profile, warning))
    }

    fn kind(&self, numeric: bool, unique: u64, rows: u64) -> ColumnType {
        let distinct = unique == self.present && self.missing == 0 && rows >= 10;
        if numeric {
            let numbered = distinct && self.numbers.integer();
            let id =
                numbered && (naming::is_key(&self.name) || self.numbers.consecutive && naming::is_counter(&self.name));
            return if id { ColumnType::Id } else { ColumnType::Numeric };
        }
        if self.present == 0 {
            return ColumnType::Categorical;
        }
        if self.booleans == self.present && unique <= 2 {
            return ColumnType::Boolean;
        }
        if self.dates == self.present {
            return ColumnType::Date;
        }
        let spaced = self.spaced * 2 > self.present;
        match () {
            () if self.present >= 20 && unique * 2 > self.present => {
                if spaced {
                    ColumnType::Text
                } else {
                    ColumnType::Id
                }
            }
            () if unique > 1_000 && spaced => ColumnType::Text,
            () => ColumnType::Categorical,
        }
    }

    fn warning(&self, numeric: bool) -> Option<(Option<u64>, String)> {
        if self.present == 0 {
            return Some((None, "Has no values at all.".to_owned()));
        }
        let words = self.present - self.numbers.count - self.too_large;
        if numeric || words * 10 > self.present {
            return None;
        }
        let (line, word) = self.first_word.as_ref()?;
        let message = format!(
            "{words} of {} values are not numbers (the first is \"{word}\"), so the whole column is read as words. Leave \
             such cells empty to read it as numbers.",
            self.present
        );
        Some((Some(*line), message))
    }
}

/// Running moments (Welford 1962) and a sample of the values. Every number that is added is in the range of `f32`, so in
/// `f64` no sum, square or difference of them overflows: what is told of them is always finite.
struct Numbers {
    count: u64,
    min: f64,
    max: f64,
    mean: f64,
    squares: f64,
    whole: u64,
    /// Each value is the one before plus one.
    consecutive: bool,
    last: f64,
    reservoir: Vec<f64>,
    /// Most values that the reservoir may hold.
    room: usize,
    random: u64,
}

impl Numbers {
    fn new(room: usize) -> Self {
        Self {
            count: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            mean: 0.0,
            squares: 0.0,
            whole: 0,
            consecutive: true,
            last: 0.0,
            reservoir: Vec::new(),
            room,
            random: 0x9e37_79b9_7f4a_7c15,
        }
    }

    fn add(&mut self, value: f64) {
        self.consecutive &= self.count == 0 || value == self.last + 1.0;
        self.last = value;
        self.count += 1;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        let delta = value - self.mean;
        self.mean += delta / self.count as f64;
        self.squares += delta * (value - self.mean);
        self.whole += u64::from(value.fract() == 0.0);
        if self.reservoir.len() < self.room {
            self.reservoir.push(value);
            return;
        }
        // Vitter's algorithm R with a fixed seed: the same file always gives the same histogram.
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = (self.random >> 33) % self.count;
        if let Some(kept) = self.reservoir.get_mut(at as usize) {
            *kept = value;
        }
    }

    fn integer(&self) -> bool {
        self.whole == self.count
    }

    fn summary(&self, counts: &Counts) -> NumericSummary {
        let mut histogram = vec![0_u64; BINS];
        let width = (self.max - self.min) / BINS as f64;
        let mut count = |value: f64, times: u64| {
            let bin = if width > 0.0 { ((value - self.min) / width) as usize } else { 0 };
            histogram[bin.min(BINS - 1)] += times;
        };
        if let Some(all) = counts.numbers() {
            all.for_each(|(value, times)| count(value, times));
        } else {
            self.reservoir.iter().for_each(|value| count(*value, 1));
            let scale = self.count as f64 / self.reservoir.len().max(1) as f64;
            for bin in &mut histogram {
                *bin = (*bin as f64 * scale).round() as u64;
            }
        }
        NumericSummary {
            min: self.min,
            max: self.max,
            mean: self.mean,
            std: (self.squares / self.count.max(1) as f64).sqrt(),
            integer: self.integer(),
            histogram,
        }
    }
}
