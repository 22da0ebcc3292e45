//! The passes of models by hand: products of matrices with everything between them fused, on buffers that are used again.
//! Nothing is allocated from the second batch on. One thread: cores are for jobs.
//!
//! Burn's passes are the reference: `tests.rs` holds every architecture, task, activation, dropout and optimizer against them.

mod activation;
mod cnn;
mod dense;
mod elementary;
mod loss;
mod product;
#[cfg(test)]
mod tests;
mod tile;
mod transformer;

use std::fmt::Debug;

use self::{cnn::CnnPasses, dense::DensePasses, transformer::TransformerPasses};
use crate::{
    model::{DropoutAt, Model},
    objective::{Objective, Summed},
    simd::{Simd, Work, fastest},
    weights::Matrix,
};

/// Rows whose loss is computed at once.
const PIECE: usize = 256;

/// What one architecture does with rows, with room for what its layers give.
pub(crate) trait Network: Debug + Send + Sync {
    /// What the model says of the rows of `x` (rows x inputs) while it learns, into `told` (rows x outputs).
    fn forward(&mut self, weights: &[Matrix], x: &[f32], dropout: DropoutAt, told: &mut [f32]);

    /// From the errors of the outputs of the last forward pass (rows x outputs) to the gradients of all parameters. `errors`
    /// means nothing afterwards.
    fn backward(&mut self, weights: &[Matrix], x: &[f32], rows: usize, errors: &mut Vec<f32>);

    /// Of the last backward pass, in the order of the parameters.
    fn gradients(&self) -> &[Vec<f32>];

    /// What the model says of rows without learning, and without dropout: rows x outputs.
    fn ask(&self, weights: &[Matrix], x: &[f32]) -> Vec<f32>;
}

/// The passes of a model, without a loss.
pub(crate) fn network(model: &Model) -> Box<dyn Network> {
    match model {
        Model::Dense(dense) => Box::new(DensePasses::new(dense)),
        Model::Transformer(transformer) => Box::new(TransformerPasses::new(transformer)),
        Model::Cnn(cnn) => Box::new(CnnPasses::new(cnn)),
    }
}

/// A model's passes.
#[derive(Debug)]
pub(crate) struct FusedPasses {
    objective: Objective,
    outputs: usize,
    network: Box<dyn Network>,
    errors: Vec<f32>,
}

impl FusedPasses {
    pub(crate) fn new(model: &Model, objective: &Objective) -> Self {
        Self { objective: objective.clone(), outputs: model.outputs(), network: network(model), errors: Vec::new() }
    }

    /// Forward and backward over the rows of `x` (rows x inputs): the mean loss, the outputs in `told`, and the gradients,
    /// unless the loss is not finite.
    pub(crate) fn learn(
        &mut self,
        weights: &[Matrix],
        x: &[f32],
        y: &[f32],
        dropout: DropoutAt,
        told: &mut Vec<f32>,
    ) -> f32 {
        told.resize(y.len() * self.outputs, 0.0);
        self.network.forward(weights, x, dropout, told);
        grow(&mut self.errors, told.len());
        let loss = loss::loss(&self.objective, told, y, &mut self.errors[..told.len()]).mean() as f32;
        if loss.is_finite() {
            self.network.backward(weights, x, y.len(), &mut self.errors);
        }
        loss
    }

    /// Of the last batch that was learned from, in the order of the parameters.
    pub(crate) fn gradients(&self) -> &[Vec<f32>] {
        self.network.gradients()
    }

    /// What the model says of the rows of `x`, without dropout: rows x outputs.
    pub(crate) fn ask(&self, weights: &[Matrix], x: &[f32]) -> Vec<f32> {
        self.network.ask(weights, x)
    }

    /// The mean loss of what was told of rows, in pieces so that it needs little room.
    pub(crate) fn loss(&self, told: &[f32], y: &[f32]) -> f64 {
        let outputs = self.outputs;
        let mut errors = vec![0.0; told.len().min(PIECE * outputs)];
        let pieces = told.chunks(PIECE * outputs).zip(y.chunks(PIECE));
        let (objective, mut sum) = (self.objective.judged(), Summed::default());
        for (told, y) in pieces {
            sum.add(loss::loss(&objective, told, y, &mut errors[..told.len()]));
        }
        sum.mean()
    }
}

/// Room for so many numbers; what was there may stay.
fn grow(values: &mut Vec<f32>, count: usize) {
    if values.len() < count {
        values.resize(count, 0.0);
    }
}

/// The sum of each column.
fn sum_rows(rows: &[f32], sums: &mut [f32]) {
    fastest(SumRows { rows, sums });
}

struct SumRows<'a> {
    rows: &'a [f32],
    sums: &'a mut [f32],
}

impl Work for SumRows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { rows, sums } = self;
        sums.fill(0.0);
        for row in rows.chunks_exact(sums.len()) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
    }
}
