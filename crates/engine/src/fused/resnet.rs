//! The passes of a residual network for tables.

use domain::job::Activation;

use super::{
    Network, activation, add, grow,
    norm::Norm,
    pass::{Pass, linear},
};
use crate::{
    model::{DropoutAt, Resnet, mask},
    weights::Matrix,
};

/// Rows that go through the model at once when it is only asked: what the layers give stays in the cache.
const PIECE: usize = 256;

/// With room for what the blocks give.
#[derive(Debug)]
pub(super) struct ResnetPasses {
    model: Resnet,
    state: State,
}

/// What the blocks gave, for the way back.
#[derive(Debug, Default)]
struct State {
    blocks: Vec<Block>,
    norm: Norm,
    /// Rows x width: the last normalisation after ReLU.
    last: Vec<f32>,
    /// Rows x width: what goes on or, backward, its errors.
    stream: Vec<f32>,
    narrow: Vec<f32>,
    wide: Vec<f32>,
    panel: Vec<f32>,
}

#[derive(Debug, Default)]
struct Block {
    norm: Norm,
    /// Rows x hidden, and how much each moves with its sum.
    hidden: Vec<f32>,
    slopes: Vec<f32>,
}

impl ResnetPasses {
    pub(super) fn new(model: &Resnet) -> Self {
        Self { model: model.clone(), state: State::new(model) }
    }
}

impl State {
    fn new(model: &Resnet) -> Self {
        Self { blocks: (0..model.blocks).map(|_| Block::default()).collect(), ..Self::default() }
    }

    fn forward(&mut self, model: &Resnet, weights: &[Matrix], x: &[f32], dropout: Option<DropoutAt>, told: &mut [f32]) {
        let Self { blocks, norm, last, stream, narrow, panel, .. } = self;
        let rows = x.len() / model.inputs;
        let count = rows * model.width;
        for values in [&mut *stream, &mut *narrow, &mut *last] {
            grow(values, count);
        }
        let (stream, narrow, last) = (&mut stream[..count], &mut narrow[..count], &mut last[..count]);
        let values = |at: usize| weights[at].values.as_slice();
        linear(weights, 0, x, stream, panel);
        for (at, block) in blocks.iter_mut().enumerate() {
            let first = Resnet::first(at);
            block.norm.forward(stream, values(first + Resnet::NORM), values(first + Resnet::NORM + 1));
            grow(&mut block.hidden, rows * model.hidden);
            let hidden = &mut block.hidden[..rows * model.hidden];
            linear(weights, first + Resnet::HIDDEN, &block.norm.values[..count], hidden, panel);
            if let Some(dropout) = dropout {
                grow(&mut block.slopes, hidden.len());
                let slopes = &mut block.slopes[..hidden.len()];
                let drops = model.dropout > 0.0;
                if drops {
                    mask(model.dropout, dropout, at, slopes);
                }
                activation::activate_with_slopes(Activation::Relu, hidden, slopes, drops);
            } else {
                activation::activate(Activation::Relu, hidden);
            }
            linear(weights, first + Resnet::BACK, hidden, narrow, panel);
            add(narrow, stream);
        }
        let end = Resnet::first(model.blocks);
        norm.forward(stream, values(end), values(end + 1));
        last.copy_from_slice(&norm.values[..count]);
        activation::activate(Activation::Relu, last);
        linear(weights, end + 2, last, told, panel);
    }
}

impl Network for ResnetPasses {
    fn forward(&mut self, weights: &[Matrix], x: &[f32], dropout: DropoutAt, told: &mut [f32]) {
        self.state.forward(&self.model, weights, x, Some(dropout), told);
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
        let Self { model, state } = self;
        let State { blocks, norm, last, stream, narrow, wide, panel } = state;
        let count = rows * model.width;
        grow(wide, rows * model.hidden);
        let (stream, narrow, last) = (&mut stream[..count], &mut narrow[..count], &last[..count]);
        let wide = &mut wide[..rows * model.hidden];
        let end = Resnet::first(model.blocks);
        let mut pass = Pass { weights, gradients };
        pass.linear(end + 2, last, &errors[..rows * model.outputs], narrow, panel);
        activation::backward_relu(narrow, last);
        stream.fill(0.0);
        pass.norm(end, norm, narrow, stream);
        for (at, block) in blocks.iter().enumerate().rev() {
            let first = Resnet::first(at);
            pass.linear(first + Resnet::BACK, &block.hidden[..wide.len()], stream, wide, panel);
            activation::backward(wide, &block.slopes[..wide.len()]);
            pass.linear(first + Resnet::HIDDEN, &block.norm.values[..count], wide, narrow, panel);
            pass.norm(first + Resnet::NORM, &block.norm, narrow, stream);
        }
        pass.gradients_of(0, x, stream, panel);
        if let Some(below) = below {
            pass.errors_below(0, stream, below, panel);
        }
    }

    fn ask(&self, weights: &[Matrix], x: &[f32]) -> Vec<f32> {
        let Resnet { inputs, outputs, .. } = self.model;
        let mut told = vec![0.0; x.len() / inputs * outputs];
        let mut state = State::new(&self.model);
        for (x, told) in x.chunks(PIECE * inputs).zip(told.chunks_mut(PIECE * outputs)) {
            state.forward(&self.model, weights, x, None, told);
        }
        told
    }
}
