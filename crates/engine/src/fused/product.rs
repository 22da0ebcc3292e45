//! Products of matrices, tile by tile in registers, without allocation.
//!
//! The right matrix is copied, a panel of two vectors' width at a time, so that the innermost loop reads it from beginning
//! to end; the left one is read where it is. As in Goto & van de Geijn 2008, "Anatomy of high-performance matrix
//! multiplication", without blocking the depth: a panel of the widest layer still fits the second level of the cache.

use crate::simd::{Simd, Work, fastest};

/// Numbers that the sums of a tile's row start from: two of the widest vectors.
const WIDEST: usize = 32;
/// Rows of the tallest tile.
const TALLEST: usize = 14;

/// A matrix, or the transpose of one. Row-major.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    values: &'a [f32],
    /// Of the matrix as it is stored.
    columns: usize,
    transposed: bool,
}

impl<'a> View<'a> {
    /// `values` has whole rows of `columns` numbers.
    pub(super) fn new(values: &'a [f32], columns: usize) -> Self {
        Self { values, columns, transposed: false }
    }

    pub(super) fn transpose(self) -> Self {
        Self { transposed: !self.transposed, ..self }
    }

    /// Rows and columns of the view.
    fn shape(&self) -> (usize, usize) {
        let rows = self.values.len() / self.columns;
        if self.transposed { (self.columns, rows) } else { (rows, self.columns) }
    }
}

/// `to` = `left` x `right`, plus `bias` (one number a column, or none) in every row. `panel` is room that is used again.
pub(super) fn product(left: View<'_>, right: View<'_>, bias: &[f32], to: &mut [f32], panel: &mut Vec<f32>) {
    fastest(Product { left, right, bias, to, panel });
}

pub(super) struct Product<'a, 'b> {
    pub(super) left: View<'a>,
    pub(super) right: View<'a>,
    pub(super) bias: &'a [f32],
    pub(super) to: &'b mut [f32],
    pub(super) panel: &'b mut Vec<f32>,
}

impl Work for Product<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { left, right, bias, to, panel } = self;
        let (rows, depth) = left.shape();
        let columns = right.shape().1;
        assert!(right.shape().0 == depth && to.len() == rows * columns, "the shapes of a product agree");
        let tiles = rows.div_ceil(S::ROWS);
        for first in (0..columns).step_by(2 * S::LANES) {
            let wide = (columns - first).min(2 * S::LANES);
            let vectors = if wide > S::LANES { 2 } else { 1 };
            pack(right, first, wide, vectors * S::LANES, panel);
            let mut start = [0.0; WIDEST];
            if !bias.is_empty() {
                start[..wide].copy_from_slice(&bias[first..first + wide]);
            }
            for tile in 0..tiles {
                // Tiles of about the same height: none is so low that its sums wait for each other.
                let (row, end) = (tile * rows / tiles, (tile + 1) * rows / tiles);
                let place = Place { row, first, wide, columns, depth };
                let to = &mut to[row * columns..end * columns];
                multiply(simd, end - row, vectors, left, panel, &start, to, place);
            }
        }
    }
}

/// Where a tile is.
#[derive(Clone, Copy)]
struct Place {
    /// The first row and column, and how many columns.
    row: usize,
    first: usize,
    wide: usize,
    /// Of the whole product.
    columns: usize,
    depth: usize,
}

/// Columns `first` to `first + wide` of a matrix as rows of `width` numbers, the rest of each zeros.
fn pack(right: View<'_>, first: usize, wide: usize, width: usize, panel: &mut Vec<f32>) {
    let depth = right.shape().0;
    if panel.len() < depth * width {
        panel.resize(depth * width, 0.0);
    }
    let panel = &mut panel[..depth * width];
    if !right.transposed {
        for (row, to) in right.values.chunks_exact(right.columns).zip(panel.chunks_exact_mut(width)) {
            to[..wide].copy_from_slice(&row[first..first + wide]);
            to[wide..].fill(0.0);
        }
        return;
    }
    if wide < width {
        panel.fill(0.0);
    }
    let rows = &right.values[first * depth..(first + wide) * depth];
    // Four rows at a time: the compiler transposes squares of four in registers.
    let whole = wide / 4 * 4;
    for (at, four) in rows[..whole * depth].chunks_exact(4 * depth).enumerate() {
        let (ab, cd) = four.split_at(2 * depth);
        let ((a, b), (c, d)) = (ab.split_at(depth), cd.split_at(depth));
        let squares = a.as_chunks::<4>().0.iter().zip(b.as_chunks::<4>().0);
        let squares = squares.zip(c.as_chunks::<4>().0.iter().zip(d.as_chunks::<4>().0));
        for (((a, b), (c, d)), to) in squares.zip(panel.chunks_exact_mut(4 * width)) {
            for line in 0..4 {
                to[line * width + at * 4..][..4].copy_from_slice(&[a[line], b[line], c[line], d[line]]);
            }
        }
        for line in depth / 4 * 4..depth {
            panel[line * width + at * 4..][..4].copy_from_slice(&[a[line], b[line], c[line], d[line]]);
        }
    }
    for (at, row) in rows.chunks_exact(depth).enumerate().skip(whole) {
        for (value, to) in row.iter().zip(panel.chunks_exact_mut(width)) {
            to[at] = *value;
        }
    }
}

