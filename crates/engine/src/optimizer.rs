//! How weights follow gradients: one fused pass over each parameter, in place, without temporaries.

use domain::job::Optimizer as Rule;

use crate::{
    Error,
    simd::{Simd, Work, fastest},
    weights::{Matrix, Weights, from_bytes, to_bytes},
};

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;
const WEIGHT_DECAY: f32 = 0.01;
const MOMENTUM: f32 = 0.9;

/// The rule and its memory.
#[derive(Clone, Debug)]
pub(crate) struct Optimizer {
    rule: Rule,
    lr: f64,
    /// First moments (Adam) or velocities (SGD).
    first: Weights,
    /// Second moments; empty for SGD.
    second: Weights,
}

impl Optimizer {
    pub(crate) fn new(rule: Rule, lr: f64, weights: &[Matrix]) -> Self {
        let zeros = |prefix: &str| -> Weights {
            weights
                .iter()
                .map(|matrix| Matrix {
                    name: format!("{prefix}.{}", matrix.name),
                    shape: matrix.shape,
                    values: vec![0.0; matrix.values.len()],
                })
                .collect()
        };
        let second = if rule == Rule::Sgd { Vec::new() } else { zeros("second") };
        Self { rule, lr, first: zeros("first"), second }
    }

    /// Moves `weights` along `gradients`. `step` counts from 1.
    pub(crate) fn step(&mut self, weights: &mut [Matrix], gradients: &[Vec<f32>], step: u64) {
        match self.rule {
            Rule::Sgd => self.sgd(weights, gradients),
            Rule::Adam => self.adam(weights, gradients, step, 0.0),
            Rule::AdamW => self.adam(weights, gradients, step, WEIGHT_DECAY),
        }
    }

    fn sgd(&mut self, weights: &mut [Matrix], gradients: &[Vec<f32>]) {
        let lr = self.lr as f32;
        for ((weights, gradients), velocities) in weights.iter_mut().zip(gradients).zip(&mut self.first) {
            fastest(Sgd { lr, weights: &mut weights.values, gradients, velocities: &mut velocities.values });
        }
    }

    fn adam(&mut self, weights: &mut [Matrix], gradients: &[Vec<f32>], step: u64, decay: f32) {
        // The powers in double precision: 1 - 0.999 has three digits in single.
        let exponent = step.min(1 << 30) as i32;
        let correct_1 = 1.0 - f64::from(BETA_1).powi(exponent);
        let correct_2 = 1.0 - f64::from(BETA_2).powi(exponent);
        let rate = (self.lr / correct_1) as f32;
        let scale = (1.0 / correct_2.sqrt()) as f32;
        let keep = 1.0 - self.lr as f32 * decay;
        let parameters = weights.iter_mut().zip(gradients).zip(self.first.iter_mut().zip(&mut self.second));
        for ((weights, gradients), (first, second)) in parameters {
            let (weights, first, second) = (&mut weights.values, &mut first.values, &mut second.values);
            fastest(Adam { rate, scale, keep, weights, gradients, first, second });
        }
    }

    /// Its memory as a file.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        to_bytes(&[self.first.clone(), self.second.clone()].concat())
    }

    /// Takes its memory from a file.
    pub(crate) fn restore(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let (first, second) = (from_bytes(bytes, &self.first)?, from_bytes(bytes, &self.second)?);
        (self.first, self.second) = (first, second);
        Ok(())
    }
}

struct Sgd<'a> {
    lr: f32,
    weights: &'a mut [f32],
    gradients: &'a [f32],
    velocities: &'a mut [f32],
}

impl Work for Sgd<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { lr, weights, gradients, velocities } = self;
        for ((weight, gradient), velocity) in weights.iter_mut().zip(gradients).zip(velocities) {
            *velocity = MOMENTUM * *velocity + gradient;
            *weight -= lr * *velocity;
        }
    }
}

struct Adam<'a> {
    rate: f32,
    scale: f32,
    keep: f32,
    weights: &'a mut [f32],
    gradients: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
}

impl Work for Adam<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { rate, scale, keep, weights, gradients, first, second } = self;
        for ((weight, gradient), (m, v)) in weights.iter_mut().zip(gradients).zip(first.iter_mut().zip(second)) {
            *m = BETA_1 * *m + (1.0 - BETA_1) * gradient;
            *v = BETA_2 * *v + (1.0 - BETA_2) * gradient * gradient;
            *weight = *weight * keep - rate * *m / (v.sqrt() * scale + EPSILON);
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::job::Optimizer as Rule;

    use super::Optimizer;
    use crate::weights::Matrix;

    fn minimum(rule: Rule, lr: f64) -> f32 {
        let mut weights = vec![Matrix { name: "w".into(), shape: [1, 1], values: vec![5.0] }];
        let mut optimizer = Optimizer::new(rule, lr, &weights);
        for step in 1..=2_000 {
            let gradient = 2.0 * (weights[0].values[0] - 3.0);
            optimizer.step(&mut weights, &[vec![gradient]], step);
        }
        weights[0].values[0]
    }

    #[test]
    fn every_rule_finds_the_minimum_of_a_parabola() {
        assert!((minimum(Rule::Sgd, 0.01) - 3.0).abs() < 1e-3);
        assert!((minimum(Rule::Adam, 0.05) - 3.0).abs() < 1e-2);
        // Weight decay pulls towards zero.
        let decayed = minimum(Rule::AdamW, 0.05);
        assert!(decayed < 3.0 && decayed > 2.8, "{decayed}");
    }

    #[test]
    fn the_first_step_of_adam_is_the_learning_rate() {
        let mut weights = vec![Matrix { name: "w".into(), shape: [1, 2], values: vec![0.0, 0.0] }];
        Optimizer::new(Rule::Adam, 0.1, &weights.clone()).step(&mut weights, &[vec![1e-3, -50.0]], 1);
        assert!((weights[0].values[0] + 0.1).abs() < 1e-4 && (weights[0].values[1] - 0.1).abs() < 1e-4);
    }
}
