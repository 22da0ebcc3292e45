//! A transformer encoder over tokens: Vaswani et al. 2017, arXiv:1706.03762, with normalisation before each part (Xiong et al.
//! 2020, arXiv:2002.04745), GELU, learned positions, and the mean over the tokens of a text before the classes.
//!
//! Positions in the vocabulary arrive as numbers; 0 is where a text has ended. A text has at least one token.

#[cfg(feature = "train")]
use burn::tensor::{Int, Tensor, TensorData, activation};
use domain::job::TransformerSpec;

use super::initial::Initial;
#[cfg(feature = "train")]
use super::{DropoutAt, mask};
use crate::weights::Weights;

/// Added to the variance before its root, as in most implementations.
pub(crate) const EPSILON: f32 = 1e-5;
/// What makes the share of a token that is not there nothing.
#[cfg(feature = "train")]
const NOT_THERE: f32 = -1e9;

#[derive(Clone, Debug)]
pub(crate) struct Transformer {
    /// Tokens of a text at most.
    pub(crate) length: usize,
    pub(crate) vocabulary: usize,
    pub(crate) width: usize,
    pub(crate) heads: usize,
    pub(crate) hidden: usize,
    pub(crate) layers: usize,
    pub(crate) outputs: usize,
    pub(crate) dropout: f64,
}

/// Where each parameter of a layer is, counted from the first one of the layer.
pub(crate) mod at {
    pub(crate) const ATTENTION_IN: usize = 0;
    pub(crate) const ATTENTION_OUT: usize = 2;
    pub(crate) const FORWARD_IN: usize = 4;
    pub(crate) const FORWARD_OUT: usize = 6;
    /// Before the attention.
    pub(crate) const FIRST_NORM: usize = 8;
    /// Before the fully connected part.
    pub(crate) const SECOND_NORM: usize = 10;
    /// Parameters of a layer.
    pub(crate) const LAYER: usize = 12;
    /// Parameters before the first layer: tokens and positions.
    pub(crate) const EMBEDDINGS: usize = 2;
}

/// The places where numbers are left out while learning.
pub(crate) enum Site {
    Embedding,
    /// After the attention of a layer.
    Attention(usize),
    /// After the fully connected part of a layer.
    Forward(usize),
}

impl Site {
    /// Streams of random numbers that never meet.
    pub(crate) fn stream(&self) -> usize {
        match self {
            Self::Embedding => 0,
            Self::Attention(layer) => 1 + 2 * layer,
            Self::Forward(layer) => 2 + 2 * layer,
        }
    }
}

impl Transformer {
    pub(crate) fn new(spec: &TransformerSpec, length: usize, vocabulary: usize, outputs: usize) -> Self {
        Self {
            length,
            vocabulary,
            width: spec.width as usize,
            heads: spec.heads as usize,
            hidden: spec.feed_forward as usize,
            layers: spec.layers as usize,
            outputs,
            dropout: spec.dropout,
        }
    }

    /// The first parameter of a layer; of the last normalisation, after all layers.
    pub(crate) fn first(layer: usize) -> usize {
        at::EMBEDDINGS + layer * at::LAYER
    }

    /// Numbers a row that the largest layer takes or gives.
    pub(crate) fn widest(&self) -> usize {
        self.length * self.hidden.max(3 * self.width)
    }

    /// Tokens begin as vectors of length one, about; matrices uniform after Glorot & Bengio 2010, those that are added to what
    /// goes on the smaller the more there are (Radford et al. 2019); the classes small, so that the first loss is a guess's.
    pub(super) fn parameters(&self, mut initial: Initial) -> Weights {
        let (width, hidden) = (self.width, self.hidden);
        let glorot = |inputs: usize, outputs: usize| (6.0 / (inputs + outputs) as f32).sqrt();
        let deep = 1.0 / (2.0 * self.layers as f32).sqrt();
        initial.uniform("token.weight", [self.vocabulary, width], (3.0 / width as f32).sqrt());
        initial.uniform("position.weight", [self.length, width], 0.02);
        for layer in 0..self.layers {
            let mut linear = |part: &str, inputs: usize, outputs: usize, scale: f32| {
                let name = format!("layer.{layer}.{part}");
                initial.linear(&name, [inputs, outputs], glorot(inputs, outputs) * scale);
            };
            linear("attention.in", width, 3 * width, 1.0);
            linear("attention.out", width, width, deep);
            linear("forward.in", width, hidden, 1.0);
            linear("forward.out", hidden, width, deep);
            for norm in ["norm.0", "norm.1"] {
                initial.norm(&format!("layer.{layer}.{norm}"), width);
            }
        }
        initial.norm("norm", width);
        initial.linear("output", [width, self.outputs], 0.5 / (width as f32).sqrt());
        initial.weights
    }

