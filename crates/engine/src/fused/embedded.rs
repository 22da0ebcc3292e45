//! The passes of tables of words: what they say of a row is put where its positions are.

use super::{Network, add, grow, network};
use crate::{
    model::{DropoutAt, Embedded},
    weights::Matrix,
};

/// With room for rows as the model within is given them.
#[derive(Debug)]
pub(super) struct EmbeddedPasses {
    model: Embedded,
    inner: Box<dyn Network>,
    x: Vec<f32>,
    /// Errors of `x`.
    below: Vec<f32>,
}

impl EmbeddedPasses {
    pub(super) fn new(model: &Embedded) -> Self {
        Self { inner: network(&model.inner), model: model.clone(), x: Vec::new(), below: Vec::new() }
    }

    fn split<'a>(&self, weights: &'a [Matrix]) -> (&'a [Matrix], &'a [Matrix]) {
        weights.split_at(self.model.codes.len())
    }
}

/// Where in its table the numbers of a word are. What is no position is the last, which is for what is unknown.
fn place(position: f32, words: usize) -> usize {
    (position as usize).min(words - 1)
}

/// Rows with positions become rows of numbers.
fn expand(model: &Embedded, tables: &[Matrix], x: &[f32], to: &mut Vec<f32>) {
    to.clear();
    for row in x.chunks_exact(model.inputs) {
        let mut from = 0;
        for (code, table) in model.codes.iter().zip(tables) {
            to.extend_from_slice(&row[from..code.at]);
            let first = place(row[code.at], code.words) * code.width;
            to.extend_from_slice(&table.values[first..first + code.width]);
            from = code.at + 1;
        }
        to.extend_from_slice(&row[from..]);
    }
}

impl Network for EmbeddedPasses {
    fn members(&self) -> usize {
        self.inner.members()
    }

    fn forward(&mut self, weights: &[Matrix], x: &[f32], dropout: DropoutAt, told: &mut [f32]) {
        let (tables, rest) = self.split(weights);
        expand(&self.model, tables, x, &mut self.x);
        self.inner.forward(rest, &self.x, dropout, told);
    }

    fn backward(
        &mut self,
        weights: &[Matrix],
        x: &[f32],
        rows: usize,
        errors: &mut Vec<f32>,
        gradients: &mut [Vec<f32>],
        _: Option<&mut [f32]>,
    ) {
        let (_, rest) = self.split(weights);
        let Self { model, inner, x: seen, below } = self;
        grow(below, seen.len());
        let below = &mut below[..seen.len()];
        let (tables, others) = gradients.split_at_mut(model.codes.len());
        inner.backward(rest, seen, rows, errors, others, Some(below));
        for gradient in &mut *tables {
            gradient.fill(0.0);
        }
        for (row, below) in x.chunks_exact(model.inputs).zip(below.chunks_exact(model.inner.inputs())) {
            // How much further right each is, the wider those before it are.
            let mut wider = 0;
            for (code, gradient) in model.codes.iter().zip(&mut *tables) {
                let first = place(row[code.at], code.words) * code.width;
                add(&below[code.at + wider..][..code.width], &mut gradient[first..first + code.width]);
                wider += code.width - 1;
            }
        }
    }

    fn ask(&self, weights: &[Matrix], x: &[f32]) -> Vec<f32> {
        let (tables, rest) = self.split(weights);
        let mut seen = Vec::new();
        expand(&self.model, tables, x, &mut seen);
        self.inner.ask(rest, &seen)
    }
}

#[cfg(feature = "train")]
#[cfg(test)]
mod tests {
    use dataset::Code;
    use domain::job::{Device, InputShape, MlpSpec, ModelSpec, ResnetSpec, Task};

    use crate::{
        evaluate::Outputs,
        fused::reference::{Pair, forgets_other_batches, is_the_same_on_any_threads, shaken},
        model::Model,
        objective::Objective,
        passes::Batch,
        random::{Purpose, Random},
    };

    const CLASSES: usize = 3;
    /// Of a row: numbers at 0, 3, 5 and 6, words at the others; the last two are pieces.
    const INPUTS: usize = 7;
    const CODES: [Code; 3] =
        [Code { at: 1, words: 9, width: 4 }, Code { at: 2, words: 70, width: 8 }, Code { at: 4, words: 5, width: 4 }];

    fn models() -> Vec<Model> {
        let (members, pieces) = (Some(3), Some(2));
        let ensemble = MlpSpec { hidden: vec![7], dropout: 0.3, members, pieces, ..MlpSpec::default() };
        let specs = [
            ModelSpec::Mlp(MlpSpec { hidden: vec![13], ..MlpSpec::default() }),
            ModelSpec::Mlp(ensemble),
            ModelSpec::Resnet(ResnetSpec { width: 9, blocks: 2, hidden: 11, dropout: 0.2 }),
        ];
        let wider: u64 = CODES.iter().map(|code| code.width as u64 - 1).sum();
        let width = INPUTS as u64 + wider;
        let model = |spec: ModelSpec| {
            let plain = if spec.pieces() > 0 { width - 2 } else { width };
            let shape = InputShape::Numbers { width, plain, embedded: 0 };
            Model::new(&spec, shape, CLASSES).unwrap().embedding(CODES.to_vec(), INPUTS)
        };
        specs.map(model).into()
    }

    fn batch(step: u64, rows: usize) -> Batch {
        let mut random = Random::new(7, Purpose::Dropout { step, layer: 99 });
        let mut x: Vec<f32> = (0..rows * INPUTS).map(|_| random.unit() * 4.0 - 2.0).collect();
        for row in x.chunks_exact_mut(INPUTS) {
            for code in CODES {
                row[code.at] = (random.unit() * code.words as f32).floor().min(code.words as f32 - 1.0);
            }
        }
        Batch { x, outputs: Outputs { values: Vec::new(), y: (0..rows).map(|row| (row % CLASSES) as f32).collect() } }
    }

    #[test]
    fn losses_outputs_and_gradients_are_those_of_burn() {
        let objective = Objective::plain(Task::Multiclass, CLASSES);
        for model in models() {
            let weights = shaken(&model, 0.4);
            for device in Device::CPU {
                let mut pair = Pair::new(&model, &weights, &objective, device, format!("{model:?} {device:?}"));
                for rows in [1, 37, 5] {
                    pair.learns_alike(|| batch(1, rows), rows as u64, 5e-5);
                }
                pair.says_alike(&batch(9, 70).x);
            }
        }
    }

    #[test]
    fn members_are_divided_without_a_trace() {
        let objective = Objective::plain(Task::Multiclass, CLASSES);
        for model in models() {
            is_the_same_on_any_threads(&model, &shaken(&model, 0.4), &objective, || batch(1, 37));
        }
    }

    #[test]
    fn the_same_batch_gives_the_same_bits_after_a_larger_or_a_smaller_one() {
        let objective = Objective::plain(Task::Multiclass, CLASSES);
        for model in models() {
            let others = [40, 2].map(|rows| batch(8, rows));
            forgets_other_batches(&model, &shaken(&model, 0.4), &objective, others, || batch(1, 5));
        }
    }
}
