//! The passes of a transformer encoder. Texts lie end to end, so that padding costs nothing.

mod attention;
mod backward;
#[cfg(test)]
mod tests;
mod tokens;

use domain::job::Activation;

use self::{
    attention::{Attention, Scratch},
    tokens::Packed,
};
use super::{Network, activation, add, grow, norm::Norm, pass::linear};
use crate::{
    model::{DropoutAt, Site, Transformer, at, mask},
    weights::Matrix,
};

/// Texts that are read at once when the model is only asked: their activations stay near the processor.
const PIECE: usize = 32;

/// With room for what the layers give.
#[derive(Debug)]
pub(super) struct TransformerPasses {
    model: Transformer,
    state: State,
    room: Room,
    /// Tokens whose embeddings have gradients that are not zero.
    touched: Vec<u32>,
}

/// What the layers gave, for the backward pass.
#[derive(Debug, Default)]
struct State {
    packed: Packed,
    /// Factors of dropout on the embeddings.
    dropped: Vec<f32>,
    layers: Vec<Layer>,
    norm: Norm,
    /// Texts x width: the mean over the tokens of each.
    means: Vec<f32>,
}

#[derive(Debug, Default)]
struct Layer {
    before: Norm,
    attention: Attention,
    dropped_attention: Vec<f32>,
    between: Norm,
    /// Tokens x hidden, and how much each moves with its sum.
    inner: Vec<f32>,
    slopes: Vec<f32>,
    dropped_inner: Vec<f32>,
}

/// Room that is used again: what goes on from layer to layer or, backward, its errors; and what one part gives.
#[derive(Debug, Default)]
struct Room {
    stream: Vec<f32>,
    /// Tokens x width, twice.
    narrow: Vec<f32>,
    other: Vec<f32>,
    /// Tokens x the widest part.
    wide: Vec<f32>,
    scratch: Scratch,
}

impl Room {
    fn grow(&mut self, tokens: usize, model: &Transformer) {
        for values in [&mut self.stream, &mut self.narrow, &mut self.other] {
            grow(values, tokens * model.width);
        }
        grow(&mut self.wide, tokens * model.hidden.max(3 * model.width));
    }
}

impl TransformerPasses {
    pub(super) fn new(model: &Transformer) -> Self {
        Self { model: model.clone(), state: State::new(model), room: Room::default(), touched: Vec::new() }
    }
}

impl Network for TransformerPasses {
    fn forward(&mut self, weights: &[Matrix], x: &[f32], dropout: DropoutAt, told: &mut [f32]) {
        let Self { model, state, room, .. } = self;
        state.forward(model, weights, x, Some(dropout), told, room);
    }

    fn backward(
        &mut self,
        weights: &[Matrix],
        _: &[f32],
        _: usize,
        errors: &mut Vec<f32>,
        gradients: &mut [Vec<f32>],
        _: Option<&mut [f32]>,
    ) {
        let Self { model, state, room, touched } = self;
        backward::backward(model, state, weights, errors, room, gradients, touched);
    }

    fn ask(&self, weights: &[Matrix], x: &[f32]) -> Vec<f32> {
        let Transformer { length, outputs, .. } = self.model;
        let mut told = vec![0.0; x.len() / length * outputs];
        let (mut state, mut room) = (State::new(&self.model), Room::default());
        for (x, told) in x.chunks(PIECE * length).zip(told.chunks_mut(PIECE * outputs)) {
            state.forward(&self.model, weights, x, None, told, &mut room);
        }
        told
    }
}

impl State {
    fn new(model: &Transformer) -> Self {
        Self { layers: (0..model.layers).map(|_| Layer::default()).collect(), ..Self::default() }
    }

