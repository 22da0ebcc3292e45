//! A job with every choice made: what is stored, sent to the trainer and shown as `params`.

use serde::{Deserialize, Serialize};

use super::{Learning, ModelSpec, SplitBy};
use crate::{DatasetId, ModelId};

/// What is learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// A number.
    Regression,
    /// One of two classes.
    Binary,
    /// One of several classes.
    Multiclass,
    /// One of several classes, from a text.
    TextClassification,
    /// One of several classes, from an image.
    ImageClassification,
}

/// How the outputs of a model are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// One standardised number.
    Number,
    /// One logit, of the second of two classes.
    Logit,
    /// A logit a class.
    Logits,
}

impl Task {
    pub fn is_classification(self) -> bool {
        self != Self::Regression
    }

    /// Whether rows are columns of numbers and words.
    pub fn is_table(self) -> bool {
        !matches!(self, Self::TextClassification | Self::ImageClassification)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::Binary => "binary",
            Self::Multiclass => "multiclass",
            Self::TextClassification => "text_classification",
            Self::ImageClassification => "image_classification",
        }
    }

    pub fn head(self) -> Head {
        match self {
            Self::Regression => Head::Number,
            Self::Binary => Head::Logit,
            Self::Multiclass | Self::TextClassification | Self::ImageClassification => Head::Logits,
        }
    }

    /// Outputs of a model of so many classes.
    pub fn outputs(self, classes: u64) -> u64 {
        if self.head() == Head::Logits { classes } else { 1 }
    }

    /// The metric people look at first: `accuracy`, or `rmse` in units of the target.
    pub fn headline_metric(self) -> &'static str {
        if self.is_classification() { "accuracy" } else { "rmse" }
    }
}

/// Where the mathematics happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// Burn's pure Rust CPU backend.
    #[default]
    Flex,
    /// The older CPU backend, for comparison: deprecated upstream and slower.
    Ndarray,
    /// A GPU of NVIDIA, in an executable that was built for it.
    Cuda,
    /// A GPU by Vulkan, Metal or DirectX, in an executable that was built for it.
    Wgpu,
}

impl Device {
    /// Those that every executable has.
    pub const CPU: [Self; 2] = [Self::Flex, Self::Ndarray];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Cuda => "cuda",
            Self::Wgpu => "wgpu",
        }
    }
}

/// How weights follow gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Optimizer {
    /// Kingma & Ba 2015, arXiv:1412.6980; beta 0.9 and 0.999, epsilon 1e-8.
    #[default]
    Adam,
    /// Adam with decoupled weight decay 0.01: Loshchilov & Hutter 2019, arXiv:1711.05101.
    #[serde(rename = "adamw")]
    AdamW,
    /// Stochastic gradient descent with momentum 0.9.
    Sgd,
}

impl Optimizer {
    pub const ALL: [Self; 3] = [Self::Adam, Self::AdamW, Self::Sgd];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Adam => "adam",
            Self::AdamW => "adamw",
            Self::Sgd => "sgd",
        }
    }
}

/// Everything a trainer needs to know but the data. Made by [`super::TrainingRequest::resolve`]; the same spec on the
/// same data gives the same weights, bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobSpec {
    pub name: String,
    pub dataset_id: DatasetId,
    pub task: Task,
    pub target: String,
    pub features: Vec<String>,
    pub model: ModelSpec,
    pub optimizer: Optimizer,
    pub lr: f64,
    #[serde(default)]
    pub learning: Learning,
    /// At most this many; early stopping may end it before.
    pub epochs: u32,
    pub batch_size: u32,
    /// Share of rows that early stopping and the choice of the best epoch look at.
    pub validation: f64,
    /// Share of rows that nothing looks at before the final report.
    pub test: f64,
    #[serde(default)]
    pub split: SplitBy,
    /// Parts for cross-validation: beside the model, as many others are trained, each judged on a part of the rows that it did
    /// not see. `None`: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folds: Option<u32>,
    /// The model whose weights and encoding training begins with; `None` begins by chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_from: Option<ModelId>,
    /// Whether columns of many words are looked up in tables that are learned; not in jobs from before there were such.
    #[serde(default)]
    pub embeddings: bool,
    /// Epochs without improvement of the validation loss before training ends; `None` never ends it.
    pub early_stopping: Option<u32>,
    pub seed: u64,
    pub device: Device,
    /// Among the waiting jobs of one person the highest comes first; -100 to 100.
    #[serde(default)]
    pub priority: i32,
    /// Seconds of training, by all attempts together, after which the job is ended.
    #[serde(default)]
    pub max_seconds: Option<u64>,
    /// Names of fields that the request left open, so that they were chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<String>,
}
