//! The passes of a convolutional network: windows become rows of a matrix (Chellapilla, Puri & Simard 2006), a few images at a
//! time so that they stay near the processor, and ReLU and pooling are one pass.

mod block;
mod pool;
#[cfg(test)]
mod tests;
mod windows;

use self::block::Parts;
use super::{Network, dense::DensePasses, grow};
use crate::{
    model::{Cnn, DropoutAt},
    weights::Matrix,
};

/// Images that go through the model at once when it is only asked.
const PIECE: usize = 64;

/// With room for what the blocks give.
#[derive(Debug)]
pub(super) struct CnnPasses {
    model: Cnn,
    blocks: Vec<State>,
    head: DensePasses,
    /// Errors of what a block gives, and of what it is given.
    errors: [Vec<f32>; 2],
    parts: Parts,
}

/// What a block gave: images x pixels x channels, and which of four pixels each came from.
#[derive(Debug, Default)]
struct State {
    values: Vec<f32>,
    origins: Vec<u8>,
}

impl CnnPasses {
    pub(super) fn new(model: &Cnn) -> Self {
        Self {
            blocks: model.blocks.iter().map(|_| State::default()).collect(),
            head: DensePasses::new(&model.head),
            errors: [Vec::new(), Vec::new()],
            parts: Parts::default(),
            model: model.clone(),
        }
    }
}

impl Network for CnnPasses {
    fn forward(&mut self, weights: &[Matrix], x: &[f32], dropout: DropoutAt, told: &mut [f32]) {
        let Self { model, blocks, head, parts, .. } = self;
        look(model, blocks, parts, weights, x);
        let rows = x.len() / model.inputs();
        let features = &blocks.last().map_or(x, |state| &state.values)[..rows * model.head.widths[0]];
        head.forward(&weights[model.convolutions()..], features, dropout, told);
    }

    fn backward(
        &mut self,
        weights: &[Matrix],
        x: &[f32],
        rows: usize,
        errors: &mut Vec<f32>,
        gradients: &mut [Vec<f32>],
        _: Option<&mut [f32]>,
    ) {
        let Self { model, blocks, head, errors: [above, below], parts } = self;
        let (convolutions, layers) = gradients.split_at_mut(model.convolutions());
        let features = rows * model.head.widths[0];
        grow(above, features);
        let seen = &blocks.last().map_or(x, |state| &state.values)[..features];
        let head_weights = &weights[model.convolutions()..];
        head.backward(head_weights, seen, rows, errors, layers, Some(&mut above[..features]));
        for (at, block) in model.blocks.iter().enumerate().rev() {
            let given = if at == 0 { x } else { &blocks[at - 1].values[..rows * block.width_before()] };
            // Nobody asks for the errors of the image itself.
            let under = (at > 0).then(|| {
                grow(below, rows * block.width_before());
                &mut below[..rows * block.width_before()]
            });
            let pair = &mut convolutions[2 * at..2 * at + 2];
            let errors = &above[..rows * block.width_after()];
            let origins = &blocks[at].origins[..errors.len()];
            block::backward(block, &weights[2 * at].values, given, (errors, origins), under, pair, parts);
            std::mem::swap(above, below);
        }
    }

    fn ask(&self, weights: &[Matrix], x: &[f32]) -> Vec<f32> {
        let model = &self.model;
        let mut blocks: Vec<State> = model.blocks.iter().map(|_| State::default()).collect();
        let (mut parts, mut told) = (Parts::default(), Vec::new());
        for x in x.chunks(PIECE * model.inputs()) {
            look(model, &mut blocks, &mut parts, weights, x);
            let rows = x.len() / model.inputs();
            let features = &blocks.last().map_or(x, |state| &state.values)[..rows * model.head.widths[0]];
            told.extend(self.head.ask(&weights[model.convolutions()..], features));
        }
        told
    }
}

/// All blocks, forward.
fn look(model: &Cnn, blocks: &mut [State], parts: &mut Parts, weights: &[Matrix], x: &[f32]) {
    let rows = x.len() / model.inputs();
    for (at, block) in model.blocks.iter().enumerate() {
        let (before, own) = blocks.split_at_mut(at);
        let given = before.last().map_or(x, |state| &state.values[..rows * block.width_before()]);
        let State { values, origins } = &mut own[0];
        let count = rows * block.width_after();
        grow(values, count);
        if origins.len() < count {
            origins.resize(count, 0);
        }
        let (weight, bias) = (&weights[2 * at].values, &weights[2 * at + 1].values);
        block::forward(block, [weight, bias], given, &mut values[..count], &mut origins[..count], parts);
    }
}
