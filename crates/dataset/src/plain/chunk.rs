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

/// Reads whole lines. `None` when something in them is not plain: whoever reads line by line knows what to make of it.
pub(super) fn parse(bytes: &[u8], layout: &Layout) -> Option<Chunk> {
    // A quote may hide a line break; a NUL, and what is not UTF-8, are mistakes to be told with their line.
    if bytes.contains(&b'"') || bytes.contains(&0) || std::str::from_utf8(bytes).is_err() {
        return None;
    }
    let first = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len()) + 1;
    // Lines are about as long as the first.
    let rows = bytes.len() / first * 9 / 8 + 1;
    let features = layout.features.iter().map(|_| Vec::with_capacity(rows)).collect();
    let mut chunk = Chunk { features, ..Chunk::default() };
    let mut codes: HashMap<String, u32> = HashMap::new();
    let mut cells: Vec<(usize, usize)> = Vec::with_capacity(layout.width);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        cells.clear();
        let mut from = 0;
        for (at, &byte) in line.iter().enumerate() {
            if byte == layout.delimiter {
                cells.push((from, at));
                from = at + 1;
            } else if byte == b'\r' {
                return None;
            }
        }
        cells.push((from, line.len()));
        if cells.len() != layout.width {
            return None;
        }
        let cell = |at: usize| &line[cells[at].0..cells[at].1];
        let target = cell(layout.target);
        if layout.classes {
            let text = std::str::from_utf8(target).ok()?.trim();
            if cell::is_missing(text) {
                chunk.left_out += 1;
                continue;
            }
            let target = &mut chunk.target;
            let code = match codes.get(text) {
                Some(code) => *code,
                None => {
                    let code = target.words.len() as u32;
                    target.words.push(text.to_owned());
                    codes.insert(text.to_owned(), code);
                    code
                }
            };
            target.codes.push(code);
        } else {
            let value = value(target)?;
            if value.is_nan() {
                chunk.left_out += 1;
                continue;
            }
            chunk.target.numbers.push(value);
        }
        for (values, &at) in chunk.features.iter_mut().zip(&layout.features) {
            values.push(value(cell(at))? as f32);
        }
        chunk.rows += 1;
    }
    Some(chunk)
}

/// The number that a cell says; NaN is missing, and no cell says it otherwise. `None` when it says something else.
fn value(text: &[u8]) -> Option<f64> {
    number(text).or_else(|| {
        let text = std::str::from_utf8(text).ok()?.trim();
        if cell::is_missing(text) { Some(f64::NAN) } else { cell::number(text) }
    })
}
