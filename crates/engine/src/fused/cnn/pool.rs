//! ReLU and 2 x 2 max pooling in one pass, forward and backward.

use crate::{
    model::Block,
    simd::{Simd, Work, fastest},
};

/// Nothing was larger than zero.
const NOWHERE: u8 = 4;

/// The largest of each four sums, at least zero, and which of them it was. NaN is not hidden by becoming zero.
pub(super) fn pool(block: &Block, sums: &[f32], values: &mut [f32], origins: &mut [u8]) {
    fastest(Pool { block, sums, values, origins });
}

/// The errors of what was pooled, where each came from; zeros elsewhere.
pub(super) fn spread(block: &Block, errors: &[f32], origins: &[u8], sums: &mut [f32]) {
    fastest(Spread { block, errors, origins, sums });
}

struct Pool<'a> {
    block: &'a Block,
    sums: &'a [f32],
    values: &'a mut [f32],
    origins: &'a mut [u8],
}

impl Work for Pool<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { block, sums, values, origins } = self;
        let Block { size, outputs: channels, .. } = *block;
        let (half, line) = (block.half(), size * channels);
        let images = values.chunks_exact_mut(block.width_after()).zip(origins.chunks_exact_mut(block.width_after()));
        for (image, (values, origins)) in sums.chunks_exact(size * line).zip(images) {
            let pixels = values.chunks_exact_mut(channels).zip(origins.chunks_exact_mut(channels));
            for (at, (values, origins)) in pixels.enumerate() {
                let first = at / half * 2 * line + at % half * 2 * channels;
                let [a, b, c, d] = [0, channels, line, line + channels].map(|next| &image[first + next..][..channels]);
                for channel in 0..channels {
                    let (mut largest, mut origin) = (0.0, NOWHERE);
                    for (place, value) in [a[channel], b[channel], c[channel], d[channel]].into_iter().enumerate() {
                        let larger = value > largest || value.is_nan();
                        largest = if larger { value } else { largest };
                        origin = if larger { place as u8 } else { origin };
                    }
                    values[channel] = largest;
                    origins[channel] = origin;
                }
            }
        }
    }
}

struct Spread<'a> {
    block: &'a Block,
    errors: &'a [f32],
    origins: &'a [u8],
    sums: &'a mut [f32],
}

impl Work for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { block, errors, origins, sums } = self;
        let Block { size, outputs: channels, .. } = *block;
        let (half, line) = (block.half(), size * channels);
        if !size.is_multiple_of(2) {
            // The last row and column were not pooled.
            sums.fill(0.0);
        }
        let images = errors.chunks_exact(block.width_after()).zip(origins.chunks_exact(block.width_after()));
        for (image, (errors, origins)) in sums.chunks_exact_mut(size * line).zip(images) {
            for (at, (errors, origins)) in errors.chunks_exact(channels).zip(origins.chunks_exact(channels)).enumerate()
            {
                let first = at / half * 2 * line + at % half * 2 * channels;
                for (place, next) in [0, channels, line, line + channels].into_iter().enumerate() {
                    let to = &mut image[first + next..][..channels];
                    for ((to, error), origin) in to.iter_mut().zip(errors).zip(origins) {
                        *to = if *origin == place as u8 { *error } else { 0.0 };
                    }
                }
            }
        }
    }
}
