//! What the training rows teach of one column.

use domain::{
    dataset::ColumnProfile,
    job::{JobSpec, ModelSpec},
};

use super::{Input, deviations};
use crate::{Error, Vocabulary, images, table::Column};

/// Letters of a word that is known. A longer one is unknown to the model: forms and files repeat all that are known.
const MAX_WORD_CHARS: usize = 1_000;

/// What one column is encoded as; `None` when it says nothing.
pub(super) fn learn(name: &str, column: &Column, train: &[u32], spec: &JobSpec) -> Result<Option<Input>, Error> {
    match (column, &spec.model) {
        (Column::Numbers(values), model) => Ok(learn_numbers(name, values, train, model.pieces())),
        (Column::Words { codes, words }, model) => {
            Ok(learn_words(name, codes, words, train, spec.embeddings && model.embeds()))
        }
        (Column::Texts(texts), ModelSpec::Transformer(spec)) => {
            let vocabulary = Vocabulary::learn(name, texts, train, spec)?;
            Ok(Some(Input::Text { name: name.to_owned(), vocabulary }))
        }
        (Column::Images(pictures), _) => Ok(Some(images::learn(name, pictures, train))),
        // Texts are read for transformers only.
        (Column::Texts(_), _) => Ok(None),
    }
}

fn learn_numbers(name: &str, values: &[f32], train: &[u32], pieces: u32) -> Option<Input> {
    let present = || train.iter().map(|&row| f64::from(values[row as usize])).filter(|value| !value.is_nan());
    let (mut count, mut min, mut max, mut integer) = (0_usize, f64::INFINITY, f64::NEG_INFINITY, true);
    for value in present() {
        count += 1;
        (min, max) = (min.min(value), max.max(value));
        integer = integer && value.fract() == 0.0;
    }
    if count == 0 {
        return None;
    }
    let (mean, std) = moments(present());
    let flag = count < train.len();
    if std == 0.0 && !flag {
        return None;
    }
    let std = if std == 0.0 { 1.0 } else { std };
    let edges = match pieces {
        0 => Vec::new(),
        _ => edges(present().map(|value| deviations(value, mean, std)).collect(), pieces as usize),
    };
    Some(Input::Numeric { name: name.to_owned(), mean, std, min, max, integer, flag, edges })
}

/// Quantiles, so that about as many values are in each of so many pieces; fewer where many values are the same.
fn edges(mut values: Vec<f64>, pieces: usize) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len() - 1;
    let mut edges: Vec<f64> = (0..=pieces).map(|at| values[at * last / pieces]).collect();
    edges.dedup();
    edges
}

fn learn_words(name: &str, codes: &[u32], words: &[String], train: &[u32], embeds: bool) -> Option<Input> {
    let mut counts = vec![0_u64; words.len()];
    for &row in train {
        if let Some(count) = counts.get_mut(codes[row as usize] as usize) {
            *count += 1;
        }
    }
    if embeds && counts.iter().filter(|count| **count > 0).count() > ColumnProfile::MAX_WORDS as usize {
        // Of one that occurs once nothing is learned: together they teach what an unknown one is worth.
        let often = most_frequent(words, &counts, 2, ColumnProfile::MAX_EMBEDDED_WORDS as usize);
        if often.len() > ColumnProfile::MAX_WORDS as usize {
            return Some(Input::Embedded { name: name.to_owned(), words: often.into() });
        }
    }
    let words = most_frequent(words, &counts, 1, ColumnProfile::MAX_WORDS as usize);
    (!words.is_empty()).then(|| Input::Categorical { name: name.to_owned(), words: words.into() })
}

/// At most `most` of the words that occur at least `least` times, the most frequent first; equally frequent ones in the order
/// of the alphabet.
pub(crate) fn most_frequent(words: &[String], counts: &[u64], least: u64, most: usize) -> Vec<String> {
    let short = |word: &str| word.len() <= MAX_WORD_CHARS || word.chars().count() <= MAX_WORD_CHARS;
    let mut known: Vec<(&String, u64)> =
        words.iter().zip(counts.iter().copied()).filter(|(word, count)| *count >= least && short(word)).collect();
    known.sort_by(|(a, more), (b, less)| less.cmp(more).then(a.cmp(b)));
    known.into_iter().take(most).map(|(word, _)| word.clone()).collect()
}

/// Mean and population standard deviation, in two passes.
pub(super) fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / count;
    let variance = values.map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
    (mean, variance.sqrt())
}
