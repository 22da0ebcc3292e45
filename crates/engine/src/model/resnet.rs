//! A residual network for tables: Gorishniy, Rubachev, Khrulkov & Babenko 2021, arXiv:2106.11959. Blocks of normalisation, a
//! hidden layer with ReLU, and a layer that adds to what goes on; layer instead of batch normalisation, because what a row gives
//! then does not depend on the others.

#[cfg(feature = "train")]
use burn::tensor::{Tensor, activation};
use domain::job::ResnetSpec;

use super::initial::Initial;
#[cfg(feature = "train")]
use super::{DropoutAt, dropout::drop_out, transformer::norm};
use crate::weights::Weights;

#[derive(Clone, Debug)]
pub(crate) struct Resnet {
    pub(crate) inputs: usize,
    pub(crate) width: usize,
    pub(crate) hidden: usize,
    pub(crate) blocks: usize,
    pub(crate) outputs: usize,
    pub(crate) dropout: f64,
}

impl Resnet {
    /// Of a block, counted from its first parameter.
    pub(crate) const NORM: usize = 0;
    pub(crate) const HIDDEN: usize = 2;
    pub(crate) const BACK: usize = 4;

    pub(crate) fn new(spec: &ResnetSpec, inputs: usize, outputs: usize) -> Self {
        Self {
            inputs,
            width: spec.width as usize,
            hidden: spec.hidden as usize,
            blocks: spec.blocks as usize,
            outputs,
            dropout: spec.dropout,
        }
    }

    /// The first parameter of a block; of the last normalisation, after all blocks.
    pub(crate) fn first(block: usize) -> usize {
        2 + 6 * block
    }

    pub(crate) fn widest(&self) -> usize {
        self.inputs.max(self.width).max(self.hidden)
    }

    /// As a transformer begins: what is added to what goes on the smaller, the more blocks there are.
    pub(super) fn parameters(&self, mut initial: Initial) -> Weights {
        let (width, hidden) = (self.width, self.hidden);
        let glorot = |inputs: usize, outputs: usize| (6.0 / (inputs + outputs) as f32).sqrt();
        let deep = 1.0 / (self.blocks as f32).sqrt();
        initial.linear("first", [self.inputs, width], glorot(self.inputs, width));
        for block in 0..self.blocks {
            initial.norm(&format!("block.{block}.norm"), width);
            initial.linear(&format!("block.{block}.hidden"), [width, hidden], (6.0 / width as f32).sqrt());
            initial.linear(&format!("block.{block}.back"), [hidden, width], glorot(hidden, width) * deep);
        }
        initial.norm("norm", width);
        initial.linear("output", [width, self.outputs], 0.5 / (width as f32).sqrt());
        initial.weights
    }

    /// Rows x inputs to rows x outputs. `parameters` are in the order of [`super::Model::initial`].
    #[cfg(feature = "train")]
    pub(crate) fn forward(&self, x: Tensor<2>, parameters: &[Tensor<2>], dropout: Option<DropoutAt>) -> Tensor<2> {
        let linear = |x: Tensor<2>, at: usize| x.matmul(parameters[at].clone()).add(parameters[at + 1].clone());
        let normed = |x: Tensor<2>, at: usize| norm(x, &parameters[at], &parameters[at + 1]);
        let mut x = linear(x, 0);
        for block in 0..self.blocks {
            let first = Self::first(block);
            let hidden = activation::relu(linear(normed(x.clone(), first + Self::NORM), first + Self::HIDDEN));
            x = x.add(linear(drop_out(hidden, self.dropout, dropout, block), first + Self::BACK));
        }
        let last = Self::first(self.blocks);
        linear(activation::relu(normed(x, last)), last + 2)
    }
}
