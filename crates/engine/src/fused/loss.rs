//! The loss and its gradient in one pass over the outputs: mean squared error, or cross-entropy on logits.

use domain::job::Head;

use super::elementary::exp_negative;
use crate::{
    objective::{Objective, Summed},
    simd::{Simd, Work, fastest},
};

/// The loss over the rows of `told` (rows x outputs). `errors`, of the same size, becomes the gradient of its mean. `y` holds
/// standardised targets, or positions in the classes.
pub(super) fn loss(objective: &Objective, told: &[f32], y: &[f32], errors: &mut [f32]) -> Summed {
    fastest(Loss { objective, told, y, errors })
}

struct Loss<'a> {
    objective: &'a Objective,
    told: &'a [f32],
    y: &'a [f32],
    errors: &'a mut [f32],
}

impl Work for Loss<'_> {
    type Output = Summed;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Summed {
        let Self { objective, told, y, errors } = self;
        let Objective { task, weights, smoothing } = objective;
        let weight = objective.weight(y);
        let loss = match task.head() {
            Head::Number => squares(told, y, errors),
            Head::Logit => binary(simd, told, y, errors, Counts::new(weights, *smoothing, weight)),
            Head::Logits => multiclass(simd, told, y, errors, Counts::new(weights, *smoothing, weight)),
        };
        Summed { loss, weight }
    }
}

/// What a row counts, and what its target is.
struct Counts<'a> {
    weights: &'a [f32],
    /// Of the true class beyond its share, and of every class.
    certain: f32,
    spread: f32,
    /// One by the sum of the weights.
    share: f32,
}

impl<'a> Counts<'a> {
    #[inline(always)]
    fn new(weights: &'a [f32], smoothing: f32, weight: f64) -> Self {
        let spread = smoothing / weights.len().max(1) as f32;
        Self { weights, certain: 1.0 - smoothing, spread, share: (1.0 / weight) as f32 }
    }
}

#[inline(always)]
fn squares(told: &[f32], y: &[f32], errors: &mut [f32]) -> f64 {
    let share = 2.0 / y.len() as f32;
    let mut sum = 0.0;
    for ((told, y), error) in told.iter().zip(y).zip(errors) {
        let difference = told - y;
        // Squared in single precision: what is beyond its range is infinite, and noticed.
        sum += f64::from(difference * difference);
        *error = difference * share;
    }
    sum
}

/// log(1 + e^z) - t z, without leaving the range for a large z; t is the smoothed target.
#[inline(always)]
fn binary<S: Simd>(simd: S, told: &[f32], y: &[f32], errors: &mut [f32], counts: Counts<'_>) -> f64 {
    let mut sum = 0.0;
    for ((z, y), error) in told.iter().zip(y).zip(errors) {
        let weight = counts.weights[*y as usize];
        let target = y * counts.certain + counts.spread;
        let e = exp_negative(simd, -z.abs());
        let positive = if *z < 0.0 { 0.0 } else { *z };
        sum += f64::from(weight * (positive - z * target + e.ln_1p()));
        let probability = if *z < 0.0 { e } else { 1.0 } / (1.0 + e);
        *error = (probability - target) * (weight * counts.share);
    }
    sum
}

/// log of the sum of e^z, less the z of each class as far as it is the target.
#[inline(always)]
fn multiclass<S: Simd>(simd: S, told: &[f32], y: &[f32], errors: &mut [f32], counts: Counts<'_>) -> f64 {
    let rows = y.len();
    let classes = told.len() / rows.max(1);
    for (told, errors) in told.chunks_exact(classes).zip(errors.chunks_exact_mut(classes)) {
        let highest = highest(told);
        for (z, error) in told.iter().zip(errors) {
            *error = z - highest;
        }
    }
    // Over all rows at once: rows are short, and vectors are long.
    for error in errors.iter_mut() {
        *error = exp_negative(simd, *error);
    }
    let mut loss = 0.0;
    for ((told, errors), class) in told.chunks_exact(classes).zip(errors.chunks_exact_mut(classes)).zip(y) {
        let class = *class as usize;
        let weight = counts.weights[class];
        let sum: f32 = errors.iter().sum();
        let highest = highest(told);
        let mut aim = (told[class] - highest) * counts.certain;
        if counts.spread > 0.0 {
            aim += told.iter().map(|z| z - highest).sum::<f32>() * counts.spread;
        }
        loss += f64::from(weight * (sum.ln() - aim));
        let share = weight * counts.share;
        let scale = share / sum;
        for error in errors.iter_mut() {
            *error = *error * scale - share * counts.spread;
        }
        errors[class] -= share * counts.certain;
    }
    loss
}

#[inline(always)]
fn highest(values: &[f32]) -> f32 {
    values.iter().fold(f32::NEG_INFINITY, |highest, value| if *value > highest { *value } else { highest })
}
