//! The rows of a job, encoded once, and batches of them.

use std::path::PathBuf;

use dataset::{Encoded, Encoder, Source, Table, split};
use domain::wire::trainer::Start;

use crate::{
    Error,
    passes::Batch,
    random::{Purpose, Random},
};

pub(super) struct Data {
    pub(super) encoder: Encoder,
    pub(super) train: Encoded,
    pub(super) validation: Encoded,
    pub(super) test: Encoded,
    /// Rows without a target.
    pub(super) left_out: u64,
}

impl Data {
    pub(super) fn read(start: &Start) -> Result<Self, Error> {
        let file = &start.dataset;
        let source = Source { path: PathBuf::from(&file.path), format: file.format, gzip: file.gzip };
        let table = Table::read(&source, &start.spec)?;
        let parts = split(&table, &start.spec)?;
        let encoder = Encoder::fit(&table, &parts.train, &start.spec)?;
        Ok(Self {
            train: encoder.encode(&table, &parts.train),
            validation: encoder.encode(&table, &parts.validation),
            test: encoder.encode(&table, &parts.test),
            encoder,
            left_out: table.left_out(),
        })
    }
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
