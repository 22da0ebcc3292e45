//! The passes against Burn's: losses, outputs and gradients of all parameters.

use domain::job::{CnnSpec, Device, InputShape, ModelSpec, Task};

use crate::{
    evaluate::Outputs,
    fused::reference::{Pair, forgets_other_batches, is_the_same_on_any_threads, shaken},
    model::{DropoutAt, Model},
    objective::Objective,
    passes::{Batch, Passes},
    random::{Purpose, Random},
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

#[test]
fn losses_outputs_and_gradients_are_those_of_burn() {
    for shape in SHAPES {
        for dropout in [0.0, 0.3] {
            let model = model(shape, dropout);
            let weights = shaken(&model, 0.4);
            let what = format!("{shape:?}, dropout {dropout}");
            let mut pair = Pair::new(&model, &weights, &objective(), Device::Flex, what);
            // More images than are looked at at once.
            for rows in [1, 19, ROWS] {
                pair.learns_alike(|| batch(&model, 1, rows), rows as u64, 5e-5);
            }
            pair.says_alike(&batch(&model, 9, 70).x);
        }
    }
}

#[test]
fn the_same_batch_gives_the_same_bits_after_a_larger_or_a_smaller_one() {
    let model = model(SHAPES[0], 0.3);
    let others = [4 * ROWS, 2].map(|rows| batch(&model, 8, rows));
    forgets_other_batches(&model, &shaken(&model, 0.4), &objective(), others, || batch(&model, 1, ROWS));
}

#[test]
fn images_are_divided_without_a_trace() {
    for shape in SHAPES {
        let model = model(shape, 0.3);
        for rows in [1, ROWS, 19, 64] {
            is_the_same_on_any_threads(&model, &shaken(&model, 0.4), &objective(), || batch(&model, 1, rows));
        }
    }
}

#[test]
fn what_is_not_a_number_is_noticed() {
    let model = model(SHAPES[1], 0.0);
    let mut weights = shaken(&model, 0.4);
    weights[0].values.fill(f32::NAN);
    let mut passes = Passes::new(Device::Flex, &model, &objective()).unwrap();
    let loss = passes.learn(&weights, &mut batch(&model, 1, ROWS), DropoutAt { seed: 1, step: 1 }).unwrap();
    assert!(loss.is_nan(), "{loss}");
}
