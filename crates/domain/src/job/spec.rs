//! A job with every choice made: what is stored, sent to the trainer and shown as `params`.

use serde::{Deserialize, Serialize};

use super::Learning;
use crate::DatasetId;

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
}

impl Task {
    pub fn is_classification(self) -> bool {
        self != Self::Regression
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::Binary => "binary",
            Self::Multiclass => "multiclass",
        }
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
}

impl Device {
    pub const ALL: [Self; 2] = [Self::Flex, Self::Ndarray];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
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

    /// A learning rate that trains well on standardised tables.
    pub fn default_lr(self) -> f64 {
        match self {
            Self::Adam | Self::AdamW => 0.003,
            Self::Sgd => 0.03,
        }
    }
}

/// The non-linearity between layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    #[default]
    Relu,
    Gelu,
    Tanh,
}

/// The architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ModelSpec {
    /// Linear regression, or logistic regression for classes.
    Linear,
    /// A multi-layer perceptron.
    Mlp(MlpSpec),
}

impl ModelSpec {
    /// Most trainable numbers: with them, their gradients and what an optimizer keeps of each, a job needs half a gigabyte.
    pub const MAX_PARAMETERS: u64 = 20_000_000;

    /// Trainable numbers of such a model with so many inputs and outputs.
    pub fn parameters(&self, inputs: u64, outputs: u64) -> u64 {
        let hidden: &[u32] = match self {
            Self::Linear => &[],
            Self::Mlp(mlp) => &mlp.hidden,
        };
        let (mut count, mut before) = (0_u64, inputs);
        for width in hidden.iter().map(|width| u64::from(*width)).chain([outputs]) {
            count = count.saturating_add(before.saturating_add(1).saturating_mul(width));
            before = width;
        }
        count
    }

    /// Whether such a model is small enough to be trained and kept.
    ///
    /// # Errors
    /// A sentence with the count, when it has more than [`ModelSpec::MAX_PARAMETERS`].
    pub fn check_size(&self, inputs: u64, outputs: u64) -> Result<(), String> {
        let count = self.parameters(inputs, outputs);
        if count <= Self::MAX_PARAMETERS {
            return Ok(());
        }
        Err(format!(
            "The model would have {count} parameters (inputs: {inputs}, outputs: {outputs}); at most {} can be trained. Use fewer or \
             narrower layers, or fewer features.",
            Self::MAX_PARAMETERS
        ))
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Mlp(_) => "mlp",
        }
    }
}

/// Widths and regularisation of a multi-layer perceptron.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MlpSpec {
    /// Width of each hidden layer, first to last.
    pub hidden: Vec<u32>,
    pub activation: Activation,
    /// Share of hidden units left out at each training step, 0 to 0.9.
    pub dropout: f64,
}

impl Default for MlpSpec {
    fn default() -> Self {
        Self { hidden: vec![64, 64], activation: Activation::Relu, dropout: 0.0 }
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
}

#[cfg(test)]
mod tests {
    use super::{MlpSpec, ModelSpec};

    #[test]
    fn parameters_are_weights_and_biases() {
        assert_eq!(ModelSpec::Linear.parameters(4, 3), 4 * 3 + 3);
        let mlp = ModelSpec::Mlp(MlpSpec { hidden: vec![8, 5], ..MlpSpec::default() });
        assert_eq!(mlp.parameters(4, 3), 4 * 8 + 8 + 8 * 5 + 5 + 5 * 3 + 3);
        let huge = ModelSpec::Mlp(MlpSpec { hidden: vec![4_096; 16], ..MlpSpec::default() });
        assert!(huge.check_size(4, 3).unwrap_err().contains(&huge.parameters(4, 3).to_string()));
        assert!(ModelSpec::Linear.check_size(u64::MAX, u64::MAX).is_err());
        assert!(mlp.check_size(4, 3).is_ok());
    }
}
