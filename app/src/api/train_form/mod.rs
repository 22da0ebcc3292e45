//! The training form as typed.

#[cfg(feature = "ssr")]
mod read;

use std::collections::BTreeMap;

#[cfg(feature = "ssr")]
pub use read::continuation;
use serde::{Deserialize, Serialize};

/// Every field a text; empty means "choose for me".
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainForm {
    pub dataset: String,
    pub name: String,
    /// With commas between them.
    pub tags: String,
    pub experiment_id: String,
    pub target: String,
    pub task: String,
    pub features: Vec<String>,
    pub model: String,
    /// By the name of a model and of its setting: `mlp.hidden`. Only those of the model that is chosen are read.
    pub settings: BTreeMap<String, String>,
    pub optimizer: String,
    pub lr: String,
    pub schedule: String,
    pub weight_decay: String,
    pub gradient_clip: String,
    pub class_weights: String,
    pub label_smoothing: String,
    pub epochs: String,
    pub batch_size: String,
    pub validation: String,
    /// `group:patient`, `time:date`.
    pub split: String,
    pub folds: String,
    /// Id of a model.
    pub start_from: String,
    pub early_stopping: String,
    pub seed: String,
    pub device: String,
}
