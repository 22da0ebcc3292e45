//! Trained models: what is shown, what they ask for, what they answer, how good they are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    JobId, ModelId, Timestamp,
    job::{Device, ModelSpec, Task},
    report::Report,
};

/// One input of a model, with enough to make a form field of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Feature {
    /// A number; range and mean are those of the training split.
    Numeric { name: String, min: f64, max: f64, mean: f64, integer: bool },
    /// One of `choices` (those of the training split, most frequent first). Others are treated as unknown.
    Categorical { name: String, choices: Vec<String> },
    /// A text, of which at most `max_tokens` words are read.
    Text { name: String, max_tokens: u32 },
    /// An image, resized to a square of `size` pixels a side.
    Image { name: String, size: u32, channels: u32 },
}

impl Feature {
    pub fn name(&self) -> &str {
        match self {
            Self::Numeric { name, .. }
            | Self::Categorical { name, .. }
            | Self::Text { name, .. }
            | Self::Image { name, .. } => name,
        }
    }
}

/// How good a model is on the untouched test split, beside a baseline that knows only the training targets (mean or
/// majority class).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evaluation {
    pub train_rows: u64,
    pub validation_rows: u64,
    pub test_rows: u64,
    /// The epoch whose weights were kept, counted from 1.
    pub best_epoch: u32,
    /// Metric name to value, as scikit-learn defines them: `accuracy`, `balanced_accuracy`, `f1_macro`, `f1_weighted`, `mcc`,
    /// `roc_auc`, `pr_auc` (average precision), `log_loss`, `ece` (expected calibration error); or `rmse`, `mae`, `median_ae`,
    /// `r2`; and `loss`. One that is not defined on the test rows is absent. Of several classes, `roc_auc` and `pr_auc` are
    /// the means over those that can be told from the rest, because some test rows are of them and some are not.
    pub metrics: BTreeMap<String, f64>,
    /// The same metrics of the baseline.
    pub baseline: BTreeMap<String, f64>,
    /// Classification: rows are true classes, columns predicted ones, both in the order of `classes`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confusion: Option<Vec<Vec<u64>>>,
}

/// What a trainer delivers about a model; stored beside it and shown on its page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelInfo {
    pub task: Task,
    pub target: String,
    pub features: Vec<Feature>,
    /// Class labels in the order of the model's outputs; empty for regression.
    pub classes: Vec<String>,
    pub architecture: ModelSpec,
    pub device: Device,
    /// Trainable numbers.
    pub parameters: u64,
    pub evaluation: Evaluation,
}

/// What is shown of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelView {
    pub id: ModelId,
    pub job_id: JobId,
    pub name: String,
    /// Size of the bundle.
    pub size_bytes: u64,
    /// SHA-256 of `model.safetensors`, in hexadecimal.
    pub sha256: String,
    pub created_at: Timestamp,
    /// The test metrics again, where list readers look for them.
    pub metrics: BTreeMap<String, f64>,
    #[serde(flatten)]
    pub info: ModelInfo,
    /// Where one model is shown; absent in lists, and for models from before there were reports.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub report: Option<Box<Report>>,
}

/// A row to predict: column name to number, string, boolean or null (missing).
pub type Row = serde_json::Map<String, serde_json::Value>;

/// `POST /api/models/{id}/predict`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PredictRequest {
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<BTreeMap<String, serde_json::Value>>))]
    pub rows: Vec<Row>,
}

/// At most this many rows in one request.
pub const MAX_PREDICT_ROWS: usize = 10_000;

/// The answer for one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Prediction {
    Value { value: f64 },
    Label { label: String, probabilities: BTreeMap<String, f64> },
}
