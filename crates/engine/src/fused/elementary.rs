//! Exponential, hyperbolic tangent and error function in single precision, without branches, so that loops over them are
//! vectorised. Each is within a few units in the last place of the true value; what is not a number stays so.

use crate::simd::Simd;

/// e to the power of `x`, for `x` of at most 0; what is smaller than a normal number becomes the smallest one. After
/// Cephes (Moshier 1989), with the rounding and the power of two by the bits of a shifted sum.
#[inline(always)]
pub(super) fn exp_negative<S: Simd>(simd: S, x: f32) -> f32 {
    const LOWEST: f32 = -87.336_54;
    /// 1.5 x 2^23: adding it leaves the nearest whole number in the lowest bits.
    const SHIFT: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = if x < LOWEST { LOWEST } else { x };
    let shifted = simd.multiply_add_one(x, std::f32::consts::LOG2_E, SHIFT);
    let whole = shifted - SHIFT;
    let rest = simd.multiply_add_one(whole, -LN_2_HIGH, x);
    let rest = simd.multiply_add_one(whole, -LN_2_LOW, rest);
    let series =
        polynomial(simd, rest, [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_6e-1, 0.5]);
    let power = simd.multiply_add_one(series, rest * rest, rest + 1.0);
    power * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

/// A quotient of polynomials, as in Eigen; beyond 7.9 it is one to the last place.
#[inline(always)]
pub(super) fn tanh<S: Simd>(simd: S, x: f32) -> f32 {
    let x = between(x, 7.905_311);
    let square = x * x;
    let above = polynomial(
        simd,
        square,
        [-2.760_768_5e-16, 2.000_188e-13, -8.604_672e-11, 5.122_297e-8, 1.485_722_4e-5, 6.372_619e-4, 4.893_525e-3],
    );
    let below = polynomial(simd, square, [1.198_258_4e-6, 1.185_347e-4, 2.268_434_6e-3, 4.893_525e-3]);
    x * above / below
}

/// A quotient of polynomials, as in Eigen; beyond 4 it is one to the last place.
#[inline(always)]
pub(super) fn erf<S: Simd>(simd: S, x: f32) -> f32 {
    let x = between(x, 4.0);
    let square = x * x;
    let above = polynomial(
        simd,
        square,
        [
            -2.726_142_3e-10,
            2.770_681_4e-8,
            -2.101_024e-6,
            -5.692_506_4e-5,
            -7.349_906_3e-4,
            -2.954_6e-3,
            -1.609_603_3e-2,
        ],
    );
    let below =
        polynomial(simd, square, [-1.456_607e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329_2e-3, -1.426_473_9e-2]);
    x * above / below
}

/// Horner's rule; the coefficient of the highest power comes first.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(simd: S, x: f32, coefficients: [f32; N]) -> f32 {
    let mut sum = 0.0;
    for coefficient in coefficients {
        sum = simd.multiply_add_one(sum, x, coefficient);
    }
    sum
}

/// `x` kept within `bound` of zero. Written so that NaN stays NaN.
#[inline(always)]
fn between(x: f32, bound: f32) -> f32 {
    let x = if x > bound { bound } else { x };
    if x < -bound { -bound } else { x }
}

#[cfg(test)]
mod tests {
    use super::{erf, exp_negative, tanh};
    use crate::simd::{Simd, Work, fastest};

    struct All<'a>(&'a [f32]);

    impl Work for All<'_> {
        type Output = Vec<[f32; 3]>;

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> Self::Output {
            self.0.iter().map(|x| [exp_negative(simd, -x.abs()), tanh(simd, *x), erf(simd, *x)]).collect()
        }
    }

    /// Simpson's rule on 2 / sqrt(pi) e^(-t^2).
    fn integral(x: f64) -> f64 {
        let steps = 2_000;
        let width = x / f64::from(steps);
        let sum: f64 = (0..=steps)
            .map(|at| {
                let t = f64::from(at) * width;
                let weight = if at == 0 || at == steps { 1.0 } else { f64::from(2 + 2 * (at % 2)) };
                weight * (-t * t).exp()
            })
            .sum();
        sum * width / 3.0 * std::f64::consts::FRAC_2_SQRT_PI
    }

    #[test]
    fn they_are_within_a_few_units_in_the_last_place() {
        let points: Vec<f32> = (-2_000..=2_000).map(|at| at as f32 * 0.005).collect();
        for (x, [exp, tanh, erf]) in points.iter().zip(fastest(All(&points))) {
            let x = f64::from(*x);
            let close = |found: f32, value: f64| (f64::from(found) - value).abs() <= 6e-7 * value.abs().max(1e-30);
            assert!(close(exp, (-x.abs()).exp()), "exp {x}: {exp}");
            assert!(close(tanh, x.tanh()), "tanh {x}: {tanh} {}", x.tanh());
            assert!(close(erf, integral(x)), "erf {x}: {erf} {}", integral(x));
        }
    }

    #[test]
    fn ends_of_the_range_and_what_is_not_a_number() {
        let told = fastest(All(&[f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 1e30, -0.0]));
        assert!(told[0][0] < 2e-38 && told[0][1..].iter().all(|value| (value - 1.0).abs() < 2e-7), "{told:?}");
        assert!(told[1][1..].iter().all(|value| (value + 1.0).abs() < 2e-7), "{told:?}");
        assert!(told[2].iter().all(|value| value.is_nan()));
        assert!(told[3][0] < 2e-38);
        assert_eq!(told[4], [1.0, 0.0, 0.0]);
    }
}
