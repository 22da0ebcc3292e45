//! The fused passes against Burn's, which are the reference: gradients, losses, and weights after training.

use domain::job::{Activation, Device, InputShape, Learning, MlpSpec, ModelSpec, Optimizer as Rule, ResnetSpec, Task};

use super::reference::{Pair, apart, forgets_other_batches, shaken};
use crate::{
    evaluate::Outputs,
    model::{DropoutAt, Model},
    objective::Objective,
    optimizer::Optimizer,
    passes::{Batch, BurnPasses, Passes},
    random::{Purpose, Random},
};

/// Odd on purpose: neither rows nor widths fill whole tiles.
const ROWS: usize = 37;
const INPUTS: usize = 19;
/// Without pieces of numbers.
const PLAIN: usize = 11;
const CLASSES: usize = 5;

/// Classes that count differently, and certainty that is spread: what is plain is a special case of it.
fn objective(task: Task) -> Objective {
    let classes = if task == Task::Binary { 2 } else { CLASSES };
    let mut objective = Objective::plain(task, classes);
    for (at, weight) in objective.weights.iter_mut().enumerate() {
        *weight = 0.5 + at as f32;
    }
    objective.smoothing = if task == Task::Regression { 0.0 } else { 0.1 };
    objective
}

fn outputs(task: Task) -> usize {
    task.outputs(CLASSES as u64) as usize
}

fn model(spec: &ModelSpec, outputs: usize) -> Model {
    let plain = if spec.pieces() > 0 { PLAIN } else { INPUTS } as u64;
    Model::new(spec, InputShape::Numbers { width: INPUTS as u64, plain, embedded: 0 }, outputs).unwrap()
}

/// Another one for each step.
fn batch(task: Task, step: u64) -> Batch {
    let mut random = Random::new(7, Purpose::Dropout { step, layer: 99 });
    let x: Vec<f32> = (0..ROWS * INPUTS).map(|_| random.unit() * 4.0 - 2.0).collect();
    let y = x
        .chunks(INPUTS)
        .map(|row| match task {
            Task::Regression => row[0] - 0.5 * row[1],
            Task::Binary => f32::from(u8::from(row[0] > row[1])),
            _ => ((row[0] + 2.0) * CLASSES as f32 / 4.0).floor().clamp(0.0, CLASSES as f32 - 1.0),
        })
        .collect();
    Batch { x, outputs: Outputs { values: Vec::new(), y } }
}

fn architectures() -> Vec<ModelSpec> {
    let mut all = vec![ModelSpec::Linear];
    for activation in [Activation::Relu, Activation::Gelu, Activation::Tanh] {
        for dropout in [0.0, 0.3] {
            all.push(ModelSpec::Mlp(MlpSpec { hidden: vec![33, 20], activation, dropout, ..MlpSpec::default() }));
        }
    }
    for dropout in [0.0, 0.3] {
        all.push(ModelSpec::Resnet(ResnetSpec { width: 21, blocks: 2, hidden: 35, dropout }));
    }
    // Three, of which the last two are given more.
    let (members, pieces) = (Some(3), Some(2));
    all.push(ModelSpec::Mlp(MlpSpec { hidden: vec![7], dropout: 0.3, members, pieces, ..MlpSpec::default() }));
    all
}

fn all(mut check: impl FnMut(Task, &ModelSpec)) {
    for task in [Task::Regression, Task::Binary, Task::Multiclass] {
        for spec in architectures() {
            check(task, &spec);
        }
    }
}

#[test]
fn losses_outputs_and_gradients_are_those_of_burn() {
    all(|task, spec| {
        let model = model(spec, outputs(task));
        let weights = shaken(&model, 1.0);
        for device in Device::CPU {
            let mut pair =
                Pair::new(&model, &weights, &objective(task), device, format!("{task:?} {spec:?} {device:?}"));
            // Burn's ndarray differentiates an approximation of GELU.
            let gelu = matches!(spec, ModelSpec::Mlp(mlp) if mlp.activation == Activation::Gelu);
            let near = if gelu && device == Device::Ndarray { 2e-3 } else { 2e-5 };
            (0..3).for_each(|step| pair.learns_alike(|| batch(task, step), step, near));
            let Batch { x, outputs: Outputs { y, .. } } = batch(task, 9);
            let told = Outputs { values: pair.says_alike(&x), y };
            let (loss, expected) = (pair.fused.loss(&told).unwrap(), pair.burn.loss(&told).unwrap());
            assert!((loss - expected).abs() <= 1e-5 * expected, "{}: {loss} {expected}", pair.what);
        }
    });
}

#[test]
fn trained_weights_are_those_of_burn() {
    all(|task, spec| {
        let model = model(spec, outputs(task));
        for rule in Rule::ALL {
            let trained = |device: Option<Device>| {
                let mut weights = model.initial(3);
                let mut optimizer = Optimizer::new(rule, &Learning::default(), &weights);
                let mut burn = BurnPasses::new(device.unwrap_or_default(), &model, &objective(task)).unwrap();
                let mut fused = Passes::new(Device::Flex, &model, &objective(task)).unwrap();
                for step in 0..30 {
                    let (mut batch, at) = (batch(task, step), DropoutAt { seed: 11, step });
                    let gradients = if device.is_some() {
                        burn.learn(&weights, &mut batch, at).unwrap();
                        burn.gradients()
                    } else {
                        fused.learn(&weights, &mut batch, at).unwrap();
                        fused.gradients()
                    };
                    optimizer.step(&mut weights, gradients, step + 1, 0.003);
                }
                weights
            };
            let (ours, theirs) = (trained(None), trained(Some(Device::Flex)));
            for (ours, theirs) in ours.iter().zip(&theirs) {
                let apart = apart(&ours.values, &theirs.values);
                assert!(apart < 2e-3, "{task:?} {spec:?} {rule:?} {}: {apart}", ours.name);
            }
        }
    });
}

#[test]
fn the_same_batch_gives_the_same_bits_after_a_larger_or_a_smaller_one() {
    let model = model(&architectures()[4], CLASSES);
    let other = |rows: usize| {
        let mut other = batch(Task::Multiclass, 8);
        other.x.truncate(rows * INPUTS);
        other.outputs.y.truncate(rows);
        other
    };
    let (weights, objective) = (model.initial(3), objective(Task::Multiclass));
    forgets_other_batches(&model, &weights, &objective, [ROWS, 3].map(other), || batch(Task::Multiclass, 1));
}

#[test]
fn what_is_not_a_number_is_noticed() {
    all(|task, spec| {
        let model = model(spec, outputs(task));
        for wrong in [f32::NAN, f32::INFINITY] {
            let mut weights = model.initial(3);
            weights[0].values.fill(wrong);
            let mut passes = Passes::new(Device::Flex, &model, &objective(task)).unwrap();
            let at = DropoutAt { seed: 1, step: 1 };
            let loss = passes.learn(&weights, &mut batch(task, 1), at).unwrap();
            assert!(!loss.is_finite() || matches!(spec, ModelSpec::Mlp(_)) && wrong.is_infinite(), "{task:?} {spec:?}");
        }
    });
}
