//! From the errors of the classes to the gradients of all parameters.

use super::{Room, State};
use crate::{
    fused::{activation, add, pass::Pass},
    model::{Transformer, at},
    weights::Matrix,
};

/// `errors` are texts x outputs. `touched` are the tokens whose gradients are not zero, before and after.
pub(super) fn backward(
    model: &Transformer,
    state: &State,
    weights: &[Matrix],
    errors: &[f32],
    room: &mut Room,
    gradients: &mut [Vec<f32>],
    touched: &mut Vec<u32>,
) {
    let packed = &state.packed;
    let (width, tokens, texts) = (model.width, packed.tokens(), packed.texts().count());
    let Room { stream, narrow, other, wide, scratch } = room;
    let [stream, narrow, other] = [stream, narrow, other].map(|values| &mut values[..tokens * width]);
    let last = Transformer::first(model.layers);
    let means = &mut other[..texts * width];
    let mut pass = Pass { weights, gradients };
    pass.linear(last + 2, &state.means[..means.len()], &errors[..texts * model.outputs], means, &mut scratch.panel);
    for ((first, count), mean) in packed.texts().zip(means.chunks_exact(width)) {
        let share = 1.0 / count.max(1) as f32;
        for token in narrow[first * width..(first + count) * width].chunks_exact_mut(width) {
            token.iter_mut().zip(mean).for_each(|(to, mean)| *to = mean * share);
        }
    }
    stream.fill(0.0);
    pass.norm(last, &state.norm, narrow, stream);
    for (layer, state) in state.layers.iter().enumerate().rev() {
        let first = Transformer::first(layer);
        narrow.copy_from_slice(stream);
        drop_errors(model, narrow, &state.dropped_inner);
        let inner = &mut wide[..tokens * model.hidden];
        pass.linear(first + at::FORWARD_OUT, &state.inner[..inner.len()], narrow, inner, &mut scratch.panel);
        activation::backward(inner, &state.slopes[..inner.len()]);
        let between = &state.between.values[..stream.len()];
        pass.linear(first + at::FORWARD_IN, between, inner, narrow, &mut scratch.panel);
        pass.norm(first + at::SECOND_NORM, &state.between, narrow, stream);
        narrow.copy_from_slice(stream);
        drop_errors(model, narrow, &state.dropped_attention);
        let heard = &state.attention.values[..stream.len()];
        pass.linear(first + at::ATTENTION_OUT, heard, narrow, other, &mut scratch.panel);
        let parts = &mut wide[..tokens * 3 * width];
        state.attention.backward(other, packed, [width, model.heads], parts, scratch);
        let before = &state.before.values[..stream.len()];
        pass.linear(first + at::ATTENTION_IN, before, parts, narrow, &mut scratch.panel);
        pass.norm(first + at::FIRST_NORM, &state.before, narrow, stream);
    }
    drop_errors(model, stream, &state.dropped);
    embeddings(state, stream, gradients, touched, width);
}

fn drop_errors(model: &Transformer, errors: &mut [f32], factors: &[f32]) {
    if model.dropout > 0.0 {
        activation::backward(errors, &factors[..errors.len()]);
    }
}

/// Each token's errors go to its vector and to that of its position.
fn embeddings(state: &State, errors: &[f32], gradients: &mut [Vec<f32>], touched: &mut Vec<u32>, width: usize) {
    let (vectors, positions) = gradients.split_at_mut(1);
    let (vectors, positions) = (&mut vectors[0], &mut positions[0]);
    for id in touched.drain(..) {
        vectors[id as usize * width..][..width].fill(0.0);
    }
    positions.fill(0.0);
    for (first, count) in state.packed.texts() {
        let ids = &state.packed.ids[first..first + count];
        let tokens = errors[first * width..(first + count) * width].chunks_exact(width);
        for ((id, errors), position) in ids.iter().zip(tokens).zip(positions.chunks_exact_mut(width)) {
            add(errors, &mut vectors[*id as usize * width..][..width]);
            add(errors, position);
        }
    }
    touched.extend_from_slice(&state.packed.ids);
}
