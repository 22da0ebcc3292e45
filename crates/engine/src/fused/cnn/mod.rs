//! The passes of a convolutional network: windows become rows of a matrix (Chellapilla, Puri & Simard 2006), a few images at a
//! time so that they stay near the processor, and ReLU and pooling are one pass.

mod pool;
#[cfg(test)]
mod tests;
mod windows;

use self::{
    pool::{pool, spread},
    windows::{add_windows, windows},
};
use super::{
    Network, add,
    dense::DensePasses,
    grow,
    product::{View, product},
    sum_rows,
};
use crate::{
    model::{Block, Cnn, DropoutAt, WINDOW},
    weights::Matrix,
};

/// Pixels whose windows are looked at at once, about.
const PIXELS: usize = 1_600;
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
    scratch: Scratch,
}

/// What a block gave: images x pixels x channels, and which of four pixels each came from.
#[derive(Debug, Default)]
struct State {
    values: Vec<f32>,
    origins: Vec<u8>,
}

/// Room for a few images.
#[derive(Debug, Default)]
struct Scratch {
    windows: Vec<f32>,
    sums: Vec<f32>,
    gradient: Vec<f32>,
    panel: Vec<f32>,
}

impl Scratch {
    fn grow(&mut self, block: &Block, images: usize) {
        let pixels = images * block.size * block.size;
        grow(&mut self.windows, pixels * WINDOW * block.inputs);
        grow(&mut self.sums, pixels * block.outputs);
        grow(&mut self.gradient, WINDOW * block.inputs * block.outputs);
    }
}

/// Images of a block that are looked at at once.
fn group(block: &Block) -> usize {
    (PIXELS / (block.size * block.size)).max(1)
}

impl CnnPasses {
    pub(super) fn new(model: &Cnn) -> Self {
        Self {
            blocks: model.blocks.iter().map(|_| State::default()).collect(),
            head: DensePasses::new(&model.head),
            errors: [Vec::new(), Vec::new()],
            scratch: Scratch::default(),
            model: model.clone(),
        }
    }
}

impl Network for CnnPasses {
    fn forward(&mut self, weights: &[Matrix], x: &[f32], dropout: DropoutAt, told: &mut [f32]) {
        let Self { model, blocks, head, scratch, .. } = self;
        look(model, blocks, scratch, weights, x);
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
    ) {
        let Self { model, blocks, head, errors: [above, below], scratch } = self;
        let (convolutions, layers) = gradients.split_at_mut(model.convolutions());
        let features = rows * model.head.widths[0];
        grow(above, features);
        let seen = &blocks.last().map_or(x, |state| &state.values)[..features];
        let head_weights = &weights[model.convolutions()..];
        head.descend(head_weights, seen, rows, errors, layers, Some(&mut above[..features]));
        for (at, block) in model.blocks.iter().enumerate().rev() {
            let given = if at == 0 { x } else { &blocks[at - 1].values[..rows * block.width_before()] };
            // Nobody asks for the errors of the image itself.
            let under = (at > 0).then(|| {
                grow(below, rows * block.width_before());
                &mut below[..rows * block.width_before()]
            });
            let pair = &mut convolutions[2 * at..2 * at + 2];
            let errors = &above[..rows * block.width_after()];
            descend(block, &blocks[at].origins, &weights[2 * at].values, given, errors, under, pair, scratch);
            std::mem::swap(above, below);
        }
    }

    fn ask(&self, weights: &[Matrix], x: &[f32]) -> Vec<f32> {
        let model = &self.model;
        let mut blocks: Vec<State> = model.blocks.iter().map(|_| State::default()).collect();
        let (mut scratch, mut told) = (Scratch::default(), Vec::new());
        for x in x.chunks(PIECE * model.inputs()) {
            look(model, &mut blocks, &mut scratch, weights, x);
            let rows = x.len() / model.inputs();
            let features = &blocks.last().map_or(x, |state| &state.values)[..rows * model.head.widths[0]];
            told.extend(self.head.ask(&weights[model.convolutions()..], features));
        }
        told
    }
}

/// All blocks, forward.
fn look(model: &Cnn, blocks: &mut [State], scratch: &mut Scratch, weights: &[Matrix], x: &[f32]) {
    let rows = x.len() / model.inputs();
    for (at, block) in model.blocks.iter().enumerate() {
        let (before, own) = blocks.split_at_mut(at);
        let given = before.last().map_or(x, |state| &state.values[..rows * block.width_before()]);
        let State { values, origins } = &mut own[0];
        grow(values, rows * block.width_after());
        if origins.len() < rows * block.width_after() {
            origins.resize(rows * block.width_after(), 0);
        }
        let (weight, bias) = (&weights[2 * at].values, &weights[2 * at + 1].values);
        let few = group(block);
        scratch.grow(block, few.min(rows));
        let given = given.chunks(few * block.width_before());
        let width = few * block.width_after();
        let told = values[..rows * block.width_after()].chunks_mut(width).zip(origins.chunks_mut(width));
        for (given, (values, origins)) in given.zip(told) {
            let pixels = given.len() / block.inputs;
            let rows = &mut scratch.windows[..pixels * WINDOW * block.inputs];
            windows(given, block.size, block.inputs, rows);
            let sums = &mut scratch.sums[..pixels * block.outputs];
            let rows = View::new(rows, WINDOW * block.inputs);
            product(rows, View::new(weight, block.outputs), bias, sums, &mut scratch.panel);
            pool(block, sums, values, origins);
        }
    }
}

/// One block, backward: `pair` are the gradients of its weights and biases; `below` the errors of what it was given.
#[allow(clippy::too_many_arguments, reason = "what one block has and leaves")]
fn descend(
    block: &Block,
    origins: &[u8],
    weight: &[f32],
    given: &[f32],
    errors: &[f32],
    mut below: Option<&mut [f32]>,
    pair: &mut [Vec<f32>],
    scratch: &mut Scratch,
) {
    let few = group(block);
    scratch.grow(block, few.min(given.len() / block.width_before()));
    let (weights, biases) = pair.split_at_mut(1);
    let (weights, biases) = (&mut weights[0], &mut biases[0]);
    weights.fill(0.0);
    biases.fill(0.0);
    let Scratch { windows: rows, sums, gradient, panel } = scratch;
    let groups = given.chunks(few * block.width_before()).enumerate();
    for (at, given) in groups {
        let pixels = given.len() / block.inputs;
        let (sums, first) = (&mut sums[..pixels * block.outputs], at * few * block.width_after());
        let count = given.len() / block.width_before() * block.width_after();
        spread(block, &errors[first..first + count], &origins[first..first + count], sums);
        let rows = &mut rows[..pixels * WINDOW * block.inputs];
        windows(given, block.size, block.inputs, rows);
        let of_sums = View::new(sums, block.outputs);
        let transposed = View::new(rows, WINDOW * block.inputs).transpose();
        product(transposed, of_sums, &[], &mut gradient[..weights.len()], panel);
        add(gradient, weights);
        sum_rows(sums, &mut gradient[..biases.len()]);
        add(gradient, biases);
        if let Some(below) = &mut below {
            product(of_sums, View::new(weight, block.outputs).transpose(), &[], rows, panel);
            let first = at * few * block.width_before();
            add_windows(rows, block.size, block.inputs, &mut below[first..first + given.len()]);
        }
    }
}
