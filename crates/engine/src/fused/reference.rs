//! For tests: the passes held against Burn's, which are the reference.

use domain::job::Device;

use crate::{
    model::{DropoutAt, Model},
    objective::Objective,
    passes::{Batch, BurnPasses, Passes},
    random::{Purpose, Random},
    threads::forced,
    weights::Weights,
};

/// Weights in which nothing is zero or one, as some are in the beginning: each was moved by up to half of `spread`.
pub(super) fn shaken(model: &Model, spread: f32) -> Weights {
    let mut weights = model.initial(3);
    let mut random = Random::new(5, Purpose::Shuffle { epoch: 0 });
    let values = weights.iter_mut().flat_map(|matrix| &mut matrix.values);
    values.for_each(|value| *value += (random.unit() - 0.5) * spread);
    weights
}

/// The largest difference, as a share of the largest value.
pub(super) fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let largest = b.iter().fold(1e-6_f32, |largest, value| largest.max(value.abs()));
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / largest
}

/// A model, what it learns, and passes of both kinds; `what` names it when something differs.
pub(super) struct Pair<'a> {
    pub(super) weights: &'a Weights,
    pub(super) fused: Passes,
    pub(super) burn: BurnPasses,
    pub(super) what: String,
}

impl<'a> Pair<'a> {
    pub(super) fn new(
        model: &Model,
        weights: &'a Weights,
        objective: &Objective,
        device: Device,
        what: String,
    ) -> Self {
        Self {
            weights,
            fused: Passes::new(Device::Flex, model, objective).unwrap(),
            burn: BurnPasses::new(device, model, objective).unwrap(),
            what,
        }
    }

    /// The loss of a batch, what was said of it, and the gradients of all parameters, which are within `near` of Burn's.
    pub(super) fn learns_alike(&mut self, batch: impl Fn() -> Batch, step: u64, near: f32) {
        let Self { weights, fused, burn, what } = self;
        let at = DropoutAt { seed: 11, step };
        let (mut ours, mut theirs) = (batch(), batch());
        let loss = fused.learn(weights, &mut ours, at).unwrap();
        let expected = burn.learn(weights, &mut theirs, at).unwrap();
        assert!((loss - expected).abs() <= 1e-5 * expected, "{what}: {loss} {expected}");
        assert!(apart(&ours.outputs.values, &theirs.outputs.values) < 1e-5, "{what}");
        for ((gradient, expected), matrix) in fused.gradients().iter().zip(burn.gradients()).zip(*weights) {
            let apart = apart(gradient, expected);
            assert!(apart < near, "{what} {}: {apart}", matrix.name);
        }
    }

    /// What is said of rows without learning from them.
    pub(super) fn says_alike(&self, x: &[f32]) -> Vec<f32> {
        let (ours, theirs) = (self.fused.ask(self.weights, x).unwrap(), self.burn.ask(self.weights, x).unwrap());
        assert!(apart(&ours, &theirs) < 1e-5, "{}", self.what);
        ours
    }
}

/// A batch gives the same bits however many threads it is divided among.
pub(super) fn is_the_same_on_any_threads(
    model: &Model,
    weights: &Weights,
    objective: &Objective,
    batch: impl Fn() -> Batch,
) {
    let at = DropoutAt { seed: 11, step: 1 };
    let learned = |threads: usize| {
        let mut passes = Passes::new(Device::Flex, model, objective).unwrap();
        let mut batch = batch();
        let loss = forced(threads, || passes.learn(weights, &mut batch, at)).unwrap();
        (loss.to_bits(), batch.outputs.values, passes.gradients().to_vec())
    };
    let alone = learned(1);
    for threads in [2, 3, 8] {
        assert!(learned(threads) == alone, "{threads} threads: {model:?}");
    }
}

/// A batch gives the same bits after others, a larger and a smaller one, whose room is used again.
pub(super) fn forgets_other_batches(
    model: &Model,
    weights: &Weights,
    objective: &Objective,
    others: [Batch; 2],
    batch: impl Fn() -> Batch,
) {
    let at = DropoutAt { seed: 11, step: 1 };
    let mut fresh = Passes::new(Device::Flex, model, objective).unwrap();
    let mut used = Passes::new(Device::Flex, model, objective).unwrap();
    for mut other in others {
        used.learn(weights, &mut other, at).unwrap();
    }
    let losses = [&mut fresh, &mut used].map(|passes| passes.learn(weights, &mut batch(), at).unwrap().to_bits());
    assert_eq!(losses[0], losses[1]);
    assert_eq!(fresh.gradients(), used.gradients());
}
