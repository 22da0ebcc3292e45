//! One block, forward and backward, a part of the images by each thread.

use super::{
    pool::{pool, spread},
    windows::{add_windows, windows},
};
use crate::{
    fused::{
        add, grow,
        product::{View, product_alone},
        sum_rows,
    },
    model::{Block, WINDOW},
    simd::{Simd, Work},
    threads::{Divide, divided},
};

/// Parts of a batch, each of which is looked at by one thread and sums its own gradient. Always as many, so that the sum of
/// all is the same, bit for bit, whatever the number of threads.
const PARTS: usize = 8;
/// Pixels whose windows are looked at at once, about.
const PIXELS: usize = 1_600;
/// Multiplications that are worth a thread.
const WORTH: usize = 1 << 20;

/// Room for each part.
#[derive(Debug, Default)]
pub(super) struct Parts([Part; PARTS]);

/// Room for a few images, and the gradient of a part.
#[derive(Debug, Default)]
struct Part {
    windows: Vec<f32>,
    sums: Vec<f32>,
    /// Of the weights, then the biases.
    gradient: Vec<f32>,
    /// Of the last few images.
    few: Vec<f32>,
    panel: Vec<f32>,
}

impl Parts {
    /// As many parts as there is something for, and the images of each; the last may have fewer.
    fn of(&mut self, block: &Block, images: usize, gradients: bool) -> (&mut [Part], usize) {
        let each = images.div_ceil(PARTS).max(1);
        let pixels = group(block).min(each) * block.size * block.size;
        let parts = &mut self.0[..images.div_ceil(each)];
        for part in &mut *parts {
            grow(&mut part.windows, pixels * WINDOW * block.inputs);
            grow(&mut part.sums, pixels * block.outputs);
            if gradients {
                grow(&mut part.gradient, parameters(block));
                grow(&mut part.few, parameters(block));
            }
        }
        (parts, each)
    }
}

/// Images of a block that are looked at at once.
fn group(block: &Block) -> usize {
    (PIXELS / (block.size * block.size)).max(1)
}

/// Weights and biases.
fn parameters(block: &Block) -> usize {
    (WINDOW * block.inputs + 1) * block.outputs
}

/// Multiplications of one product for what a block was given; 0 where there is one part, which cannot be divided.
fn work(block: &Block, given: &[f32], parts: &[Part]) -> usize {
    if parts.len() < 2 { 0 } else { given.len() * WINDOW * block.outputs }
}

/// What a block gives for images, into `values`, and where the largest of each four was, into `origins`.
pub(super) fn forward(
    block: &Block,
    weights: [&[f32]; 2],
    given: &[f32],
    values: &mut [f32],
    origins: &mut [u8],
    parts: &mut Parts,
) {
    let (parts, each) = parts.of(block, given.len() / block.width_before(), false);
    divided(Forward { block, weights, given, values, origins, parts, each }, WORTH);
}

struct Forward<'a, 'b> {
    block: &'a Block,
    /// And biases.
    weights: [&'a [f32]; 2],
    given: &'a [f32],
    values: &'b mut [f32],
    origins: &'b mut [u8],
    parts: &'b mut [Part],
    /// Images of a part.
    each: usize,
}

impl Divide for Forward<'_, '_> {
    fn size(&self) -> usize {
        work(self.block, self.given, self.parts)
    }

    fn divide(self) -> (Self, Self) {
        let Self { block, weights, given, values, origins, parts, each } = self;
        let images = parts.len() / 2 * each;
        let given = given.split_at(images * block.width_before());
        let values = values.split_at_mut(images * block.width_after());
        let origins = origins.split_at_mut(images * block.width_after());
        let parts = parts.split_at_mut(parts.len() / 2);
        (
            Forward { block, weights, given: given.0, values: values.0, origins: origins.0, parts: parts.0, each },
            Forward { block, weights, given: given.1, values: values.1, origins: origins.1, parts: parts.1, each },
        )
    }
}

impl Work for Forward<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { block, weights: [weight, bias], given, values, origins, parts, each } = self;
        // One after the other, all in the room of the first.
        let Some(Part { windows: rows, sums, panel, .. }) = parts.first_mut() else { return };
        let few = group(block).min(each);
        let width = few * block.width_after();
        let told = values.chunks_mut(width).zip(origins.chunks_mut(width));
        for (given, (values, origins)) in given.chunks(few * block.width_before()).zip(told) {
            let pixels = given.len() / block.inputs;
            let rows = &mut rows[..pixels * WINDOW * block.inputs];
            windows(given, block.size, block.inputs, rows);
            let sums = &mut sums[..pixels * block.outputs];
            let rows = View::new(rows, WINDOW * block.inputs);
            product_alone(rows, View::new(weight, block.outputs), bias, sums, panel);
            pool(block, sums, values, origins);
        }
    }
}

