//! How weights follow gradients: one fused pass over each parameter, in place, without temporaries.

use domain::job::{Learning, Optimizer as Rule};

use crate::{
    Error,
    simd::{Simd, Work, fastest},
    threads::{Divide, divided},
    weights::{Matrix, Weights, from_bytes, to_bytes},
};

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;
/// Weights that are worth a thread.
const WORTH: usize = 1 << 16;

/// The rule and its memory.
#[derive(Clone, Debug)]
pub(crate) struct Optimizer {
    rule: Rule,
    weight_decay: f32,
    momentum: f32,
    clip: Option<f64>,
    /// First moments (Adam) or velocities (SGD).
    first: Weights,
    /// Second moments; empty for SGD.
    second: Weights,
}

impl Optimizer {
    pub(crate) fn new(rule: Rule, learning: &Learning, weights: &[Matrix]) -> Self {
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
        Self {
            rule,
            weight_decay: learning.weight_decay_of(rule) as f32,
            momentum: learning.momentum() as f32,
            clip: learning.gradient_clip,
            first: zeros("first"),
            second,
        }
    }

    /// Moves `weights` along `gradients` at the learning rate `lr`. `step` counts from 1.
    pub(crate) fn step(&mut self, weights: &mut [Matrix], gradients: &[Vec<f32>], step: u64, lr: f64) {
        let shorten = self.shorten(gradients);
        match self.rule {
            Rule::Sgd => self.sgd(weights, gradients, shorten, lr as f32),
            Rule::Adam | Rule::AdamW => self.adam(weights, gradients, shorten, step, lr),
        }
    }

    /// What gradients are multiplied by so that all together they are not too long.
    fn shorten(&self, gradients: &[Vec<f32>]) -> f32 {
        let Some(longest) = self.clip else { return 1.0 };
        let squares: f64 = gradients.iter().map(|gradients| fastest(Squares(gradients))).sum();
        let length = squares.sqrt();
        if length > longest { (longest / length) as f32 } else { 1.0 }
    }

    fn sgd(&mut self, weights: &mut [Matrix], gradients: &[Vec<f32>], shorten: f32, lr: f32) {
        let (momentum, pull) = (self.momentum, self.weight_decay);
        for ((weights, gradients), velocities) in weights.iter_mut().zip(gradients).zip(&mut self.first) {
            let (weights, velocities) = (&mut weights.values, &mut velocities.values);
            divided(Sgd { lr, momentum, shorten, pull, weights, gradients, velocities }, WORTH);
        }
    }

    fn adam(&mut self, weights: &mut [Matrix], gradients: &[Vec<f32>], shorten: f32, step: u64, lr: f64) {
        // Beside the gradient, or as a part of it.
        let (decay, pull) = if self.rule == Rule::AdamW { (self.weight_decay, 0.0) } else { (0.0, self.weight_decay) };
        // The powers in double precision: 1 - 0.999 has three digits in single.
        let exponent = step.min(1 << 30) as i32;
        let correct_1 = 1.0 - f64::from(BETA_1).powi(exponent);
        let correct_2 = 1.0 - f64::from(BETA_2).powi(exponent);
        let rate = (lr / correct_1) as f32;
        let scale = (1.0 / correct_2.sqrt()) as f32;
        let keep = 1.0 - lr as f32 * decay;
        let parameters = weights.iter_mut().zip(gradients).zip(self.first.iter_mut().zip(&mut self.second));
        for ((weights, gradients), (first, second)) in parameters {
            let (weights, first, second) = (&mut weights.values, &mut first.values, &mut second.values);
            divided(Adam { rate, scale, keep, shorten, pull, weights, gradients, first, second }, WORTH);
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

struct Squares<'a>(&'a [f32]);

impl Work for Squares<'_> {
    type Output = f64;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> f64 {
        self.0.iter().map(|gradient| f64::from(*gradient) * f64::from(*gradient)).sum()
    }
}

struct Sgd<'a> {
    lr: f32,
    momentum: f32,
    shorten: f32,
    pull: f32,
    weights: &'a mut [f32],
    gradients: &'a [f32],
    velocities: &'a mut [f32],
}

impl Work for Sgd<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { lr, momentum, shorten, pull, weights, gradients, velocities } = self;
        for ((weight, gradient), velocity) in weights.iter_mut().zip(gradients).zip(velocities) {
            *velocity = momentum * *velocity + (gradient * shorten + pull * *weight);
            *weight -= lr * *velocity;
        }
    }
}

