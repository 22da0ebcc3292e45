//! The passes of networks side by side, each on one thread: it is small enough for the cache.

use super::{Network, add, dense::DensePasses};
use crate::{
    model::{DropoutAt, Ensemble, mean_of},
    simd::{Simd, Work},
    threads::{Divide, divided},
    weights::Matrix,
};

/// Multiplications that are worth a thread.
const WORTH: usize = 1 << 19;

/// With room for what the members are given and say.
#[derive(Debug)]
pub(super) struct EnsemblePasses {
    members: Vec<Member>,
    inputs: usize,
    outputs: usize,
    /// Parameters of one member.
    each: usize,
}

#[derive(Debug)]
struct Member {
    passes: DensePasses,
    /// Inputs that it is given: the first ones of a row.
    inputs: usize,
    /// Those of the last batch, where they are not all of them.
    x: Vec<f32>,
    errors: Vec<f32>,
    /// Errors of `x`, where they matter: rows x inputs.
    below: Vec<f32>,
}

impl EnsemblePasses {
    pub(super) fn new(model: &Ensemble) -> Self {
        let member = |dense| Member {
            passes: DensePasses::new(dense),
            inputs: dense.widths[0],
            x: Vec::new(),
            errors: Vec::new(),
            below: Vec::new(),
        };
        Self {
            members: model.members.iter().map(member).collect(),
            inputs: model.inputs(),
            outputs: model.outputs(),
            each: model.parameters_each(),
        }
    }
}

impl Network for EnsemblePasses {
    fn members(&self) -> usize {
        self.members.len()
    }

    fn forward(&mut self, weights: &[Matrix], x: &[f32], dropout: DropoutAt, told: &mut [f32]) {
        let Self { members, inputs, each, .. } = self;
        let rows = told.len() / members.len() / self.outputs;
        let part = Part { members, first: 0, weights, each: *each, x, rows };
        divided(Forward { part, inputs: *inputs, dropout, told }, WORTH);
    }

    fn backward(
        &mut self,
        weights: &[Matrix],
        x: &[f32],
        rows: usize,
        errors: &mut Vec<f32>,
        gradients: &mut [Vec<f32>],
        below: Option<&mut [f32]>,
    ) {
        let Self { members, each, inputs, outputs } = self;
        let errors = &errors[..members.len() * rows * *outputs];
        let part = Part { members: &mut *members, first: 0, weights, each: *each, x, rows };
        divided(Backward { part, errors, gradients, below: below.is_some() }, WORTH);
        let Some(below) = below else { return };
        below.fill(0.0);
        for member in members {
            let rows = below.chunks_exact_mut(*inputs).zip(member.below.chunks_exact(member.inputs));
            rows.for_each(|(below, errors)| add(errors, &mut below[..member.inputs]));
        }
    }

    fn ask(&self, weights: &[Matrix], x: &[f32]) -> Vec<f32> {
        let (mut all, mut seen, mut mean) = (Vec::new(), Vec::new(), Vec::new());
        for (member, weights) in self.members.iter().zip(weights.chunks_exact(self.each)) {
            // Members with the same inputs follow each other.
            if member.inputs != self.inputs && seen.is_empty() {
                first(x, self.inputs, member.inputs, &mut seen);
            }
            let x = if member.inputs == self.inputs { x } else { &seen };
            all.extend(member.passes.ask(weights, x));
        }
        mean_of(self.members.len(), &all, &mut mean);
        mean
    }
}

/// Some of the members, and the batch, which is of all.
struct Part<'a, 'b> {
    members: &'b mut [Member],
    /// The place of the first of them.
    first: usize,
    weights: &'a [Matrix],
    /// Parameters of a member.
    each: usize,
    x: &'a [f32],
    rows: usize,
}

impl Part<'_, '_> {
    /// Multiplications, about; 0 when it cannot be divided.
    fn size(&self) -> usize {
        let weights: usize = self.weights.iter().map(|matrix| matrix.values.len()).sum();
        if self.members.len() < 2 { 0 } else { weights * self.rows }
    }

    fn divide(self) -> (Self, Self) {
        let Self { members, first, weights, each, x, rows } = self;
        let half = members.len() / 2;
        let (members, weights) = (members.split_at_mut(half), weights.split_at(half * each));
        (
            Part { members: members.0, first, weights: weights.0, each, x, rows },
            Part { members: members.1, first: first + half, weights: weights.1, each, x, rows },
        )
    }
}

struct Forward<'a, 'b> {
    part: Part<'a, 'b>,
    inputs: usize,
    dropout: DropoutAt,
    told: &'b mut [f32],
}

impl Divide for Forward<'_, '_> {
    fn size(&self) -> usize {
        self.part.size()
    }

    fn divide(self) -> (Self, Self) {
        let Self { part, inputs, dropout, told } = self;
        let width = told.len() / part.members.len();
        let (first, second) = part.divide();
        let told = told.split_at_mut(first.members.len() * width);
        (
            Forward { part: first, inputs, dropout, told: told.0 },
            Forward { part: second, inputs, dropout, told: told.1 },
        )
    }
}

impl Work for Forward<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { part: Part { members, first: place, weights, each, x, .. }, inputs, dropout, told } = self;
        let width = told.len() / members.len();
        let each = members.iter_mut().zip(weights.chunks_exact(each)).zip(told.chunks_exact_mut(width));
        for (at, ((member, weights), told)) in each.enumerate() {
            member.x.clear();
            first(x, inputs, member.inputs, &mut member.x);
            let x = if member.x.is_empty() { x } else { &member.x };
            member.passes.forward(weights, x, dropout.of_member(place + at), told);
        }
    }
}

struct Backward<'a, 'b> {
    part: Part<'a, 'b>,
    errors: &'a [f32],
    gradients: &'b mut [Vec<f32>],
    /// Whether the errors of the inputs matter.
    below: bool,
}

impl Divide for Backward<'_, '_> {
    fn size(&self) -> usize {
        // Twice as much as forward.
        2 * self.part.size()
    }

    fn divide(self) -> (Self, Self) {
        let Self { part, errors, gradients, below } = self;
        let width = errors.len() / part.members.len();
        let (first, second) = part.divide();
        let errors = errors.split_at(first.members.len() * width);
        let gradients = gradients.split_at_mut(first.weights.len());
        (
            Backward { part: first, errors: errors.0, gradients: gradients.0, below },
            Backward { part: second, errors: errors.1, gradients: gradients.1, below },
        )
    }
}

impl Work for Backward<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { part: Part { members, weights, each, x, rows, .. }, errors, gradients, below } = self;
        let width = errors.len() / members.len();
        let parameters = weights.chunks_exact(each).zip(gradients.chunks_exact_mut(each));
        let all = members.iter_mut().zip(parameters).zip(errors.chunks_exact(width));
        for ((member, (weights, gradients)), errors) in all {
            let x = if member.x.is_empty() { x } else { &member.x };
            member.errors.clear();
            member.errors.extend_from_slice(errors);
            member.below.resize(if below { rows * member.inputs } else { 0 }, 0.0);
            let below = below.then_some(member.below.as_mut_slice());
            member.passes.backward(weights, x, rows, &mut member.errors, gradients, below);
        }
    }
}

/// The first `wanted` of the numbers of each row of `width`; nothing when that is all of them.
fn first(x: &[f32], width: usize, wanted: usize, to: &mut Vec<f32>) {
    if wanted < width {
        x.chunks_exact(width).for_each(|row| to.extend_from_slice(&row[..wanted]));
    }
}
