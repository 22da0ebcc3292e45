//! The passes against Burn's: losses, outputs, gradients of all parameters, and weights after training.

use domain::job::{Device, InputShape, Learning, ModelSpec, Optimizer as Rule, Task, TransformerSpec};

use crate::{
    evaluate::Outputs,
    fused::reference::{Pair, apart, forgets_other_batches, shaken},
    model::{DropoutAt, Model},
    objective::Objective,
    optimizer::Optimizer,
    passes::{Batch, BurnPasses, Passes},
    random::{Purpose, Random},
    weights::Weights,
};

/// Odd on purpose: nothing fills whole tiles.
const LENGTH: usize = 11;
const VOCABULARY: usize = 23;
const CLASSES: usize = 3;
const ROWS: usize = 9;

fn model(dropout: f64) -> Model {
    let spec =
        TransformerSpec { width: 15, layers: 2, heads: 3, feed_forward: 21, dropout, ..TransformerSpec::default() };
    let shape = InputShape::Tokens { length: LENGTH as u64, vocabulary: VOCABULARY as u64 };
    Model::new(&ModelSpec::Transformer(spec), shape, CLASSES).unwrap()
}

fn objective() -> Objective {
    Objective::plain(Task::TextClassification, CLASSES)
}

/// Texts of different lengths, from one token to all there may be.
fn batch(step: u64, rows: usize) -> Batch {
    let mut random = Random::new(7, Purpose::Dropout { step, layer: 99 });
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for row in 0..rows {
        let count = if row == 0 { LENGTH } else { 1 + random.below(LENGTH) };
        let text: Vec<f32> = (0..count).map(|_| (1 + random.below(VOCABULARY - 1)) as f32).collect();
        y.push((text[0] as usize % CLASSES) as f32);
        x.extend(text.iter().copied().chain(std::iter::repeat(0.0)).take(LENGTH));
    }
    Batch { x, outputs: Outputs { values: Vec::new(), y } }
}

/// Some of the initial ones shift or scale nothing.
fn weights(model: &Model) -> Weights {
    shaken(model, 0.4)
}

/// A step: the gradients of a batch.
type Learn<'a> = &'a mut dyn FnMut(&Weights, &mut Batch, DropoutAt) -> Vec<Vec<f32>>;

#[test]
fn losses_outputs_and_gradients_are_those_of_burn() {
    for dropout in [0.0, 0.3] {
        let model = model(dropout);
        let weights = weights(&model);
        let mut pair = Pair::new(&model, &weights, &objective(), Device::Flex, format!("dropout {dropout}"));
        // What asks and offers has errors that nearly cancel.
        (0..3).for_each(|step| pair.learns_alike(|| batch(step, ROWS), step, 1e-4));
        pair.says_alike(&batch(9, 70).x);
    }
}

#[test]
fn trained_weights_are_those_of_burn() {
    let model = model(0.1);
    let trained = |passes: Learn<'_>| {
        let mut weights = weights(&model);
        let mut optimizer = Optimizer::new(Rule::Adam, &Learning::default(), &weights);
        for step in 0..20 {
            let gradients = passes(&weights, &mut batch(step, ROWS), DropoutAt { seed: 11, step });
            optimizer.step(&mut weights, &gradients, step + 1, 0.003);
        }
        weights
    };
    let mut fused = Passes::new(Device::Flex, &model, &objective()).unwrap();
    let mut burn = BurnPasses::new(Device::Flex, &model, &objective()).unwrap();
    let ours = trained(&mut |weights, batch, at| {
        fused.learn(weights, batch, at).unwrap();
        fused.gradients().to_vec()
    });
    let theirs = trained(&mut |weights, batch, at| {
        burn.learn(weights, batch, at).unwrap();
        burn.gradients().to_vec()
    });
    for (ours, theirs) in ours.iter().zip(&theirs) {
        let apart = apart(&ours.values, &theirs.values);
        // Adam divides by the size of a gradient: where it is next to nothing, its sign is chance.
        assert!(apart < 2e-2, "{}: {apart}", ours.name);
    }
}

#[test]
fn the_same_batch_gives_the_same_bits_after_a_larger_or_a_smaller_one() {
    let model = model(0.3);
    let others = [2 * ROWS, 2].map(|rows| batch(8, rows));
    forgets_other_batches(&model, &weights(&model), &objective(), others, || batch(1, ROWS));
}

#[test]
fn what_comes_after_the_end_of_a_text_says_nothing() {
    let model = model(0.0);
    let weights = weights(&model);
    let passes = Passes::new(Device::Flex, &model, &objective()).unwrap();
    let text = [3.0, 4.0, 5.0];
    let mut row = [0.0; LENGTH];
    row[..3].copy_from_slice(&text);
    let alone = passes.ask(&weights, &row).unwrap();
    let among = passes.ask(&weights, &[batch(1, 5).x, row.to_vec()].concat()).unwrap();
    assert_eq!(alone, among[5 * CLASSES..]);
}
