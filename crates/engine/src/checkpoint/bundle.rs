//! What is in a checkpoint. Random state is not: it is a function of the seed and the step.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Raised when the meaning of a file changes.
pub(super) const FORMAT_VERSION: u32 = 1;

/// `manifest.json`. The other parts are safetensors files, whose hashes are here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(super) format_version: u32,
    /// Of the dataset as uploaded, and of the job's spec: a checkpoint of other data or another spec is not used.
    pub(super) data_sha256: String,
    pub(super) spec_sha256: String,
    pub(crate) counters: Counters,
    /// File name to SHA-256.
    pub(super) parts: BTreeMap<String, String>,
}

/// Where training stands, and what it has seen so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counters {
    /// Epochs finished.
    pub(crate) epoch: u32,
    /// Optimizer steps taken, and how many of them in the epoch that is not finished.
    pub(crate) step: u64,
    pub(crate) step_in_epoch: u64,
    /// Of the unfinished epoch: loss times rows, the headline metric's sum, and rows.
    pub(crate) loss_sum: f64,
    pub(crate) metric_sum: f64,
    pub(crate) rows: u64,
    /// Losses since the last point within the epoch, and how many.
    pub(crate) window_sum: f64,
    pub(crate) window_steps: u64,
    /// Lowest validation loss and its epoch (from 1); no epoch is finished yet when the epoch is 0.
    pub(crate) best_epoch: u32,
    pub(crate) best_loss: f64,
}
