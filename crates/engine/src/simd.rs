//! Instruction sets, chosen when the program runs: AVX-512, AVX2 with FMA, or what every processor has.
//!
//! The only unsafe code of the engine. It is sound because a value of [`Avx512`] or [`Avx2`] exists only where `detect` saw
//! that the processor has these instructions, and a vector is an array of as many numbers in another type.
//!
//! Loads and stores go through arrays because the pointer intrinsics bring checks with them in builds with debug assertions,
//! and what is between the loops of a tile drives its sums out of the registers.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};

/// Work that is compiled once for each instruction set. `run` must be `#[inline(always)]`: only what is inlined into
/// [`Simd::run`] is compiled for the set.
pub(crate) trait Work {
    type Output;

    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// An instruction set that this processor has.
pub(crate) trait Simd: Copy {
    /// `LANES` numbers in one register.
    type Vector: Copy;
    const LANES: usize;
    /// Rows of a tile, two vectors wide, whose sums fit into the registers.
    const ROWS: usize;

    fn run<W: Work>(self, work: W) -> W::Output;

    fn splat(self, value: f32) -> Self::Vector;

    /// The first `LANES` numbers.
    fn load(self, values: &[f32]) -> Self::Vector;

    /// Into the first `LANES` numbers.
    fn store(self, vector: Self::Vector, to: &mut [f32]);

    /// `a * b + c`, rounded once where the processor can.
    fn multiply_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;

    /// The same of single numbers, for loops that the compiler vectorises.
    fn multiply_add_one(self, a: f32, b: f32, c: f32) -> f32;
}

/// Runs work with the widest instructions of this processor: always the same, so that results are, too.
pub(crate) fn fastest<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(simd) = Avx512::detect() {
            return simd.run(work);
        }
        if let Some(simd) = Avx2::detect() {
            return simd.run(work);
        }
    }
    Portable.run(work)
}

/// What every processor has; the compiler makes vectors of it where it can.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

impl Simd for Portable {
    type Vector = [f32; 4];
    const LANES: usize = 4;
    const ROWS: usize = 4;

    #[inline(always)]
    fn run<W: Work>(self, work: W) -> W::Output {
        work.run(self)
    }

    #[inline(always)]
    fn splat(self, value: f32) -> [f32; 4] {
        [value; 4]
    }

    #[inline(always)]
    fn load(self, values: &[f32]) -> [f32; 4] {
        [values[0], values[1], values[2], values[3]]
    }

    #[inline(always)]
    fn store(self, vector: [f32; 4], to: &mut [f32]) {
        to[..4].copy_from_slice(&vector);
    }

    #[inline(always)]
    fn multiply_add(self, a: [f32; 4], b: [f32; 4], c: [f32; 4]) -> [f32; 4] {
        [a[0] * b[0] + c[0], a[1] * b[1] + c[1], a[2] * b[2] + c[2], a[3] * b[3] + c[3]]
    }

    #[inline(always)]
    fn multiply_add_one(self, a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{__m256, __m512, _mm256_fmadd_ps, _mm256_set1_ps, _mm512_fmadd_ps, _mm512_set1_ps};

    use super::{Simd, Work};

    /// Evidence that the processor has AVX-512 F, BW, DQ and VL, AVX2 and FMA.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx512(());

    /// Evidence that the processor has AVX2 and FMA.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx2(());

    impl Avx512 {
        pub(crate) fn detect() -> Option<Self> {
            let has = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma");
            has.then_some(Self(()))
        }
    }

    impl Avx2 {
        pub(crate) fn detect() -> Option<Self> {
            (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    fn with_avx512<W: Work>(simd: Avx512, work: W) -> W::Output {
        work.run(simd)
    }

    #[target_feature(enable = "avx2,fma")]
    fn with_avx2<W: Work>(simd: Avx2, work: W) -> W::Output {
        work.run(simd)
    }

    #[cold]
    fn short() -> ! {
        unreachable!("a slice is shorter than a vector")
    }

    macro_rules! instructions {
        ($set:ident, $vector:ident, $lanes:literal, $rows:literal, $with:ident, $splat:ident, $fma:ident) => {
            impl Simd for $set {
                type Vector = $vector;
                const LANES: usize = $lanes;
                const ROWS: usize = $rows;

                #[inline(always)]
                fn run<W: Work>(self, work: W) -> W::Output {
                    // SAFETY: `self` is evidence that the processor has the instructions.
                    unsafe { $with(self, work) }
                }

                #[inline(always)]
                fn splat(self, value: f32) -> $vector {
                    // SAFETY: as in `run`.
                    unsafe { $splat(value) }
                }

                #[inline(always)]
                fn load(self, values: &[f32]) -> $vector {
                    let Some(vector) = values.first_chunk::<$lanes>() else { short() };
                    // SAFETY: both are so many numbers, one after the other.
                    unsafe { std::mem::transmute::<[f32; $lanes], $vector>(*vector) }
                }

                #[inline(always)]
                fn store(self, vector: $vector, to: &mut [f32]) {
                    // SAFETY: both are so many numbers, one after the other.
                    let vector = unsafe { std::mem::transmute::<$vector, [f32; $lanes]>(vector) };
                    let Some(to) = to.first_chunk_mut::<$lanes>() else { short() };
                    *to = vector;
                }

                #[inline(always)]
                fn multiply_add(self, a: $vector, b: $vector, c: $vector) -> $vector {
                    // SAFETY: as in `run`.
                    unsafe { $fma(a, b, c) }
                }

                #[inline(always)]
                fn multiply_add_one(self, a: f32, b: f32, c: f32) -> f32 {
                    a.mul_add(b, c)
                }
            }
        };
    }

    instructions!(Avx512, __m512, 16, 12, with_avx512, _mm512_set1_ps, _mm512_fmadd_ps);
    instructions!(Avx2, __m256, 8, 6, with_avx2, _mm256_set1_ps, _mm256_fmadd_ps);
}
