//! A stack of fully connected layers, for tables.

#[cfg(feature = "train")]
use burn::tensor::{Tensor, activation};
use domain::job::{Activation, MlpSpec};

use super::initial::Initial;
#[cfg(feature = "train")]
use super::{DropoutAt, dropout::drop_out};
use crate::weights::Weights;

/// Fully connected layers with an activation between them; a linear model is a stack of one.
#[derive(Clone, Debug)]
pub(crate) struct Dense {
    pub(crate) activation: Activation,
    pub(crate) dropout: f64,
    /// Inputs, hidden widths, outputs.
    pub(crate) widths: Vec<usize>,
}

impl Dense {
    pub(crate) fn linear(inputs: usize, outputs: usize) -> Self {
        Self { activation: Activation::Relu, dropout: 0.0, widths: vec![inputs, outputs] }
    }

    pub(crate) fn mlp(spec: &MlpSpec, inputs: usize, outputs: usize) -> Self {
        let hidden = spec.hidden.iter().map(|width| *width as usize);
        let widths = [inputs].into_iter().chain(hidden).chain([outputs]).collect();
        Self { activation: spec.activation, dropout: spec.dropout, widths }
    }

    /// Numbers a row that the largest layer takes or gives.
    pub(crate) fn widest(&self) -> usize {
        self.widths.iter().copied().max().unwrap_or(1).max(1)
    }

    pub(crate) fn activation(&self) -> Activation {
        self.activation
    }

    pub(crate) fn layers(&self) -> usize {
        self.widths.len() - 1
    }

    /// Numbers that it says of a row.
    pub(crate) fn outputs(&self) -> usize {
        self.widths.last().copied().unwrap_or(1)
    }

    /// Whether the slope of a hidden unit cannot be seen in its value.
    pub(crate) fn needs_slopes(&self) -> bool {
        self.dropout > 0.0 || self.activation != Activation::Relu
    }

    /// Hidden layers: He et al. 2015 (arXiv:1502.01852) for ReLU and GELU, Glorot & Bengio 2010 for tanh. The output layer
    /// starts small (and the linear model, which is convex, at zero), so that the first loss is that of a guess.
    pub(super) fn parameters(&self, mut initial: Initial) -> Weights {
        for layer in 0..self.layers() {
            let (inputs, outputs) = (self.widths[layer], self.widths[layer + 1]);
            let last = layer + 1 == self.layers();
            let bound = match (last, self.activation) {
                (true, _) if self.layers() == 1 => 0.0,
                (true, _) => 1.0 / (inputs as f32).sqrt() * 0.5,
                (false, Activation::Tanh) => (6.0 / (inputs + outputs) as f32).sqrt(),
                (false, Activation::Relu | Activation::Gelu) => (6.0 / inputs as f32).sqrt(),
            };
            let name = if last { "output".to_owned() } else { format!("hidden.{layer}") };
            // By the layer, as it always was: the same seed gives the same weights.
            initial.linear_from(layer, &name, [inputs, outputs], bound);
        }
        initial.weights
    }

    /// Rows x inputs to rows x outputs. `parameters` are in the order of [`super::Model::initial`].
    #[cfg(feature = "train")]
    pub(crate) fn forward(&self, x: Tensor<2>, parameters: &[Tensor<2>], dropout: Option<DropoutAt>) -> Tensor<2> {
        let mut x = x;
        for (layer, pair) in parameters.chunks_exact(2).enumerate() {
            x = x.matmul(pair[0].clone()).add(pair[1].clone());
            if layer + 1 == self.layers() {
                break;
            }
            x = match self.activation {
                Activation::Relu => activation::relu(x),
                Activation::Gelu => activation::gelu(x),
                Activation::Tanh => activation::tanh(x),
            };
            x = drop_out(x, self.dropout, dropout, layer);
        }
        x
    }
}
