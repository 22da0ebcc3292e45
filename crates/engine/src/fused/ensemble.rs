//! The passes of networks side by side, one after the other: each is small enough for the cache.

use super::{Network, dense::DensePasses};
use crate::{
    model::{DropoutAt, Ensemble, mean_of},
    weights::Matrix,
};

/// With room for what the members are given and say.
#[derive(Debug)]
pub(super) struct EnsemblePasses {
    members: Vec<Member>,
    inputs: usize,
    outputs: usize,
    /// Parameters of one member.
    each: usize,
    errors: Vec<f32>,
}

#[derive(Debug)]
struct Member {
    passes: DensePasses,
    /// Inputs that it is given: the first ones of a row.
    inputs: usize,
    /// Those of the last batch, where they are not all of them.
    x: Vec<f32>,
}

impl EnsemblePasses {
    pub(super) fn new(model: &Ensemble) -> Self {
        let member = |dense| Member { passes: DensePasses::new(dense), inputs: dense.widths[0], x: Vec::new() };
        Self {
            members: model.members.iter().map(member).collect(),
            inputs: model.inputs(),
            outputs: model.outputs(),
            each: model.parameters_each(),
            errors: Vec::new(),
        }
    }
}

impl Network for EnsemblePasses {
    fn members(&self) -> usize {
        self.members.len()
    }

    fn forward(&mut self, weights: &[Matrix], x: &[f32], dropout: DropoutAt, told: &mut [f32]) {
        let rows = told.len() / self.members.len();
        let each = self.members.iter_mut().zip(weights.chunks_exact(self.each)).zip(told.chunks_exact_mut(rows));
        for (at, ((member, weights), told)) in each.enumerate() {
            member.x.clear();
            first(x, self.inputs, member.inputs, &mut member.x);
            let x = if member.x.is_empty() { x } else { &member.x };
            member.passes.forward(weights, x, dropout.of_member(at), told);
        }
    }

    fn backward(
        &mut self,
        weights: &[Matrix],
        x: &[f32],
        rows: usize,
        errors: &mut Vec<f32>,
        gradients: &mut [Vec<f32>],
    ) {
        let width = rows * self.outputs;
        let parameters = weights.chunks_exact(self.each).zip(gradients.chunks_exact_mut(self.each));
        let each = self.members.iter_mut().zip(parameters).zip(errors.chunks_exact(width));
        for ((member, (weights, gradients)), errors) in each {
            let x = if member.x.is_empty() { x } else { &member.x };
            self.errors.clear();
            self.errors.extend_from_slice(errors);
            member.passes.backward(weights, x, rows, &mut self.errors, gradients);
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

/// The first `wanted` of the numbers of each row of `width`; nothing when that is all of them.
fn first(x: &[f32], width: usize, wanted: usize, to: &mut Vec<f32>) {
    if wanted < width {
        x.chunks_exact(width).for_each(|row| to.extend_from_slice(&row[..wanted]));
    }
}
