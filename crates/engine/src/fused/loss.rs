//! The loss and its gradient in one pass over the outputs: mean squared error, or cross-entropy on logits.

use domain::job::Task;

use super::elementary::exp_negative;
use crate::simd::{Simd, Work, fastest};

/// The mean loss over the rows of `told` (rows x outputs). `errors`, of the same size, becomes its gradient. `y` holds
/// standardised targets, or positions in the classes.
pub(super) fn loss(task: Task, told: &[f32], y: &[f32], errors: &mut [f32]) -> f32 {
    fastest(Loss { task, told, y, errors })
}

struct Loss<'a> {
    task: Task,
    told: &'a [f32],
    y: &'a [f32],
    errors: &'a mut [f32],
}

impl Work for Loss<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f32 {
        let Self { task, told, y, errors } = self;
        let sum = match task {
            Task::Regression => squares(told, y, errors),
            Task::Binary => binary(simd, told, y, errors),
            Task::Multiclass => multiclass(simd, told, y, errors),
        };
        (sum / y.len().max(1) as f64) as f32
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

/// log(1 + e^z) - y z, without leaving the range for a large z.
#[inline(always)]
fn binary<S: Simd>(simd: S, told: &[f32], y: &[f32], errors: &mut [f32]) -> f64 {
    let share = 1.0 / y.len() as f32;
    let mut sum = 0.0;
    for ((z, y), error) in told.iter().zip(y).zip(errors) {
        let e = exp_negative(simd, -z.abs());
        let positive = if *z < 0.0 { 0.0 } else { *z };
        sum += f64::from(positive - z * y + e.ln_1p());
        let probability = if *z < 0.0 { e } else { 1.0 } / (1.0 + e);
        *error = (probability - y) * share;
    }
    sum
}

/// log of the sum of e^z, less the z of the class.
#[inline(always)]
fn multiclass<S: Simd>(simd: S, told: &[f32], y: &[f32], errors: &mut [f32]) -> f64 {
    let rows = y.len();
    let share = 1.0 / rows as f32;
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
        let sum: f32 = errors.iter().sum();
        loss += f64::from(sum.ln() - (told[class] - highest(told)));
        let scale = share / sum;
        for error in errors.iter_mut() {
            *error *= scale;
        }
        errors[class] -= share;
    }
    loss
}

#[inline(always)]
fn highest(values: &[f32]) -> f32 {
    values.iter().fold(f32::NEG_INFINITY, |highest, value| if *value > highest { *value } else { highest })
}
