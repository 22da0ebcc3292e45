//! Attention of each token on all tokens of its text, head by head, forward and backward.

use std::ops::Add;

use super::tokens::Packed;
use crate::{
    fused::{
        elementary::exp_negative,
        fold, grow,
        product::{View, product},
    },
    simd::{Simd, Work, fastest},
};

/// What attention gave, and what its backward pass needs.
#[derive(Debug, Default)]
pub(super) struct Attention {
    /// Tokens x 3 width: what each token asks (divided by the root of the width of a head), offers and says. A text's are
    /// three blocks, each head after head, each tokens x width of a head.
    parts: Vec<f32>,
    /// Head after head of each text: tokens x tokens, how much each listens to each.
    shares: Vec<f32>,
    /// Tokens x width, heads side by side.
    pub(super) values: Vec<f32>,
}

/// Room that is used again, for one head of one text.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) panel: Vec<f32>,
    pairs: Vec<f32>,
    head: Vec<f32>,
    parts: Vec<f32>,
}

/// Where one head of one text is.
struct Place {
    /// First token of the text, and how many it has.
    first: usize,
    count: usize,
    head: usize,
    /// Width of a head, and of all.
    narrow: usize,
    width: usize,
}

impl Place {
    /// In blocks of one text: of all that tokens ask, of one head.
    fn part(&self, part: usize) -> std::ops::Range<usize> {
        let begin = self.first * 3 * self.width + (part * self.width + self.head * self.narrow) * self.count;
        begin..begin + self.count * self.narrow
    }
}

impl Attention {
    /// `x` is tokens x 3 width.
    pub(super) fn forward(&mut self, x: &[f32], packed: &Packed, [width, heads]: [usize; 2], scratch: &mut Scratch) {
        grow(&mut self.parts, packed.tokens() * 3 * width);
        grow(&mut self.shares, packed.pairs() * heads);
        grow(&mut self.values, packed.tokens() * width);
        let narrow = width / heads;
        let scale = 1.0 / (narrow as f32).sqrt();
        let mut pairs = 0;
        for (first, count) in packed.texts() {
            for head in 0..heads {
                let place = Place { first, count, head, narrow, width };
                for (part, scale) in [scale, 1.0, 1.0].into_iter().enumerate() {
                    let from = &x[first * 3 * width..(first + count) * 3 * width];
                    let column = part * width + head * narrow;
                    gather(from, [3 * width, narrow], column, scale, &mut self.parts[place.part(part)]);
                }
                let [asked, offered, said] = [0, 1, 2].map(|part| View::new(&self.parts[place.part(part)], narrow));
                let shares = &mut self.shares[pairs..pairs + count * count];
                product(asked, offered.transpose(), &[], shares, &mut scratch.panel);
                fastest(Softmax { rows: shares, width: count });
                grow(&mut scratch.head, count * narrow);
                let heard = &mut scratch.head[..count * narrow];
                product(View::new(shares, count), said, &[], heard, &mut scratch.panel);
                let to = &mut self.values[first * width..(first + count) * width];
                scatter(heard, to, [width, narrow], head * narrow, 1.0);
                pairs += count * count;
            }
        }
    }

    /// From errors of [`Attention::values`] to errors of what went in (tokens x 3 width), into `errors`.
    pub(super) fn backward(
        &self,
        above: &[f32],
        packed: &Packed,
        [width, heads]: [usize; 2],
        errors: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let narrow = width / heads;
        let scale = 1.0 / (narrow as f32).sqrt();
        let mut at = 0;
        for (first, count) in packed.texts() {
            grow(&mut scratch.pairs, count * count);
            grow(&mut scratch.head, count * narrow);
            grow(&mut scratch.parts, count * narrow);
            for head in 0..heads {
                let place = Place { first, count, head, narrow, width };
                let Scratch { panel, pairs, head: heard, parts } = &mut *scratch;
                let (pairs, heard, error) =
                    (&mut pairs[..count * count], &mut heard[..count * narrow], &mut parts[..count * narrow]);
                let [asked, offered, said] = [0, 1, 2].map(|part| View::new(&self.parts[place.part(part)], narrow));
                let shares = &self.shares[at..at + count * count];
                let to = &mut errors[first * 3 * width..(first + count) * 3 * width];
                let column = |part: usize| part * width + head * narrow;
                let above = &above[first * width..(first + count) * width];
                gather(above, [width, narrow], head * narrow, 1.0, heard);
                let heard = View::new(heard, narrow);
                product(View::new(shares, count).transpose(), heard, &[], error, panel);
                scatter(error, to, [3 * width, narrow], column(2), 1.0);
                product(heard, said.transpose(), &[], pairs, panel);
                fastest(SoftmaxBackward { errors: pairs, shares, width: count });
                let pairs = View::new(pairs, count);
                product(pairs, offered, &[], error, panel);
                scatter(error, to, [3 * width, narrow], column(0), scale);
                product(pairs.transpose(), asked, &[], error, panel);
                scatter(error, to, [3 * width, narrow], column(1), 1.0);
                at += count * count;
            }
        }
    }
}

/// `count` of `columns` columns, times `scale`.
fn gather(from: &[f32], [columns, count]: [usize; 2], first: usize, scale: f32, to: &mut [f32]) {
    for (from, to) in from.chunks_exact(columns).zip(to.chunks_exact_mut(count)) {
        for (from, to) in from[first..first + count].iter().zip(to) {
            *to = from * scale;
        }
    }
}

/// The reverse: into `count` of `columns` columns.
fn scatter(from: &[f32], to: &mut [f32], [columns, count]: [usize; 2], first: usize, scale: f32) {
    for (from, to) in from.chunks_exact(count).zip(to.chunks_exact_mut(columns)) {
        for (from, to) in from.iter().zip(&mut to[first..first + count]) {
            *to = from * scale;
        }
    }
}

struct Softmax<'a> {
    rows: &'a mut [f32],
    width: usize,
}

impl Work for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for row in self.rows.chunks_exact_mut(self.width) {
            let highest = fold(row.len(), f32::NEG_INFINITY, |at| row[at], |a, b| if b > a { b } else { a });
            for value in &mut *row {
                *value = exp_negative(simd, *value - highest);
            }
            let share = 1.0 / fold(row.len(), 0.0, |at| row[at], Add::add);
            for value in row {
                *value *= share;
            }
        }
    }
}

struct SoftmaxBackward<'a> {
    errors: &'a mut [f32],
    shares: &'a [f32],
    width: usize,
}

impl Work for SoftmaxBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { errors, shares, width } = self;
        for (errors, shares) in errors.chunks_exact_mut(width).zip(shares.chunks_exact(width)) {
            errors.iter_mut().zip(shares).for_each(|(error, share)| *error *= share);
            let sum = fold(errors.len(), 0.0, |at| errors[at], Add::add);
            for (error, share) in errors.iter_mut().zip(shares) {
                *error -= share * sum;
            }
        }
    }
}
