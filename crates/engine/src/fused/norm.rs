//! Layer normalisation, forward and backward: Ba, Kiros & Hinton 2016, arXiv:1607.06450.

use std::ops::Add;

use super::{fold, grow};
use crate::{
    model::EPSILON,
    simd::{Simd, Work, fastest},
};

/// What a normalisation gave, and what its backward pass needs.
#[derive(Debug, Default)]
pub(super) struct Norm {
    /// Tokens x width, scaled and shifted.
    pub(super) values: Vec<f32>,
    /// Tokens x width, before that: mean 0 and deviation 1.
    standard: Vec<f32>,
    /// One by the deviation of each token.
    inverse: Vec<f32>,
}

impl Norm {
    /// `x` is tokens x width.
    pub(super) fn forward(&mut self, x: &[f32], scale: &[f32], shift: &[f32]) {
        let tokens = x.len() / scale.len();
        grow(&mut self.values, x.len());
        grow(&mut self.standard, x.len());
        grow(&mut self.inverse, tokens);
        fastest(Forward { x, scale, shift, to: self });
    }

    /// Adds to `errors` (of what went in) what `above` (errors of [`Norm::values`]) says; fills the gradients.
    pub(super) fn backward(
        &self,
        above: &[f32],
        scale: &[f32],
        errors: &mut [f32],
        [scale_gradient, shift_gradient]: [&mut [f32]; 2],
    ) {
        scale_gradient.fill(0.0);
        shift_gradient.fill(0.0);
        fastest(Backward { norm: self, above, scale, errors, scale_gradient, shift_gradient });
    }
}

struct Forward<'a> {
    x: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    to: &'a mut Norm,
}

impl Work for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { x, scale, shift, to } = self;
        let width = scale.len();
        let rows = x.chunks_exact(width).zip(to.values.chunks_exact_mut(width));
        let rest = to.standard.chunks_exact_mut(width).zip(&mut to.inverse);
        for ((x, values), (standard, inverse)) in rows.zip(rest) {
            let mean = sum(x, |at| x[at]) / width as f32;
            let variance = sum(x, |at| (x[at] - mean) * (x[at] - mean)) / width as f32;
            *inverse = 1.0 / (variance + EPSILON).sqrt();
            for (((x, standard), value), (scale, shift)) in
                x.iter().zip(standard).zip(values).zip(scale.iter().zip(shift))
            {
                *standard = (x - mean) * *inverse;
                *value = *standard * scale + shift;
            }
        }
    }
}

struct Backward<'a> {
    norm: &'a Norm,
    above: &'a [f32],
    scale: &'a [f32],
    errors: &'a mut [f32],
    scale_gradient: &'a mut [f32],
    shift_gradient: &'a mut [f32],
}

impl Work for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { norm, above, scale, errors, scale_gradient, shift_gradient } = self;
        let width = scale.len();
        let share = 1.0 / width as f32;
        let rows = above.chunks_exact(width).zip(norm.standard.chunks_exact(width)).zip(&norm.inverse);
        for (((above, standard), inverse), errors) in rows.zip(errors.chunks_exact_mut(width)) {
            let mean = sum(above, |at| above[at] * scale[at]) * share;
            let along = sum(above, |at| above[at] * scale[at] * standard[at]) * share;
            for at in 0..width {
                let moved = above[at] * scale[at] - mean - standard[at] * along;
                errors[at] += moved * inverse;
                scale_gradient[at] += above[at] * standard[at];
                shift_gradient[at] += above[at];
            }
        }
    }
}

/// The sum over all places of a row.
#[inline(always)]
fn sum(row: &[f32], value: impl Fn(usize) -> f32) -> f32 {
    fold(row.len(), 0.0, value, Add::add)
}