    /// Rows x length positions in the vocabulary to rows x outputs. `parameters` are in the order of
    /// [`super::Model::initial`].
    #[cfg(feature = "train")]
    pub(crate) fn forward(&self, x: Tensor<2>, parameters: &[Tensor<2>], dropout: Option<DropoutAt>) -> Tensor<2> {
        let [rows, length] = x.dims();
        let (width, tokens) = (self.width, rows * length);
        let there = x.clone().greater_elem(0).float();
        let lengths = Lengths(super::values(there.clone().sum_dim(1)).unwrap_or_default());
        let ids: Tensor<1, Int> = x.reshape([tokens]).int();
        let positions = parameters[1].clone().slice([0..length, 0..width]).repeat_dim(0, rows);
        let mut x = parameters[0].clone().select(0, ids).add(positions);
        x = self.drop_out(x, &lengths, dropout, &Site::Embedding);
        // What no token may look at: rows x 1 x 1 x length.
        let hidden = there.clone().neg().add_scalar(1.0).mul_scalar(NOT_THERE).reshape([rows, 1, 1, length]);
        for layer in 0..self.layers {
            let of = |at: usize| &parameters[Self::first(layer) + at];
            let linear = |x: Tensor<2>, at: usize| x.matmul(of(at).clone()).add(of(at + 1).clone());
            let normed = norm(x.clone(), of(at::FIRST_NORM), of(at::FIRST_NORM + 1));
            let attended = self.attend(linear(normed, at::ATTENTION_IN), &hidden);
            let attended = linear(attended, at::ATTENTION_OUT);
            x = x.add(self.drop_out(attended, &lengths, dropout, &Site::Attention(layer)));
            let normed = norm(x.clone(), of(at::SECOND_NORM), of(at::SECOND_NORM + 1));
            let inner = activation::gelu(linear(normed, at::FORWARD_IN));
            let outer = linear(inner, at::FORWARD_OUT);
            x = x.add(self.drop_out(outer, &lengths, dropout, &Site::Forward(layer)));
        }
        let last = Self::first(self.layers);
        let x = norm(x, &parameters[last], &parameters[last + 1]).reshape([rows, length, width]);
        let weights = there.clone().div(there.sum_dim(1)).reshape([rows, 1, length]);
        let mean: Tensor<2> = weights.matmul(x).reshape([rows, width]);
        mean.matmul(parameters[last + 2].clone()).add(parameters[last + 3].clone())
    }

    /// Tokens x 3 width (what each asks, offers and says) to tokens x width.
    #[cfg(feature = "train")]
    fn attend(&self, x: Tensor<2>, hidden: &Tensor<4>) -> Tensor<2> {
        let [rows, _, _, length] = hidden.dims();
        let (heads, width) = (self.heads, self.width / self.heads);
        let part = |at: usize| -> Tensor<4> {
            let part = x.clone().slice([0..rows * length, at * self.width..(at + 1) * self.width]);
            part.reshape([rows, length, heads, width]).swap_dims(1, 2)
        };
        let scores = part(0).matmul(part(1).swap_dims(2, 3)).div_scalar((width as f32).sqrt());
        let shares = activation::softmax(scores.add(hidden.clone()), 3);
        shares.matmul(part(2)).swap_dims(1, 2).reshape([rows * length, self.width])
    }

    /// What is left out is drawn for the tokens that are there, one text after the other.
    #[cfg(feature = "train")]
    fn drop_out(&self, x: Tensor<2>, lengths: &Lengths, at: Option<DropoutAt>, site: &Site) -> Tensor<2> {
        let Some(at) = at.filter(|_| self.dropout > 0.0) else { return x };
        let [tokens, width] = x.dims();
        let length = tokens / lengths.0.len().max(1);
        let there: Vec<usize> = lengths.0.iter().map(|count| *count as usize * width).collect();
        let mut drawn = vec![0.0; there.iter().sum()];
        mask(self.dropout, at, site.stream(), &mut drawn);
        let mut factors = vec![0.0; tokens * width];
        let mut rest = drawn.as_slice();
        for (row, count) in factors.chunks_mut(length * width).zip(there) {
            let (own, after) = rest.split_at(count);
            row[..count].copy_from_slice(own);
            rest = after;
        }
        x.clone().mul(Tensor::from_data(TensorData::new(factors, [tokens, width]), &x.device()))
    }
}

/// Tokens of each row.
#[cfg(feature = "train")]
struct Lengths(Vec<f32>);

/// Layer normalisation: Ba, Kiros & Hinton 2016, arXiv:1607.06450.
#[cfg(feature = "train")]
pub(super) fn norm(x: Tensor<2>, scale: &Tensor<2>, shift: &Tensor<2>) -> Tensor<2> {
    let centred = x.clone().sub(x.mean_dim(1));
    let variance = centred.clone().mul(centred.clone()).mean_dim(1);
    centred.div(variance.add_scalar(EPSILON).sqrt()).mul(scale.clone()).add(shift.clone())
}
