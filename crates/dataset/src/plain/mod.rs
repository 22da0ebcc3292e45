//! Files of numbers in which every line is a row, read in pieces on all cores: most large tables are such files. Whatever
//! is not plain (quotes, words among numbers, a line of another length, a number that is too large) is left to the reader
//! that goes line by line, which knows the line of every mistake.
//!
//! Memory is bounded: each thread has one piece of text and one of columns, and the next waits until its last is taken.

mod chunk;
mod number;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use self::chunk::{Chunk, parse};
use crate::{Progress, threads};

/// Text that a thread has in memory at once.
const PIECE: u64 = 1 << 18;
/// A longer line is not plain.
const LONGEST_LINE: usize = 1 << 20;

/// Where the cells of a job are in a line.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) delimiter: u8,
    /// Where the first line after the header begins, in bytes.
    pub(crate) begin: u64,
    /// Cells of a line.
    pub(crate) width: usize,
    pub(crate) target: usize,
    /// Whether the target is words.
    pub(crate) classes: bool,
    pub(crate) features: Vec<usize>,
}

/// All columns of a job.
pub(crate) struct Columns {
    /// Of each feature; NaN is missing.
    pub(crate) features: Vec<Vec<f32>>,
    pub(crate) target: Vec<f64>,
    /// Of a target of words: positions in the words, which are in the order in which they came.
    pub(crate) codes: Vec<u32>,
    pub(crate) words: Vec<String>,
    pub(crate) rows: usize,
    pub(crate) left_out: u64,
}

/// Reads a file that is not packed; `None` when it is not plain, or cannot be read.
pub(crate) fn read(path: &Path, layout: &Layout, progress: &Progress) -> Option<Columns> {
    read_in_pieces(path, layout, PIECE, threads::count(), progress)
}

fn read_in_pieces(path: &Path, layout: &Layout, piece: u64, threads: usize, progress: &Progress) -> Option<Columns> {
    let end = path.metadata().ok()?.len();
    let pieces = end.saturating_sub(layout.begin).div_ceil(piece).max(1);
    let threads = (threads as u64).min(pieces).max(1);
    progress.begin(pieces);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let mut receivers = Vec::new();
        for first in 0..threads {
            // Each thread has every so many-th piece, so that they come in turn.
            let (sender, receiver) = sync_channel(1);
            receivers.push(receiver);
            let over = &over;
            thread::Builder::new()
                .spawn_scoped(scope, move || {
                    let own = (first..pieces).step_by(threads as usize);
                    work(path, layout, own.map(|at| (layout.begin + at * piece, piece)), over, &sender);
                })
                .ok()?;
        }
        let columns = collect(layout, &receivers, pieces, progress);
        if columns.is_none() {
            over.store(true, Ordering::Relaxed);
        }
        columns
    })
}

/// Reads pieces until one is not plain, or nobody wants more.
fn work(
    path: &Path,
    layout: &Layout,
    pieces: impl Iterator<Item = (u64, u64)>,
    over: &AtomicBool,
    sender: &SyncSender<Option<Chunk>>,
) {
    let mut text = Vec::new();
    let mut file = File::open(path).ok();
    for (from, length) in pieces {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let lines = file.as_mut().and_then(|file| lines(file, layout.begin, from, length, &mut text).ok().flatten());
        let chunk = lines.and_then(|lines| parse(lines, layout));
        let sound = chunk.is_some();
        if sender.send(chunk).is_err() || !sound {
            return;
        }
    }
}

/// The lines that begin within `length` bytes from `from`; `None` when one is too long.
fn lines<'a>(
    file: &mut File,
    begin: u64,
    from: u64,
    length: u64,
    text: &'a mut Vec<u8>,
) -> io::Result<Option<&'a [u8]>> {
    // The byte before tells whether a line begins here.
    let before = u64::from(from > begin);
    file.seek(SeekFrom::Start(from - before))?;
    text.clear();
    // Room for the end of the last line too: a buffer that grows doubles.
    text.reserve_exact((length + before) as usize + (1 << 15));
    file.by_ref().take(length + before).read_to_end(text)?;
    let mut first = 0;
    if before == 1 {
        match text.iter().position(|byte| *byte == b'\n') {
            // Its one line began before.
            None => return Ok((text.len() <= LONGEST_LINE).then_some(&[])),
            Some(at) => first = at + 1,
        }
    }
    // The last line ends in the next piece; one that begins there is not ours.
    let mut looked = text.len();
    while looked > first && text.last() != Some(&b'\n') {
        let more = file.by_ref().take(1 << 14).read_to_end(text)?;
        if more == 0 {
            break;
        }
        if let Some(at) = text[looked..].iter().position(|byte| *byte == b'\n') {
            text.truncate(looked + at + 1);
        }
        looked = text.len();
        if looked > length as usize + LONGEST_LINE {
            return Ok(None);
        }
    }
    Ok(Some(&text[first.min(text.len())..]))
}

/// Puts pieces together in their order.
fn collect(
    layout: &Layout,
    receivers: &[Receiver<Option<Chunk>>],
    pieces: u64,
    progress: &Progress,
) -> Option<Columns> {
    let mut all = Columns {
        features: vec![Vec::new(); layout.features.len()],
        target: Vec::new(),
        codes: Vec::new(),
        words: Vec::new(),
        rows: 0,
        left_out: 0,
    };
    let mut known = HashMap::new();
    for at in 0..pieces {
        let chunk = receivers[(at % receivers.len() as u64) as usize].recv().ok()??;
        progress.add(1);
        if at == 0 && pieces > 1 {
            // As many rows in each piece as in the first, about: columns that grow by doubling would take twice the room.
            let rows = chunk.rows * pieces as usize;
            let rows = rows + rows / 50;
            all.features.iter_mut().for_each(|values| values.reserve_exact(rows));
            if layout.classes {
                all.codes.reserve_exact(rows);
            } else {
                all.target.reserve_exact(rows);
            }
        }
        for (values, more) in all.features.iter_mut().zip(&chunk.features) {
            values.extend_from_slice(more);
        }
        let target = chunk.target;
        all.target.extend(target.numbers);
        let codes: Vec<u32> = target
            .words
            .into_iter()
            .map(|word| {
                let next = all.words.len() as u32;
                *known.entry(word).or_insert_with_key(|word: &String| {
                    all.words.push(word.clone());
                    next
                })
            })
            .collect();
        all.codes.extend(target.codes.iter().map(|code| codes[*code as usize]));
        all.rows += chunk.rows;
        all.left_out += chunk.left_out;
    }
    Some(all)
}
