//! The rows of a job, encoded once, and batches of them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use dataset::{Encoded, Encoder, Progress, Source, Split, Table, split};
use domain::wire::trainer::{Frame, Start};

use super::Sink;
use crate::{
    Error,
    passes::Batch,
    random::{Purpose, Random},
};

/// How often is said how far reading is.
const SAID_EVERY: Duration = Duration::from_millis(250);

pub(super) struct Data {
    pub(super) encoder: Encoder,
    pub(super) train: Encoded,
    pub(super) validation: Encoded,
    pub(super) test: Encoded,
    /// Rows without a target.
    pub(super) left_out: u64,
}

impl Data {
    pub(super) fn read(start: &Start, sink: &mut dyn Sink) -> Result<Self, Error> {
        let table = table(start, sink)?;
        Self::of(&table, &split(&table, &start.spec)?, start)
    }

    /// The rows of a table, in these parts.
    pub(super) fn of(table: &Table, parts: &Split, start: &Start) -> Result<Self, Error> {
        let encoder = match &start.start_from {
            Some(directory) => begun_with(Path::new(directory), table)?,
            None => Encoder::fit(table, &parts.train, &start.spec)?,
        };
        Ok(Self {
            train: encoder.encode(table, &parts.train),
            validation: encoder.encode(table, &parts.validation),
            test: encoder.encode(table, &parts.test),
            encoder,
            left_out: table.left_out(),
        })
    }
}

/// The encoder of the model that training begins with.
fn begun_with(directory: &Path, table: &Table) -> Result<Encoder, Error> {
    let text = fs::read_to_string(directory.join("encoder.json")).map_err(Error::start_from)?;
    let encoder = Encoder::from_json(&text).map_err(Error::Damaged)?;
    encoder.check(table)?;
    Ok(encoder)
}

/// Reads the file, and says how far it is.
pub(super) fn table(start: &Start, sink: &mut dyn Sink) -> Result<Table, Error> {
    let file = &start.dataset;
    let source = Source { path: PathBuf::from(&file.path), format: file.format, gzip: file.gzip };
    let progress = Arc::new(Progress::default());
    let read = || Table::read_watched(&source, &start.spec, &progress);
    thread::scope(|scope| {
        let (done, waiting) = mpsc::channel();
        let reader = thread::Builder::new().spawn_scoped(scope, move || {
            let table = read();
            // Nobody waits any more when the agent is gone.
            let _ = done.send(());
            table
        });
        let Ok(reader) = reader else {
            // Where the system gives no thread, nobody can look.
            return Ok(Table::read(&source, &start.spec)?);
        };
        while waiting.recv_timeout(SAID_EVERY) == Err(mpsc::RecvTimeoutError::Timeout) {
            sink.emit(Frame::Loading { share: progress.share() })?;
        }
        Ok(reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?)
    })
}

/// The order of the training rows in an epoch (counted from 0).
pub(super) fn order(rows: usize, seed: u64, epoch: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows as u32).collect();
    Random::new(seed, Purpose::Shuffle { epoch }).shuffle(&mut order);
    order
}

/// The rows named, in their order, into a batch that is used again.
pub(super) fn gather(encoded: &Encoded, rows: &[u32], width: usize, batch: &mut Batch) {
    let Batch { x, outputs } = batch;
    x.clear();
    outputs.y.clear();
    for &row in rows {
        let from = row as usize * width;
        x.extend_from_slice(&encoded.x[from..from + width]);
        outputs.y.push(encoded.y[row as usize]);
    }
}
