//! A piece of a file, from the beginning of a line to the end of one, as columns.

use std::collections::HashMap;

use super::{Layout, number::number};
use crate::cell;

/// What the lines of a piece hold.
#[derive(Default)]
pub(super) struct Chunk {
    /// Of each feature; NaN is missing.
    pub(super) features: Vec<Vec<f32>>,
    pub(super) target: ChunkTarget,
    pub(super) rows: usize,
    pub(super) left_out: u64,
}

#[derive(Default)]
pub(super) struct ChunkTarget {
    pub(super) numbers: Vec<f64>,
    /// Positions in `words`, which are in the order in which they came.
    pub(super) codes: Vec<u32>,
    pub(super) words: Vec<String>,
}

/// What a column of the file is for.
#[derive(Clone, Copy)]
enum Role {
    Nothing,
    Target,
    /// Its place among the features.
    Feature(usize),
}

/// Reads whole lines. `None` when something in them is not plain: whoever reads line by line knows what to make of it.
pub(super) fn parse(bytes: &[u8], layout: &Layout) -> Option<Chunk> {
    // A quote may hide a line break; a NUL, and what is not UTF-8, are mistakes to be told with their line.
    if bytes.contains(&b'"') || bytes.contains(&0) || std::str::from_utf8(bytes).is_err() {
        return None;
    }
    let mut roles = vec![Role::Nothing; layout.width];
    layout.features.iter().enumerate().for_each(|(feature, at)| roles[*at] = Role::Feature(feature));
    roles[layout.target] = Role::Target;
    let first = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len()) + 1;
    // Lines are about as long as the first.
    let rows = bytes.len() / first * 9 / 8 + 1;
    let features = layout.features.iter().map(|_| Vec::with_capacity(rows)).collect();
    let mut chunk = Chunk { features, ..Chunk::default() };
    let mut codes: HashMap<&str, u32> = HashMap::new();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(next) = line_break(bytes, at) {
            at = next;
            continue;
        }
        let mut has_target = true;
        for (column, role) in roles.iter().enumerate() {
            let end = match role {
                Role::Feature(feature) => {
                    let (value, end) = value(bytes, at, layout.delimiter)?;
                    chunk.features[*feature].push(value as f32);
                    end
                }
                Role::Target if !layout.classes => {
                    let (value, end) = value(bytes, at, layout.delimiter)?;
                    has_target = !value.is_nan();
                    if has_target {
                        chunk.target.numbers.push(value);
                    }
                    end
                }
                Role::Target => {
                    let end = cell_end(bytes, at, layout.delimiter);
                    let text = std::str::from_utf8(&bytes[at..end]).ok()?.trim();
                    has_target = !cell::is_missing(text);
                    if has_target {
                        let target = &mut chunk.target;
                        let code = *codes.entry(text).or_insert_with(|| {
                            target.words.push(text.to_owned());
                            target.words.len() as u32 - 1
                        });
                        target.codes.push(code);
                    }
                    end
                }
                Role::Nothing => cell_end(bytes, at, layout.delimiter),
            };
            at = if column + 1 < layout.width {
                (bytes.get(end) == Some(&layout.delimiter)).then_some(end + 1)?
            } else {
                line_break(bytes, end)?
            };
        }
        if has_target {
            chunk.rows += 1;
        } else {
            chunk.left_out += 1;
            let rows = chunk.rows;
            chunk.features.iter_mut().for_each(|values| values.truncate(rows));
        }
    }
    Some(chunk)
}

/// Where the next line begins, if one ends at `at`.
fn line_break(bytes: &[u8], at: usize) -> Option<usize> {
    match &bytes[at..] {
        [] => Some(at),
        [b'\n', ..] | [b'\r'] => Some(at + 1),
        [b'\r', b'\n', ..] => Some(at + 2),
        _ => None,
    }
}

/// Where the cell ends that begins at `at`.
fn cell_end(bytes: &[u8], at: usize, delimiter: u8) -> usize {
    let ends = |byte: &u8| *byte == delimiter || matches!(byte, b'\n' | b'\r');
    bytes[at..].iter().position(ends).map_or(bytes.len(), |length| at + length)
}

/// The number that the cell at `at` says, and where the cell ends; NaN is missing, and no cell says it otherwise. `None` when it
/// says something else.
#[inline]
fn value(bytes: &[u8], at: usize, delimiter: u8) -> Option<(f64, usize)> {
    if let Some((value, length)) = number(&bytes[at..]) {
        let end = at + length;
        if bytes.get(end).is_none_or(|byte| *byte == delimiter || matches!(byte, b'\n' | b'\r')) {
            return Some((value, end));
        }
    }
    let end = cell_end(bytes, at, delimiter);
    let text = std::str::from_utf8(&bytes[at..end]).ok()?.trim();
    let value = if cell::is_missing(text) { f64::NAN } else { cell::number(text)? };
    Some((value, end))
}