    fn forward(
        &mut self,
        model: &Transformer,
        weights: &[Matrix],
        x: &[f32],
        dropout: Option<DropoutAt>,
        told: &mut [f32],
        room: &mut Room,
    ) {
        let Self { packed, dropped, layers, norm, means } = self;
        packed.fill(x, model.length, model.vocabulary);
        let (tokens, width) = (packed.tokens(), model.width);
        room.grow(tokens, model);
        let Room { stream, narrow, wide, scratch, .. } = room;
        let (stream, narrow) = (&mut stream[..tokens * width], &mut narrow[..tokens * width]);
        embed(packed, weights, stream);
        let drop = |values: &mut [f32], factors: &mut Vec<f32>, site: Site| {
            let Some(dropout) = dropout.filter(|_| model.dropout > 0.0) else { return };
            grow(factors, values.len());
            let factors = &mut factors[..values.len()];
            mask(model.dropout, dropout, site.stream(), factors);
            activation::backward(values, factors);
        };
        drop(stream, dropped, Site::Embedding);
        for (layer, state) in layers.iter_mut().enumerate() {
            let own = &weights[Transformer::first(layer)..];
            let values = |at: usize| own[at].values.as_slice();
            state.before.forward(stream, values(at::FIRST_NORM), values(at::FIRST_NORM + 1));
            let parts = &mut wide[..tokens * 3 * width];
            linear(own, at::ATTENTION_IN, &state.before.values[..stream.len()], parts, &mut scratch.panel);
            state.attention.forward(parts, packed, [width, model.heads], scratch);
            linear(own, at::ATTENTION_OUT, &state.attention.values[..stream.len()], narrow, &mut scratch.panel);
            drop(narrow, &mut state.dropped_attention, Site::Attention(layer));
            add(narrow, stream);
            state.between.forward(stream, values(at::SECOND_NORM), values(at::SECOND_NORM + 1));
            grow(&mut state.inner, tokens * model.hidden);
            let inner = &mut state.inner[..tokens * model.hidden];
            linear(own, at::FORWARD_IN, &state.between.values[..stream.len()], inner, &mut scratch.panel);
            if dropout.is_some() {
                grow(&mut state.slopes, inner.len());
                activation::activate_with_slopes(Activation::Gelu, inner, &mut state.slopes[..inner.len()], false);
            } else {
                activation::activate(Activation::Gelu, inner);
            }
            linear(own, at::FORWARD_OUT, inner, narrow, &mut scratch.panel);
            drop(narrow, &mut state.dropped_inner, Site::Forward(layer));
            add(narrow, stream);
        }
        let last = &weights[Transformer::first(model.layers)..];
        norm.forward(stream, &last[0].values, &last[1].values);
        grow(means, packed.texts().count() * width);
        average(packed, &norm.values, means, width);
        let means = &means[..packed.texts().count() * width];
        linear(last, 2, means, told, &mut scratch.panel);
    }
}

/// The vector of each token, plus that of its position.
fn embed(packed: &Packed, weights: &[Matrix], to: &mut [f32]) {
    let width = weights[0].shape[1];
    let (vectors, positions) = (&weights[0].values, &weights[1].values);
    for (first, count) in packed.texts() {
        let ids = &packed.ids[first..first + count];
        let tokens = to[first * width..(first + count) * width].chunks_exact_mut(width);
        for ((id, to), position) in ids.iter().zip(tokens).zip(positions.chunks_exact(width)) {
            let vector = &vectors[*id as usize * width..][..width];
            for ((to, vector), position) in to.iter_mut().zip(vector).zip(position) {
                *to = vector + position;
            }
        }
    }
}

/// The mean over the tokens of each text.
fn average(packed: &Packed, values: &[f32], means: &mut [f32], width: usize) {
    for ((first, count), mean) in packed.texts().zip(means.chunks_exact_mut(width)) {
        mean.fill(0.0);
        for token in values[first * width..(first + count) * width].chunks_exact(width) {
            add(token, mean);
        }
        let share = 1.0 / count.max(1) as f32;
        for value in mean {
            *value *= share;
        }
    }
}
