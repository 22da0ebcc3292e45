//! Layers by the place of their parameters, forward and backward.

use super::{
    norm::Norm,
    product::{View, product},
    sum_rows,
};
use crate::weights::Matrix;

/// What a fully connected layer gives for the rows of `x`, into `to`. `first` is the place of its weights; its bias follows.
pub(super) fn linear(weights: &[Matrix], first: usize, x: &[f32], to: &mut [f32], panel: &mut Vec<f32>) {
    let Matrix { shape: [inputs, outputs], values, .. } = &weights[first];
    product(View::new(x, *inputs), View::new(values, *outputs), &weights[first + 1].values, to, panel);
}

/// The parameters, and what becomes of them.
pub(super) struct Pass<'a> {
    pub(super) weights: &'a [Matrix],
    pub(super) gradients: &'a mut [Vec<f32>],
}

impl Pass<'_> {
    /// A fully connected layer: its gradients, and the errors of its `inputs` into `below`.
    pub(super) fn linear(
        &mut self,
        first: usize,
        inputs: &[f32],
        errors: &[f32],
        below: &mut [f32],
        panel: &mut Vec<f32>,
    ) {
        self.gradients_of(first, inputs, errors, panel);
        self.errors_below(first, errors, below, panel);
    }

    /// What the errors of a fully connected layer say of its inputs.
    pub(super) fn errors_below(&self, first: usize, errors: &[f32], below: &mut [f32], panel: &mut Vec<f32>) {
        let Matrix { shape: [_, outputs], values, .. } = &self.weights[first];
        product(View::new(errors, *outputs), View::new(values, *outputs).transpose(), &[], below, panel);
    }

    /// Of a fully connected layer, without looking below it.
    pub(super) fn gradients_of(&mut self, first: usize, inputs: &[f32], errors: &[f32], panel: &mut Vec<f32>) {
        let [count, outputs] = self.weights[first].shape;
        let inputs = View::new(inputs, count).transpose();
        product(inputs, View::new(errors, outputs), &[], &mut self.gradients[first], panel);
        sum_rows(errors, &mut self.gradients[first + 1]);
    }

    pub(super) fn norm(&mut self, first: usize, norm: &Norm, above: &[f32], errors: &mut [f32]) {
        let (scale, shift) = self.gradients.split_at_mut(first + 1);
        norm.backward(above, &self.weights[first].values, errors, [&mut scale[first], &mut shift[0]]);
    }
}
