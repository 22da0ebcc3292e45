//! The passes of a stack of fully connected layers: products of matrices with everything between them fused.

use std::mem;

use super::{
    Network, activation, grow,
    pass::{Pass, linear},
};
use crate::{
    model::{Dense, DropoutAt, mask},
    weights::Matrix,
};

/// Rows that go through the model at once when it is only asked: their activations stay in the cache.
const PIECE: usize = 256;

/// With room for what the layers give.
#[derive(Debug)]
pub(super) struct DensePasses {
    model: Dense,
    hidden: Vec<Hidden>,
    /// Errors of the layer before the one that is looked at.
    errors: Vec<f32>,
    panel: Vec<f32>,
}

/// What a hidden layer gave, rows x width, and how much each moves with its sum.
#[derive(Debug, Default)]
struct Hidden {
    values: Vec<f32>,
    slopes: Vec<f32>,
}

impl DensePasses {
    pub(super) fn new(model: &Dense) -> Self {
        let hidden = (1..model.layers()).map(|_| Hidden::default()).collect();
        Self { model: model.clone(), hidden, errors: Vec::new(), panel: Vec::new() }
    }

    fn make_room(&mut self, rows: usize) {
        for (hidden, width) in self.hidden.iter_mut().zip(&self.model.widths[1..]) {
            grow(&mut hidden.values, rows * width);
            if self.model.needs_slopes() {
                grow(&mut hidden.slopes, rows * width);
            }
        }
    }
}

impl Network for DensePasses {
    fn ask(&self, weights: &[Matrix], x: &[f32]) -> Vec<f32> {
        let Dense { activation, widths, .. } = &self.model;
        let (inputs, outputs) = (widths[0], self.model.outputs());
        let mut told = vec![0.0; x.len() / inputs * outputs];
        let room = told.len().min(PIECE * outputs) / outputs * self.model.widest();
        let (mut from, mut to, mut panel) = (vec![0.0; room], vec![0.0; room], Vec::new());
        for (x, told) in x.chunks(PIECE * inputs).zip(told.chunks_mut(PIECE * outputs)) {
            let rows = x.len() / inputs;
            for (layer, pair) in weights.chunks_exact(2).enumerate() {
                let (before, width) = (widths[layer], widths[layer + 1]);
                let values = if layer == 0 { x } else { &from[..rows * before] };
                if layer + 1 == self.model.layers() {
                    linear(pair, 0, values, told, &mut panel);
                } else {
                    let to = &mut to[..rows * width];
                    linear(pair, 0, values, to, &mut panel);
                    activation::activate(*activation, to);
                }
                mem::swap(&mut from, &mut to);
            }
        }
        told
    }

    fn forward(&mut self, weights: &[Matrix], x: &[f32], dropout: DropoutAt, told: &mut [f32]) {
        let rows = told.len() / self.model.outputs();
        self.make_room(rows);
        let Self { model, hidden, panel, .. } = self;
        for (layer, pair) in weights.chunks_exact(2).enumerate() {
            let (before, width) = (model.widths[layer], model.widths[layer + 1]);
            let (done, next) = hidden.split_at_mut(layer);
            let values = done.last().map_or(x, |hidden| &hidden.values[..rows * before]);
            let Some(next) = next.first_mut() else {
                linear(pair, 0, values, told, panel);
                break;
            };
            let sums = &mut next.values[..rows * width];
            linear(pair, 0, values, sums, panel);
            if model.needs_slopes() {
                let slopes = &mut next.slopes[..rows * width];
                if model.dropout > 0.0 {
                    mask(model.dropout, dropout, layer, slopes);
                }
                activation::activate_with_slopes(model.activation, sums, slopes, model.dropout > 0.0);
            } else {
                activation::activate(model.activation, sums);
            }
        }
    }

    fn backward(
        &mut self,
        weights: &[Matrix],
        x: &[f32],
        rows: usize,
        errors: &mut Vec<f32>,
        gradients: &mut [Vec<f32>],
        below: Option<&mut [f32]>,
    ) {
        let Self { model, hidden, errors: next, panel, .. } = self;
        let widest = model.widths[1..].iter().copied().max().unwrap_or(1);
        grow(errors, rows * widest);
        grow(next, rows * widest);
        let mut pass = Pass { weights, gradients };
        for layer in (0..model.layers()).rev() {
            let (before, width) = (model.widths[layer], model.widths[layer + 1]);
            let here = &errors[..rows * width];
            let values = if layer == 0 { x } else { &hidden[layer - 1].values[..rows * before] };
            pass.gradients_of(2 * layer, values, here, panel);
            if layer == 0 {
                if let Some(below) = below {
                    pass.errors_below(0, here, below, panel);
                }
                break;
            }
            let there = &mut next[..rows * before];
            pass.errors_below(2 * layer, here, there, panel);
            if model.needs_slopes() {
                activation::backward(there, &hidden[layer - 1].slopes[..rows * before]);
            } else {
                activation::backward_relu(there, values);
            }
            mem::swap(errors, next);
        }
    }
}
