//! Dropout: Srivastava et al. 2014. What is left out is a function of (seed, step, layer).

#[cfg(feature = "train")]
use burn::tensor::{Tensor, TensorData};

use crate::{
    random::{Purpose, Random},
    simd::{Simd, Work, fastest},
};

/// Which units are left out, and when: nothing at inference.
#[derive(Clone, Copy)]
pub(crate) struct DropoutAt {
    pub(crate) seed: u64,
    pub(crate) step: u64,
}

/// The factors of the units of a layer: 0 for a `share` of them, which are left out; the others are scaled so that the
/// expectation stays.
pub(crate) fn mask(share: f64, at: DropoutAt, layer: usize, factors: &mut [f32]) {
    let random = Random::new(at.seed, Purpose::Dropout { step: at.step, layer });
    let (share, scale) = (share as f32, (1.0 / (1.0 - share)) as f32);
    fastest(Mask { random, share, scale, factors });
}

/// The same on a tensor.
#[cfg(feature = "train")]
pub(super) fn drop_out<const D: usize>(x: Tensor<D>, share: f64, at: Option<DropoutAt>, layer: usize) -> Tensor<D> {
    let Some(at) = at.filter(|_| share > 0.0) else { return x };
    let shape = x.dims();
    let mut factors = vec![0.0; shape.iter().product()];
    mask(share, at, layer, &mut factors);
    let factors = Tensor::from_data(TensorData::new(factors, shape), &x.device());
    x.mul(factors)
}

struct Mask<'a> {
    random: Random,
    share: f32,
    scale: f32,
    factors: &'a mut [f32],
}

impl Work for Mask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { mut random, share, scale, factors } = self;
        for factor in factors {
            *factor = if random.unit() < share { 0.0 } else { scale };
        }
    }
}
