//! What is in a checkpoint. Random state is not: it is a function of the seed and the step.
//!
//! A directory: `manifest.json`, its hash in `manifest.sha256` (as `sha256sum --check` reads it), and three safetensors
//! files whose sizes and hashes are in the manifest. One of them has the weights of the best epoch so far, so the best is
//! never lost, whichever checkpoints are removed.

use std::collections::BTreeMap;

use domain::{JobId, job::JobSpec, wire::trainer::Start};
use serde::{Deserialize, Serialize};

use crate::{Error, digest::sha256};

/// Raised when the meaning of a file changes.
pub(super) const FORMAT_VERSION: u32 = 2;

pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const SEAL: &str = "manifest.sha256";
/// The weights, the optimizer's memory, the weights of the best epoch.
pub(super) const PARTS: [&str; 3] = ["weights.safetensors", "optimizer.safetensors", "best.safetensors"];

/// `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format_version: u32,
    pub(super) training: Training,
    /// Epochs that were asked for when this was written: a run that is asked for more has its patience back.
    pub(super) epochs: u32,
    pub(super) counters: Counters,
    /// By file name.
    pub(super) parts: BTreeMap<String, Part>,
}

/// One file of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Part {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: sha256(bytes) }
    }
}

/// Which training a checkpoint belongs to; one of other data, another spec or another job is not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Training {
    job_id: JobId,
    /// Of the dataset as uploaded.
    data_sha256: String,
    spec_sha256: String,
}

impl Training {
    pub(super) fn of(start: &Start) -> Result<Self, Error> {
        // More epochs, or a new name, continue the same training.
        let spec = JobSpec {
            epochs: 0,
            name: String::new(),
            priority: 0,
            max_seconds: None,
            folds: None,
            chosen: Vec::new(),
            ..start.spec.clone()
        };
        let json = serde_json::to_vec(&spec).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Self { job_id: start.job_id, data_sha256: start.dataset.sha256.clone(), spec_sha256: sha256(&json) })
    }
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
    /// How often the learning rate was reduced, and the epochs finished when it last was.
    #[serde(default)]
    pub(crate) reductions: u32,
    #[serde(default)]
    pub(crate) reduced_at: u32,
    /// Epochs finished when training was last asked for more; patience is not counted from before.
    pub(crate) patience_from: u32,
}

impl Counters {
    /// Epochs without improvement, as early stopping counts them.
    pub(crate) fn epochs_without_improvement(&self) -> u32 {
        self.epoch.saturating_sub(self.best_epoch.max(self.patience_from))
    }
}
