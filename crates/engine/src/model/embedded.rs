//! Columns of many words: each word is a position, for which the model has a few numbers of its own (Guo & Berkhahn 2016,
//! "Entity embeddings of categorical variables", arXiv:1604.06737). What follows is a model of numbers.

#[cfg(feature = "train")]
use burn::tensor::{Int, Tensor};
use dataset::Code;

#[cfg(feature = "train")]
use super::DropoutAt;
use super::{Model, initial::Initial};
use crate::weights::Weights;

#[derive(Clone, Debug)]
pub(crate) struct Embedded {
    /// Positions among the numbers of a row, ascending, each with a table of its own. These are the first parameters.
    pub(crate) codes: Vec<Code>,
    /// Numbers of a row.
    pub(crate) inputs: usize,
    /// It is given each position as the numbers of its word.
    pub(crate) inner: Model,
}

impl Embedded {
    /// Tables first: vectors about as long as a standardised number is far from its mean.
    pub(super) fn parameters(&self, mut initial: Initial) -> Weights {
        let inner = self.inner.parameters(initial.apart(0x2545_f491_4f6c_dd1d, ""));
        for code in &self.codes {
            let bound = (3.0 / code.width as f32).sqrt();
            initial.uniform(&format!("embedding.{}.weight", code.at), [code.words, code.width], bound);
        }
        let mut weights = initial.weights;
        weights.extend(inner);
        weights
    }

    /// As [`Model::forward`].
    #[cfg(feature = "train")]
    pub(super) fn forward(
        &self,
        x: &Tensor<2>,
        parameters: &[Tensor<2>],
        dropout: Option<DropoutAt>,
    ) -> Vec<Tensor<2>> {
        let rows = x.dims()[0];
        let (mut parts, mut from) = (Vec::new(), 0);
        let numbers = |from: usize, to: usize| (from < to).then(|| x.clone().slice([0..rows, from..to]));
        for (code, table) in self.codes.iter().zip(parameters) {
            parts.extend(numbers(from, code.at));
            let positions: Tensor<1, Int> = x.clone().slice([0..rows, code.at..code.at + 1]).reshape([rows]).int();
            parts.push(table.clone().select(0, positions));
            from = code.at + 1;
        }
        parts.extend(numbers(from, self.inputs));
        self.inner.forward(Tensor::cat(parts, 1), &parameters[self.codes.len()..], dropout)
    }
}