impl Divide for Sgd<'_> {
    fn size(&self) -> usize {
        self.weights.len()
    }

    fn divide(self) -> (Self, Self) {
        let half = self.weights.len() / 2;
        let (weights, weights_2) = self.weights.split_at_mut(half);
        let (gradients, gradients_2) = self.gradients.split_at(half);
        let (velocities, velocities_2) = self.velocities.split_at_mut(half);
        (
            Sgd { weights, gradients, velocities, ..self },
            Sgd { weights: weights_2, gradients: gradients_2, velocities: velocities_2, ..self },
        )
    }
}

struct Adam<'a> {
    rate: f32,
    scale: f32,
    keep: f32,
    shorten: f32,
    pull: f32,
    weights: &'a mut [f32],
    gradients: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
}

impl Work for Adam<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { rate, scale, keep, shorten, pull, weights, gradients, first, second } = self;
        for ((weight, gradient), (m, v)) in weights.iter_mut().zip(gradients).zip(first.iter_mut().zip(second)) {
            let gradient = gradient * shorten + pull * *weight;
            *m = BETA_1 * *m + (1.0 - BETA_1) * gradient;
            *v = BETA_2 * *v + (1.0 - BETA_2) * gradient * gradient;
            *weight = *weight * keep - rate * *m / (v.sqrt() * scale + EPSILON);
        }
    }
}

impl Divide for Adam<'_> {
    fn size(&self) -> usize {
        self.weights.len()
    }

    fn divide(self) -> (Self, Self) {
        let half = self.weights.len() / 2;
        let (weights, weights_2) = self.weights.split_at_mut(half);
        let (gradients, gradients_2) = self.gradients.split_at(half);
        let (first, first_2) = self.first.split_at_mut(half);
        let (second, second_2) = self.second.split_at_mut(half);
        (
            Adam { weights, gradients, first, second, ..self },
            Adam { weights: weights_2, gradients: gradients_2, first: first_2, second: second_2, ..self },
        )
    }
}

#[cfg(test)]
mod tests {
    use domain::job::{Learning, Optimizer as Rule};

    use super::Optimizer;
    use crate::weights::Matrix;

    fn minimum(rule: Rule, lr: f64) -> f32 {
        minimum_with(rule, lr, &Learning::default())
    }

    fn minimum_with(rule: Rule, lr: f64, learning: &Learning) -> f32 {
        let mut weights = vec![Matrix { name: "w".into(), shape: [1, 1], values: vec![5.0] }];
        let mut optimizer = Optimizer::new(rule, learning, &weights);
        for step in 1..=2_000 {
            let gradient = 2.0 * (weights[0].values[0] - 3.0);
            optimizer.step(&mut weights, &[vec![gradient]], step, lr);
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
        let mut optimizer = Optimizer::new(Rule::Adam, &Learning::default(), &weights);
        optimizer.step(&mut weights, &[vec![1e-3, -50.0]], 1, 0.1);
        assert!((weights[0].values[0] + 0.1).abs() < 1e-4 && (weights[0].values[1] - 0.1).abs() < 1e-4);
    }
    #[test]
    fn weight_decay_in_the_gradient_moves_the_minimum_to_where_both_pulls_are_equal() {
        // 2 (w - 3) + w = 0.
        let learning = Learning { weight_decay: Some(1.0), ..Learning::default() };
        for (rule, lr) in [(Rule::Sgd, 0.01), (Rule::Adam, 0.05)] {
            assert!((minimum_with(rule, lr, &learning) - 2.0).abs() < 1e-2, "{rule:?}");
        }
    }

    #[test]
    fn long_gradients_are_shortened_together_and_short_ones_are_not() {
        let learning = Learning { gradient_clip: Some(1.0), momentum: Some(0.0), ..Learning::default() };
        let matrix = |values: Vec<f32>| Matrix { name: "w".into(), shape: [1, values.len()], values };
        let mut weights = vec![matrix(vec![0.0]), matrix(vec![0.0, 0.0])];
        let mut optimizer = Optimizer::new(Rule::Sgd, &learning, &weights);
        optimizer.step(&mut weights, &[vec![30.0], vec![0.0, 40.0]], 1, 1.0);
        let close = |found: f32, value: f32| assert!((found - value).abs() < 1e-6, "{found} {value}");
        close(weights[0].values[0], -0.6);
        close(weights[1].values[1], -0.8);
        optimizer.step(&mut weights, &[vec![0.5], vec![0.0, 0.0]], 2, 1.0);
        close(weights[0].values[0], -1.1);
    }
}
