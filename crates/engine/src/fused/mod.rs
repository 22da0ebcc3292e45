//! The passes of models by hand: products of matrices with everything between them fused, on buffers that are used again.
//! Nothing is allocated from the second batch on. One thread, but for large products: cores are for jobs.
//!
//! Burn's passes are the reference: `tests.rs` holds every architecture, task, activation, dropout and optimizer against them.

mod activation;
mod cnn;
mod dense;
mod elementary;
mod embedded;
mod ensemble;
mod loss;
mod norm;
mod pass;
mod product;
#[cfg(test)]
mod reference;
mod resnet;
#[cfg(test)]
mod tests;
mod tile;
mod transformer;

use std::fmt::Debug;

use self::{
    cnn::CnnPasses, dense::DensePasses, embedded::EmbeddedPasses, ensemble::EnsemblePasses, resnet::ResnetPasses,
    transformer::TransformerPasses,
};
use crate::{
    model::{DropoutAt, Model, mean_of},
    objective::{Objective, Summed},
    simd::{Simd, Work, fastest},
    weights::Matrix,
};

/// Rows whose loss is computed at once.
const PIECE: usize = 256;

/// What one architecture does with rows, with room for what its layers give.
pub(crate) trait Network: Debug + Send + Sync {
    /// Networks that learn side by side. With more than one, what is told while learning, and the errors of it, have one
    /// block of rows x outputs a member.
    fn members(&self) -> usize {
        1
    }

    /// What the model says of the rows of `x` (rows x inputs) while it learns, into `told` (rows x outputs).
    fn forward(&mut self, weights: &[Matrix], x: &[f32], dropout: DropoutAt, told: &mut [f32]);

    /// From the errors of the outputs of the last forward pass (rows x outputs) to the gradients of all parameters, in their
    /// order. `gradients` is what the last call left, or zeros; `errors` means nothing afterwards. `below` is for the errors of
    /// the inputs (rows x inputs), which only models of numbers are asked for.
    fn backward(
        &mut self,
        weights: &[Matrix],
        x: &[f32],
        rows: usize,
        errors: &mut Vec<f32>,
        gradients: &mut [Vec<f32>],
        below: Option<&mut [f32]>,
    );

    /// What the model says of rows without learning, and without dropout: rows x outputs.
    fn ask(&self, weights: &[Matrix], x: &[f32]) -> Vec<f32>;
}

/// The passes of a model, without a loss.
pub(crate) fn network(model: &Model) -> Box<dyn Network> {
    match model {
        Model::Dense(ensemble) => match ensemble.members.as_slice() {
            [alone] => Box::new(DensePasses::new(alone)),
            _ => Box::new(EnsemblePasses::new(ensemble)),
        },
        Model::Resnet(resnet) => Box::new(ResnetPasses::new(resnet)),
        Model::Transformer(transformer) => Box::new(TransformerPasses::new(transformer)),
        Model::Cnn(cnn) => Box::new(CnnPasses::new(cnn)),
        Model::Embedded(embedded) => Box::new(EmbeddedPasses::new(embedded)),
    }
}

/// A model's passes.
#[derive(Debug)]
pub(crate) struct FusedPasses {
    objective: Objective,
    outputs: usize,
    network: Box<dyn Network>,
    /// What each member said, where there is more than one.
    told: Vec<f32>,
    errors: Vec<f32>,
    /// In the order of the parameters; none before the first batch.
    gradients: Vec<Vec<f32>>,
}

impl FusedPasses {
    pub(crate) fn new(model: &Model, objective: &Objective) -> Self {
        Self {
            objective: objective.clone(),
            outputs: model.outputs(),
            network: network(model),
            told: Vec::new(),
            errors: Vec::new(),
            gradients: Vec::new(),
        }
    }

    /// Forward and backward over the rows of `x` (rows x inputs): the mean loss of the members, the mean of their outputs in
    /// `told`, and the gradients, unless the loss is not finite.
    pub(crate) fn learn(
        &mut self,
        weights: &[Matrix],
        x: &[f32],
        y: &[f32],
        dropout: DropoutAt,
        told: &mut Vec<f32>,
    ) -> f32 {
        if self.gradients.is_empty() {
            self.gradients = weights.iter().map(|matrix| vec![0.0; matrix.values.len()]).collect();
        }
        let (members, width) = (self.network.members(), y.len() * self.outputs);
        let all = if members == 1 { &mut *told } else { &mut self.told };
        all.resize(members * width, 0.0);
        self.network.forward(weights, x, dropout, all);
        grow(&mut self.errors, all.len());
        // Each learns as if it were alone.
        let blocks = all.chunks_exact(width).zip(self.errors.chunks_exact_mut(width));
        let losses = blocks.map(|(told, errors)| loss::loss(&self.objective, told, y, errors).mean());
        let loss = (losses.sum::<f64>() / members as f64) as f32;
        if members > 1 {
            mean_of(members, &self.told, told);
        }
        if loss.is_finite() {
            self.network.backward(weights, x, y.len(), &mut self.errors, &mut self.gradients, None);
        }
        loss
    }

    /// Of the last batch that was learned from, in the order of the parameters.
    pub(crate) fn gradients(&self) -> &[Vec<f32>] {
        &self.gradients
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

/// Adds numbers to others.
#[inline]
fn add(values: &[f32], to: &mut [f32]) {
    to.iter_mut().zip(values).for_each(|(to, value)| *to += value);
}

/// All values of a row joined, in sixteen parts that the compiler makes vectors of.
#[inline(always)]
fn fold(count: usize, start: f32, value: impl Fn(usize) -> f32, join: impl Fn(f32, f32) -> f32) -> f32 {
    const PARTS: usize = 16;
    let mut parts = [start; PARTS];
    let whole = count / PARTS * PARTS;
    for first in (0..whole).step_by(PARTS) {
        for (at, part) in parts.iter_mut().enumerate() {
            *part = join(*part, value(first + at));
        }
    }
    let rest = (whole..count).fold(start, |all, at| join(all, value(at)));
    parts.iter().fold(rest, |all, part| join(all, *part))
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
