//! One tile of a product: a few rows, one or two vectors wide, whose sums stay in registers from the first to the last step
//! of the depth.
//!
//! The rows are a list of types, not an array: an array that a loop walks over lands in memory as soon as the optimiser
//! does not unroll that loop early, and the product is then three times as slow.

use std::marker::PhantomData;

use super::product::View;
use crate::simd::{Simd, Work};

/// Numbers in the widest row of a tile: two of the widest vectors.
pub(super) const WIDEST: usize = 32;
/// Rows of the tallest tile.
const TALLEST: usize = 12;

/// Where a tile is, and what it is made of.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) left: View<'a>,
    /// Rows of the right matrix, as many numbers wide as the tile.
    pub(super) panel: &'a [f32],
    /// What the sums of each row start from.
    pub(super) start: &'a [f32; WIDEST],
    /// The first row, and how many.
    pub(super) row: usize,
    pub(super) rows: usize,
    /// The first column, how many, and how many the product has.
    pub(super) first: usize,
    pub(super) wide: usize,
    pub(super) columns: usize,
    pub(super) depth: usize,
}

/// Fills `to`, which is whole rows of the product. Each height is compiled by itself.
#[inline(always)]
pub(super) fn multiply<S: Simd>(simd: S, place: Place<'_>, vectors: usize, to: &mut [f32]) {
    type N<H> = Next<H>;
    type Three = N<N<N<Zero>>>;
    type Six = N<N<N<Three>>>;
    type Nine = N<N<N<Six>>>;
    macro_rules! heights {
        ($($rows:literal $height:ty,)*) => {
            match (place.rows, vectors) {
                $(
                    ($rows, 1) => simd.run(Tile::<$height, 1> { place, to, height: PhantomData }),
                    ($rows, _) => simd.run(Tile::<$height, 2> { place, to, height: PhantomData }),
                )*
                _ => unreachable!("a tile has at most {TALLEST} rows"),
            }
        };
    }
    heights! {
        1 N<Zero>, 2 N<N<Zero>>, 3 Three, 4 N<Three>, 5 N<N<Three>>, 6 Six,
        7 N<Six>, 8 N<N<Six>>, 9 Nine, 10 N<Nine>, 11 N<N<Nine>>, 12 N<N<N<Nine>>>,
    }
}

struct Tile<'a, 'b, H, const VECTORS: usize> {
    place: Place<'a>,
    to: &'b mut [f32],
    height: PhantomData<H>,
}

impl<H: Height, const VECTORS: usize> Work for Tile<'_, '_, H, VECTORS> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Place { left, panel, start, row, first, wide, columns, depth, .. } = self.place;
        let width = VECTORS * S::LANES;
        let mut sums = H::start::<S, VECTORS>(load(simd, start));
        if left.transposed {
            for (column, right) in left.values.chunks_exact(left.columns).zip(panel.chunks_exact(width)) {
                let column = &column[row..row + H::ROWS];
                sums = H::add_column(simd, sums, column, load(simd, right));
            }
        } else {
            let lines = H::lines(&left.values[row * depth..], depth);
            for k in 0..depth {
                let right = &panel[k * width..][..width];
                sums = H::add_lines(simd, sums, lines, k, load(simd, right));
            }
        }
        H::store(simd, sums, &mut self.to[..H::ROWS * columns], columns, first, wide);
    }
}

#[inline(always)]
fn load<S: Simd, const VECTORS: usize>(simd: S, values: &[f32]) -> [S::Vector; VECTORS] {
    let mut loaded = [simd.splat(0.0); VECTORS];
    let mut vector = 0;
    while vector < VECTORS {
        loaded[vector] = simd.load(&values[vector * S::LANES..]);
        vector += 1;
    }
    loaded
}

#[inline(always)]
fn add<S: Simd, const VECTORS: usize>(
    simd: S,
    mut sums: [S::Vector; VECTORS],
    left: f32,
    right: [S::Vector; VECTORS],
) -> [S::Vector; VECTORS] {
    let left = simd.splat(left);
    let mut vector = 0;
    while vector < VECTORS {
        sums[vector] = simd.multiply_add(left, right[vector], sums[vector]);
        vector += 1;
    }
    sums
}

/// How many rows a tile has, as a type: [`Zero`], or one more than another height.
trait Height {
    const ROWS: usize;
    /// The sums of each row.
    type Sums<S: Simd, const VECTORS: usize>: Copy;
    /// The rows of the left matrix.
    type Lines<'a>: Copy;

    fn start<S: Simd, const VECTORS: usize>(first: [S::Vector; VECTORS]) -> Self::Sums<S, VECTORS>;

