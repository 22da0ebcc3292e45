//! The passes of a stack of fully connected layers, by hand: products of matrices with everything between them fused, on
//! buffers that are used again. Nothing is allocated from the second batch on. One thread: cores are for jobs.
//!
//! Burn's passes are the reference: `tests.rs` holds every task, activation, dropout and optimizer against them.

mod activation;
mod elementary;
mod loss;
mod product;
#[cfg(test)]
mod tests;
mod tile;

use std::mem;

use self::product::{View, product};
use crate::{
    model::{DropoutAt, Model},
    objective::{Objective, Summed},
    simd::{Simd, Work, fastest},
    weights::Matrix,
};

/// Rows that go through the model at once when it is only asked: their activations stay in the cache.
const PIECE: usize = 256;

/// A model's passes with room for their intermediate results.
#[derive(Debug)]
pub(crate) struct Network {
    objective: Objective,
    model: Model,
    hidden: Vec<Hidden>,
    /// Errors of a layer's outputs, and of the layer before.
    errors: [Vec<f32>; 2],
    /// In the order of the parameters.
    gradients: Vec<Vec<f32>>,
    panel: Vec<f32>,
}

/// What a hidden layer gave, rows x width, and how much each moves with its sum.
#[derive(Debug, Default)]
struct Hidden {
    values: Vec<f32>,
    slopes: Vec<f32>,
}

impl Network {
    pub(crate) fn new(model: &Model, objective: &Objective) -> Self {
        let pairs = model.widths.windows(2);
        let gradients = pairs.flat_map(|pair| [vec![0.0; pair[0] * pair[1]], vec![0.0; pair[1]]]).collect();
        let hidden = (1..model.layers()).map(|_| Hidden::default()).collect();
        let objective = objective.clone();
        Self { objective, model: model.clone(), hidden, errors: [Vec::new(), Vec::new()], gradients, panel: Vec::new() }
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
        let rows = y.len();
        self.make_room(rows);
        told.resize(rows * self.model.outputs(), 0.0);
        self.forward(weights, x, dropout, told);
        let loss = loss::loss(&self.objective, told, y, &mut self.errors[0][..told.len()]).mean() as f32;
        if loss.is_finite() {
            self.backward(weights, x, rows);
        }
        loss
    }

    /// Of the last batch that was learned from, in the order of the parameters.
    pub(crate) fn gradients(&self) -> &[Vec<f32>] {
        &self.gradients
    }

    /// What the model says of the rows of `x`, without dropout: rows x outputs.
    pub(crate) fn ask(&self, weights: &[Matrix], x: &[f32]) -> Vec<f32> {
        let Model { activation, widths, .. } = &self.model;
        let (inputs, outputs) = (widths[0], self.model.outputs());
        let mut told = vec![0.0; x.len() / inputs * outputs];
        let room = told.len().min(PIECE * outputs) / outputs * self.model.widest();
        let (mut from, mut to, mut panel) = (vec![0.0; room], vec![0.0; room], Vec::new());
        for (x, told) in x.chunks(PIECE * inputs).zip(told.chunks_mut(PIECE * outputs)) {
            let rows = x.len() / inputs;
            for (layer, pair) in weights.chunks_exact(2).enumerate() {
                let (before, width) = (widths[layer], widths[layer + 1]);
                let values = View::new(if layer == 0 { x } else { &from[..rows * before] }, before);
                let right = View::new(&pair[0].values, width);
                if layer + 1 == self.model.layers() {
                    product(values, right, &pair[1].values, told, &mut panel);
                } else {
                    let to = &mut to[..rows * width];
                    product(values, right, &pair[1].values, to, &mut panel);
                    activation::activate(*activation, to);
                }
                mem::swap(&mut from, &mut to);
            }
        }
        told
    }

    /// The mean loss of what was told of rows, in pieces so that it needs little room.
    pub(crate) fn loss(&self, told: &[f32], y: &[f32]) -> f64 {
        let outputs = self.model.outputs();
        let mut errors = vec![0.0; told.len().min(PIECE * outputs)];
        let pieces = told.chunks(PIECE * outputs).zip(y.chunks(PIECE));
        let (objective, mut sum) = (self.objective.judged(), Summed::default());
        for (told, y) in pieces {
            sum.add(loss::loss(&objective, told, y, &mut errors[..told.len()]));
        }
        sum.mean()
    }

    fn make_room(&mut self, rows: usize) {
        let grow = |values: &mut Vec<f32>, width: usize| {
            if values.len() < rows * width {
                values.resize(rows * width, 0.0);
            }
        };
        for (hidden, width) in self.hidden.iter_mut().zip(&self.model.widths[1..]) {
            grow(&mut hidden.values, *width);
            if self.model.needs_slopes() {
                grow(&mut hidden.slopes, *width);
            }
        }
        // The inputs have no errors.
        let widest = self.model.widths[1..].iter().copied().max().unwrap_or(1);
        self.errors.iter_mut().for_each(|errors| grow(errors, widest));
    }

    fn forward(&mut self, weights: &[Matrix], x: &[f32], dropout: DropoutAt, told: &mut [f32]) {
        let Self { model, hidden, panel, .. } = self;
        let rows = told.len() / model.outputs();
        for (layer, pair) in weights.chunks_exact(2).enumerate() {
            let (before, width) = (model.widths[layer], model.widths[layer + 1]);
            let (done, next) = hidden.split_at_mut(layer);
            let values = View::new(done.last().map_or(x, |hidden| &hidden.values[..rows * before]), before);
            let right = View::new(&pair[0].values, width);
            let Some(next) = next.first_mut() else {
                product(values, right, &pair[1].values, told, panel);
                break;
            };
            let sums = &mut next.values[..rows * width];
            product(values, right, &pair[1].values, sums, panel);
            if model.needs_slopes() {
                let slopes = &mut next.slopes[..rows * width];
                if model.dropout > 0.0 {
                    model.mask(dropout, layer, slopes);
                }
                activation::activate_with_slopes(model.activation, sums, slopes, model.dropout > 0.0);
            } else {
                activation::activate(model.activation, sums);
            }
        }
    }

    /// From the errors of the outputs to the gradients of all parameters.
    fn backward(&mut self, weights: &[Matrix], x: &[f32], rows: usize) {
        let Self { model, hidden, errors: [errors, next], gradients, panel, .. } = self;
        for layer in (0..model.layers()).rev() {
            let (before, width) = (model.widths[layer], model.widths[layer + 1]);
            let here = &errors[..rows * width];
            let values = if layer == 0 { x } else { &hidden[layer - 1].values[..rows * before] };
            product(
                View::new(values, before).transpose(),
                View::new(here, width),
                &[],
                &mut gradients[2 * layer],
                panel,
            );
            sum_rows(here, &mut gradients[2 * layer + 1]);
            if layer == 0 {
                break;
            }
            let right = View::new(&weights[2 * layer].values, width).transpose();
            let there = &mut next[..rows * before];
            product(View::new(here, width), right, &[], there, panel);
            if model.needs_slopes() {
                activation::backward(there, &hidden[layer - 1].slopes[..rows * before]);
            } else {
                activation::backward_relu(there, values);
            }
            mem::swap(errors, next);
        }
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