/// From the errors of what a block gave, and where that came from, to the gradients of its weights and biases, and to the errors
/// of what it was given, unless nobody asks for them.
pub(super) fn backward(
    block: &Block,
    weight: &[f32],
    given: &[f32],
    (errors, origins): (&[f32], &[u8]),
    below: Option<&mut [f32]>,
    gradients: &mut [Vec<f32>],
    parts: &mut Parts,
) {
    let (parts, each) = parts.of(block, given.len() / block.width_before(), true);
    divided(Backward { block, weight, given, errors, origins, below, parts: &mut *parts, each }, WORTH);
    for (gradients, from) in gradients.iter_mut().zip([0, weight.len()]) {
        gradients.fill(0.0);
        for part in &*parts {
            add(&part.gradient[from..from + gradients.len()], gradients);
        }
    }
}

struct Backward<'a, 'b> {
    block: &'a Block,
    weight: &'a [f32],
    given: &'a [f32],
    errors: &'a [f32],
    origins: &'a [u8],
    below: Option<&'b mut [f32]>,
    parts: &'b mut [Part],
    /// Images of a part.
    each: usize,
}

impl Divide for Backward<'_, '_> {
    fn size(&self) -> usize {
        work(self.block, self.given, self.parts)
    }

    fn divide(self) -> (Self, Self) {
        let Self { block, weight, given, errors, origins, below, parts, each } = self;
        let images = parts.len() / 2 * each;
        let given = given.split_at(images * block.width_before());
        let errors = errors.split_at(images * block.width_after());
        let origins = origins.split_at(images * block.width_after());
        let below = below.map(|below| below.split_at_mut(images * block.width_before())).unzip();
        let parts = parts.split_at_mut(parts.len() / 2);
        let half = |given, errors, origins, below, parts| Backward {
            block,
            weight,
            given,
            errors,
            origins,
            below,
            parts,
            each,
        };
        (half(given.0, errors.0, origins.0, below.0, parts.0), half(given.1, errors.1, origins.1, below.1, parts.1))
    }
}

impl Work for Backward<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { block, weight, given, errors, origins, mut below, parts, each } = self;
        let (before, after) = (each * block.width_before(), each * block.width_after());
        for (at, (part, given)) in parts.iter_mut().zip(given.chunks(before)).enumerate() {
            let count = given.len() / block.width_before() * block.width_after();
            let places = at * after..at * after + count;
            let below = below.as_mut().map(|below| &mut below[at * before..at * before + given.len()]);
            part.descend(block, weight, given, (&errors[places.clone()], &origins[places]), below);
        }
    }
}

impl Part {
    fn descend(
        &mut self,
        block: &Block,
        weight: &[f32],
        given: &[f32],
        (errors, origins): (&[f32], &[u8]),
        mut below: Option<&mut [f32]>,
    ) {
        let Self { windows: rows, sums, gradient, few, panel } = self;
        let (gradient, few) = (&mut gradient[..parameters(block)], &mut few[..parameters(block)]);
        gradient.fill(0.0);
        let (before, after) = (group(block) * block.width_before(), group(block) * block.width_after());
        for (at, given) in given.chunks(before).enumerate() {
            let pixels = given.len() / block.inputs;
            let sums = &mut sums[..pixels * block.outputs];
            let count = given.len() / block.width_before() * block.width_after();
            let places = at * after..at * after + count;
            spread(block, &errors[places.clone()], &origins[places], sums);
            let rows = &mut rows[..pixels * WINDOW * block.inputs];
            windows(given, block.size, block.inputs, rows);
            let of_sums = View::new(sums, block.outputs);
            let transposed = View::new(rows, WINDOW * block.inputs).transpose();
            let (weights, biases) = few.split_at_mut(weight.len());
            product_alone(transposed, of_sums, &[], weights, panel);
            sum_rows(sums, biases);
            add(few, gradient);
            if let Some(below) = &mut below {
                product_alone(of_sums, View::new(weight, block.outputs).transpose(), &[], rows, panel);
                let below = &mut below[at * before..at * before + given.len()];
                add_windows(rows, block.size, block.inputs, below);
            }
        }
    }
}
