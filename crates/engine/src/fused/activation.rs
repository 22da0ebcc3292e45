//! What stands between two layers: activation and dropout, forward and backward, each in one pass.

use std::f32::consts::FRAC_1_SQRT_2;

use domain::job::Activation;

use super::elementary::{erf, exp_negative, tanh};
use crate::simd::{Simd, Work, fastest};

/// 1 / sqrt(2 pi).
const DENSITY_AT_ZERO: f32 = 0.398_942_3;

/// Sums become activations, in place.
pub(super) fn activate(activation: Activation, values: &mut [f32]) {
    fastest(Forward { activation, values, slopes: None });
}

/// The same, and how much each activation moves with its sum. Where `slopes` holds the factors of dropout, both are
/// multiplied by them.
pub(super) fn activate_with_slopes(activation: Activation, values: &mut [f32], slopes: &mut [f32], dropout: bool) {
    fastest(Forward { activation, values, slopes: Some((slopes, dropout)) });
}

/// Errors of activations become errors of the sums before them.
pub(super) fn backward(errors: &mut [f32], slopes: &[f32]) {
    fastest(Backward { errors, slopes });
}

/// The same for ReLU without dropout, whose slope is seen in what it gave.
pub(super) fn backward_relu(errors: &mut [f32], values: &[f32]) {
    fastest(BackwardRelu { errors, values });
}

struct Forward<'a> {
    activation: Activation,
    values: &'a mut [f32],
    slopes: Option<(&'a mut [f32], bool)>,
}

impl Work for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { activation, values, slopes } = self;
        match activation {
            Activation::Relu => each(values, slopes, relu),
            Activation::Gelu => each(values, slopes, |sum| gelu(simd, sum)),
            Activation::Tanh => each(values, slopes, |sum| {
                let value = tanh(simd, sum);
                (value, 1.0 - value * value)
            }),
        }
    }
}

#[inline(always)]
fn each(values: &mut [f32], slopes: Option<(&mut [f32], bool)>, activation: impl Fn(f32) -> (f32, f32)) {
    match slopes {
        None => values.iter_mut().for_each(|value| *value = activation(*value).0),
        Some((slopes, false)) => {
            for (value, slope) in values.iter_mut().zip(slopes) {
                (*value, *slope) = activation(*value);
            }
        }
        Some((factors, true)) => {
            for (value, factor) in values.iter_mut().zip(factors) {
                let (activated, slope) = activation(*value);
                (*value, *factor) = (activated * *factor, slope * *factor);
            }
        }
    }
}

/// NaN is not hidden by becoming zero.
#[inline(always)]
fn relu(sum: f32) -> (f32, f32) {
    (if sum < 0.0 { 0.0 } else { sum }, if sum > 0.0 { 1.0 } else { 0.0 })
}

/// Hendrycks & Gimpel 2016, arXiv:1606.08415, exact: x times the normal distribution up to x.
#[inline(always)]
fn gelu<S: Simd>(simd: S, sum: f32) -> (f32, f32) {
    let share = simd.multiply_add_one(erf(simd, sum * FRAC_1_SQRT_2), 0.5, 0.5);
    let density = exp_negative(simd, -0.5 * sum * sum) * DENSITY_AT_ZERO;
    (sum * share, simd.multiply_add_one(sum, density, share))
}

struct Backward<'a> {
    errors: &'a mut [f32],
    slopes: &'a [f32],
}

impl Work for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for (error, slope) in self.errors.iter_mut().zip(self.slopes) {
            *error *= slope;
        }
    }
}

struct BackwardRelu<'a> {
    errors: &'a mut [f32],
    values: &'a [f32],
}

impl Work for BackwardRelu<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for (error, value) in self.errors.iter_mut().zip(self.values) {
            *error = if *value > 0.0 { *error } else { 0.0 };
        }
    }
}
