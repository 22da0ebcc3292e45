//! The passes against Burn's: losses, outputs and gradients of all parameters.

use domain::job::{CnnSpec, Device, InputShape, ModelSpec, Task};

use crate::{
    evaluate::Outputs,
    model::{DropoutAt, Model},
    objective::Objective,
    passes::{Batch, BurnPasses, Passes},
    random::{Purpose, Random},
    weights::Weights,
};

/// Odd on purpose: nothing fills whole tiles.
const CLASSES: usize = 3;
const ROWS: usize = 5;

/// One with an even size that is halved to an odd one, and a grey one that is odd at once.
const SHAPES: [(usize, usize); 2] = [(14, 3), (11, 1)];

fn model((size, channels): (usize, usize), dropout: f64) -> Model {
    let spec = CnnSpec { channels: vec![7, 18], hidden: 21, dropout, ..CnnSpec::default() };
    let shape = InputShape::Pixels { size: size as u64, channels: channels as u64 };
    Model::new(&ModelSpec::Cnn(spec), shape, CLASSES).unwrap()
}

fn objective() -> Objective {
    Objective::plain(Task::ImageClassification, CLASSES)
}

fn batch(model: &Model, step: u64, rows: usize) -> Batch {
    let mut random = Random::new(7, Purpose::Dropout { step, layer: 99 });
    let x = (0..rows * model.inputs()).map(|_| random.unit() * 4.0 - 2.0).collect();
    Batch { x, outputs: Outputs { values: Vec::new(), y: (0..rows).map(|row| (row % CLASSES) as f32).collect() } }
}

/// Not the initial ones, in which nothing is shifted.
fn weights(model: &Model) -> Weights {
    let mut weights = model.initial(3);
    let mut random = Random::new(5, Purpose::Shuffle { epoch: 0 });
    weights.iter_mut().flat_map(|matrix| &mut matrix.values).for_each(|value| *value += random.unit() * 0.4 - 0.2);
    weights
}

/// The largest difference, as a share of the largest value.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let largest = b.iter().fold(1e-6_f32, |largest, value| largest.max(value.abs()));
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / largest
}

#[test]
fn losses_outputs_and_gradients_are_those_of_burn() {
    for shape in SHAPES {
        for dropout in [0.0, 0.3] {
            let model = model(shape, dropout);
            let weights = weights(&model);
            let mut fused = Passes::new(Device::Flex, &model, &objective());
            let mut burn = BurnPasses::new(Device::Flex, &model, &objective());
            // More images than are looked at at once.
            for rows in [1, 19, ROWS] {
                let at = DropoutAt { seed: 11, step: rows as u64 };
                let (mut ours, mut theirs) = (batch(&model, 1, rows), batch(&model, 1, rows));
                let loss = fused.learn(&weights, &mut ours, at).unwrap();
                let expected = burn.learn(&weights, &mut theirs, at).unwrap();
                assert!((loss - expected).abs() <= 1e-5 * expected, "{shape:?} {dropout}: {loss} {expected}");
                assert!(apart(&ours.outputs.values, &theirs.outputs.values) < 1e-5);
                for ((gradient, expected), matrix) in fused.gradients().iter().zip(burn.gradients()).zip(&weights) {
                    let apart = apart(gradient, expected);
                    assert!(apart < 5e-5, "{shape:?} {dropout} {}: {apart}", matrix.name);
                }
            }
            let x = batch(&model, 9, 70).x;
            assert!(apart(&fused.ask(&weights, &x).unwrap(), &burn.ask(&weights, &x).unwrap()) < 1e-5);
        }
    }
}

#[test]
fn the_same_batch_gives_the_same_bits_after_a_larger_or_a_smaller_one() {
    let model = model(SHAPES[0], 0.3);
    let weights = weights(&model);
    let at = DropoutAt { seed: 11, step: 1 };
    let mut fresh = Passes::new(Device::Flex, &model, &objective());
    let mut used = Passes::new(Device::Flex, &model, &objective());
    for rows in [4 * ROWS, 2] {
        used.learn(&weights, &mut batch(&model, 8, rows), at).unwrap();
    }
    let losses = [&mut fresh, &mut used].map(|passes| passes.learn(&weights, &mut batch(&model, 1, ROWS), at).unwrap());
    assert_eq!(losses[0].to_bits(), losses[1].to_bits());
    assert_eq!(fresh.gradients(), used.gradients());
}

#[test]
fn what_is_not_a_number_is_noticed() {
    let model = model(SHAPES[1], 0.0);
    let mut weights = weights(&model);
    weights[0].values.fill(f32::NAN);
    let mut passes = Passes::new(Device::Flex, &model, &objective());
    let loss = passes.learn(&weights, &mut batch(&model, 1, ROWS), DropoutAt { seed: 1, step: 1 }).unwrap();
    assert!(loss.is_nan(), "{loss}");
}