    /// From the beginning of `values`, `depth` numbers each.
    fn lines(values: &[f32], depth: usize) -> Self::Lines<'_>;

    /// One step of the depth: a row of the panel, times column `k` of the rows of the left matrix.
    fn add_lines<S: Simd, const VECTORS: usize>(
        simd: S,
        sums: Self::Sums<S, VECTORS>,
        lines: Self::Lines<'_>,
        k: usize,
        right: [S::Vector; VECTORS],
    ) -> Self::Sums<S, VECTORS>;

    /// The same with that column at hand.
    fn add_column<S: Simd, const VECTORS: usize>(
        simd: S,
        sums: Self::Sums<S, VECTORS>,
        column: &[f32],
        right: [S::Vector; VECTORS],
    ) -> Self::Sums<S, VECTORS>;

    /// Into columns `first` to `first + wide` of rows of `columns` numbers.
    fn store<S: Simd, const VECTORS: usize>(
        simd: S,
        sums: Self::Sums<S, VECTORS>,
        to: &mut [f32],
        columns: usize,
        first: usize,
        wide: usize,
    );
}

struct Zero;

struct Next<H>(PhantomData<H>);

impl Height for Zero {
    const ROWS: usize = 0;
    type Sums<S: Simd, const VECTORS: usize> = ();
    type Lines<'a> = ();

    #[inline(always)]
    fn start<S: Simd, const VECTORS: usize>(_: [S::Vector; VECTORS]) {}

    #[inline(always)]
    fn lines(_: &[f32], _: usize) {}

    #[inline(always)]
    fn add_lines<S: Simd, const VECTORS: usize>(_: S, (): (), (): (), _: usize, _: [S::Vector; VECTORS]) {}

    #[inline(always)]
    fn add_column<S: Simd, const VECTORS: usize>(_: S, (): (), _: &[f32], _: [S::Vector; VECTORS]) {}

    #[inline(always)]
    fn store<S: Simd, const VECTORS: usize>(_: S, (): (), _: &mut [f32], _: usize, _: usize, _: usize) {}
}

impl<H: Height> Height for Next<H> {
    const ROWS: usize = 1 + H::ROWS;
    type Sums<S: Simd, const VECTORS: usize> = ([S::Vector; VECTORS], H::Sums<S, VECTORS>);
    type Lines<'a> = (&'a [f32], H::Lines<'a>);

    #[inline(always)]
    fn start<S: Simd, const VECTORS: usize>(first: [S::Vector; VECTORS]) -> Self::Sums<S, VECTORS> {
        (first, H::start::<S, VECTORS>(first))
    }

    #[inline(always)]
    fn lines(values: &[f32], depth: usize) -> Self::Lines<'_> {
        (&values[..depth], H::lines(&values[depth..], depth))
    }

    #[inline(always)]
    fn add_lines<S: Simd, const VECTORS: usize>(
        simd: S,
        (sums, rest): Self::Sums<S, VECTORS>,
        (line, lines): Self::Lines<'_>,
        k: usize,
        right: [S::Vector; VECTORS],
    ) -> Self::Sums<S, VECTORS> {
        (add(simd, sums, line[k], right), H::add_lines(simd, rest, lines, k, right))
    }

    #[inline(always)]
    fn add_column<S: Simd, const VECTORS: usize>(
        simd: S,
        (sums, rest): Self::Sums<S, VECTORS>,
        column: &[f32],
        right: [S::Vector; VECTORS],
    ) -> Self::Sums<S, VECTORS> {
        (add(simd, sums, column[0], right), H::add_column(simd, rest, &column[1..], right))
    }

    #[inline(always)]
    fn store<S: Simd, const VECTORS: usize>(
        simd: S,
        (sums, rest): Self::Sums<S, VECTORS>,
        to: &mut [f32],
        columns: usize,
        first: usize,
        wide: usize,
    ) {
        let (row, others) = to.split_at_mut(columns);
        let row = &mut row[first..first + wide];
        if wide == VECTORS * S::LANES {
            spill(simd, sums, row);
        } else {
            let mut line = [0.0; WIDEST];
            spill(simd, sums, &mut line);
            row.copy_from_slice(&line[..wide]);
        }
        H::store(simd, rest, others, columns, first, wide);
    }
}

#[inline(always)]
fn spill<S: Simd, const VECTORS: usize>(simd: S, sums: [S::Vector; VECTORS], to: &mut [f32]) {
    let mut vector = 0;
    while vector < VECTORS {
        simd.store(sums[vector], &mut to[vector * S::LANES..]);
        vector += 1;
    }
}