/// A tile of `rows` rows and one or two vectors. Each height is compiled by itself, with its sums in registers.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn multiply<S: Simd>(
    simd: S,
    rows: usize,
    vectors: usize,
    left: View<'_>,
    panel: &[f32],
    start: &[f32; WIDEST],
    to: &mut [f32],
    place: Place,
) {
    macro_rules! tile {
        ($($rows:literal)*) => {
            match (rows, vectors) {
                $(
                    ($rows, 1) => simd.run(Tile::<$rows, 1> { left, panel, start, to, place }),
                    ($rows, _) => simd.run(Tile::<$rows, 2> { left, panel, start, to, place }),
                )*
                _ => unreachable!("a tile has at most {TALLEST} rows"),
            }
        };
    }
    tile!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);
}

struct Tile<'a, 'b, const ROWS: usize, const VECTORS: usize> {
    left: View<'a>,
    panel: &'a [f32],
    start: &'a [f32; WIDEST],
    to: &'b mut [f32],
    place: Place,
}

impl<const ROWS: usize, const VECTORS: usize> Work for Tile<'_, '_, ROWS, VECTORS> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { left, panel, start, to, place } = self;
        let Place { row, first, wide, columns, depth } = place;
        let width = VECTORS * S::LANES;
        // Loops over the sums have constant ends and nothing borrows them, so that they stay in registers.
        let mut first_sums = [simd.splat(0.0); VECTORS];
        for vector in 0..VECTORS {
            first_sums[vector] = simd.load(&start[vector * S::LANES..]);
        }
        let mut sums = [first_sums; ROWS];
        if left.transposed {
            for (left, right) in left.values.chunks_exact(left.columns).zip(panel.chunks_exact(width)) {
                let left = &left[row..row + ROWS];
                sums = add(simd, sums, |at| left[at], right);
            }
        } else {
            let mut lines = [&left.values[..0]; ROWS];
            for (at, line) in lines.iter_mut().enumerate() {
                *line = &left.values[(row + at) * depth..][..depth];
            }
            for k in 0..depth {
                sums = add(simd, sums, |at| lines[at][k], &panel[k * width..][..width]);
            }
        }
        let mut line = [0.0; WIDEST];
        for at in 0..ROWS {
            let to = &mut to[at * columns..][first..first + wide];
            for vector in 0..VECTORS {
                simd.store(sums[at][vector], &mut line[vector * S::LANES..]);
            }
            to.copy_from_slice(&line[..wide]);
        }
    }
}

/// One step of the depth: a column of the left tile times a row of the panel.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // As above: the sums are not borrowed.
fn add<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    mut sums: [[S::Vector; VECTORS]; ROWS],
    left: impl Fn(usize) -> f32,
    right: &[f32],
) -> [[S::Vector; VECTORS]; ROWS] {
    let mut loaded = [simd.splat(0.0); VECTORS];
    for vector in 0..VECTORS {
        loaded[vector] = simd.load(&right[vector * S::LANES..]);
    }
    for at in 0..ROWS {
        let left = simd.splat(left(at));
        for vector in 0..VECTORS {
            sums[at][vector] = simd.multiply_add(left, loaded[vector], sums[at][vector]);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::{Product, View};
    use crate::{
        random::{Purpose, Random},
        simd::{Portable, Simd},
    };

    fn numbers(count: usize, seed: u64) -> Vec<f32> {
        let mut random = Random::new(seed, Purpose::Shuffle { epoch: 0 });
        (0..count).map(|_| random.unit() - 0.5).collect()
    }

    /// One number after the other, in double precision.
    fn plain(at: (&[f32], &[f32], &[f32]), [rows, depth, columns]: [usize; 3], transposed: (bool, bool)) -> Vec<f64> {
        let (left, right, bias) = at;
        let mut to = Vec::new();
        for row in 0..rows {
            for column in 0..columns {
                let products = (0..depth).map(|k| {
                    let left = left[if transposed.0 { k * rows + row } else { row * depth + k }];
                    let right = right[if transposed.1 { column * depth + k } else { k * columns + column }];
                    f64::from(left) * f64::from(right)
                });
                to.push(products.sum::<f64>() + f64::from(bias[column]));
            }
        }
        to
    }

    fn check(simd: impl Simd) {
        let mut panel = Vec::new();
        let shapes = [[1, 1, 1], [16, 1, 8], [3, 7, 17], [14, 30, 32], [29, 4, 33], [37, 19, 70], [64, 130, 15]];
        for shape in shapes {
            let [rows, depth, columns] = shape;
            let (left, right, bias) = (numbers(rows * depth, 1), numbers(depth * columns, 2), numbers(columns, 3));
            for transposed in [(false, false), (true, false), (false, true), (true, true)] {
                let expected = plain((&left, &right, &bias), shape, transposed);
                let view = |values, columns, rows, transposed| {
                    if transposed { View::new(values, rows).transpose() } else { View::new(values, columns) }
                };
                let mut to = vec![f32::NAN; rows * columns];
                simd.run(Product {
                    left: view(&left, depth, rows, transposed.0),
                    right: view(&right, columns, depth, transposed.1),
                    bias: &bias,
                    to: &mut to,
                    panel: &mut panel,
                });
                for (found, expected) in to.iter().zip(&expected) {
                    assert!((f64::from(*found) - expected).abs() < 1e-5, "{shape:?} {transposed:?} {found} {expected}");
                }
            }
        }
    }

    #[test]
    fn every_shape_is_right_with_every_instruction_set() {
        check(Portable);
        #[cfg(target_arch = "x86_64")]
        {
            use crate::simd::{Avx2, Avx512};
            Avx2::detect().into_iter().for_each(check);
            Avx512::detect().into_iter().for_each(check);
        }
    }
}
