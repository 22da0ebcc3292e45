//! Products of matrices, tile by tile in registers, without allocation.
//!
//! The right matrix is copied, a panel of two vectors' width at a time, so that the innermost loop reads it from beginning
//! to end; the left one is read where it is. As in Goto & van de Geijn 2008, "Anatomy of high-performance matrix
//! multiplication", without blocking the depth: a panel of the widest hidden layer still fits the second level of the cache.

use std::cell::RefCell;

use super::tile::{Place, WIDEST, multiply};
use crate::{
    simd::{Simd, Work, fastest},
    threads::{Divide, divided},
};

/// Multiplications that are worth a thread: with fewer it takes longer to wake it.
const WORTH: usize = 1 << 20;

thread_local! {
    /// Room of a thread that was given a part of a product.
    static PANEL: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// A matrix, or the transpose of one. Row-major.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) values: &'a [f32],
    /// Of the matrix as it is stored.
    pub(super) columns: usize,
    pub(super) transposed: bool,
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
    divided(Product { left, right, bias, from: 0, to, panel: Some(panel) }, WORTH);
}

/// [`product`] on this thread, where others have work of their own.
pub(super) fn product_alone(left: View<'_>, right: View<'_>, bias: &[f32], to: &mut [f32], panel: &mut Vec<f32>) {
    fastest(Product { left, right, bias, from: 0, to, panel: Some(panel) });
}

pub(super) struct Product<'a, 'b> {
    pub(super) left: View<'a>,
    pub(super) right: View<'a>,
    pub(super) bias: &'a [f32],
    /// The row of the product that `to` begins with; it may end before the last.
    pub(super) from: usize,
    pub(super) to: &'b mut [f32],
    /// None: that of the thread.
    pub(super) panel: Option<&'b mut Vec<f32>>,
}

impl Divide for Product<'_, '_> {
    fn size(&self) -> usize {
        self.to.len() * self.left.shape().1
    }

    fn divide(self) -> (Self, Self) {
        let Self { left, right, bias, from, to, panel } = self;
        let columns = right.shape().1;
        let rows = to.len() / columns / 2;
        let (first, second) = to.split_at_mut(rows * columns);
        (
            Product { left, right, bias, from, to: first, panel },
            Product { left, right, bias, from: from + rows, to: second, panel: None },
        )
    }
}

impl Work for Product<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { left, right, bias, from, to, panel } = self;
        let Some(panel) = panel else {
            // Nothing within gives another part to this thread.
            return PANEL
                .with_borrow_mut(|panel| Product { left, right, bias, from, to, panel: Some(panel) }.run(simd));
        };
        let (all, depth) = left.shape();
        let columns = right.shape().1;
        let rows = to.len() / columns;
        let agree = right.shape().0 == depth && to.len() == rows * columns && from + rows <= all;
        assert!(agree, "the shapes of a product agree");
        let tiles = rows.div_ceil(S::ROWS);
        for first in (0..columns).step_by(2 * S::LANES) {
            let wide = (columns - first).min(2 * S::LANES);
            let vectors = if wide > S::LANES { 2 } else { 1 };
            pack(simd, right, first, wide, vectors, panel);
            let mut start = [0.0; WIDEST];
            if !bias.is_empty() {
                start[..wide].copy_from_slice(&bias[first..first + wide]);
            }
            for tile in 0..tiles {
                // Tiles of about the same height: none is so low that its sums wait for each other.
                let (row, end) = (tile * rows / tiles, (tile + 1) * rows / tiles);
                let start = &start;
                let place = Place { left, panel, start, row: from + row, rows: end - row, first, wide, columns, depth };
                multiply(simd, place, vectors, &mut to[row * columns..end * columns]);
            }
        }
    }
}

/// Columns `first` to `first + wide` of a matrix as rows of `vectors` vectors, the rest of each zeros.
#[inline(always)]
fn pack<S: Simd>(simd: S, right: View<'_>, first: usize, wide: usize, vectors: usize, panel: &mut Vec<f32>) {
    let (depth, width) = (right.shape().0, vectors * S::LANES);
    if panel.len() < depth * width {
        panel.resize(depth * width, 0.0);
    }
    let panel = &mut panel[..depth * width];
    if right.transposed {
        pack_transposed(&right.values[first * depth..(first + wide) * depth], depth, width, panel);
        return;
    }
    for (row, to) in right.values.chunks_exact(right.columns).zip(panel.chunks_exact_mut(width)) {
        let row = &row[first..first + wide];
        if wide == width {
            let mut at = 0;
            while at < width {
                simd.store(simd.load(&row[at..]), &mut to[at..]);
                at += S::LANES;
            }
        } else {
            to[..wide].copy_from_slice(row);
            to[wide..].fill(0.0);
        }
    }
}

/// Rows of `depth` numbers become columns of a panel of `width` columns.
#[inline(always)]
fn pack_transposed(rows: &[f32], depth: usize, width: usize, panel: &mut [f32]) {
    let wide = rows.len() / depth;
    if wide < width {
        panel.fill(0.0);
    }
    // Four rows at a time, in squares of four that the compiler transposes in registers.
    let (whole, fours) = (wide / 4, width / 4);
    let squares = panel.as_chunks_mut::<4>().0;
    for (at, rows) in rows.chunks_exact(4 * depth).enumerate() {
        let ((a, b), (c, d)) = (rows[..2 * depth].split_at(depth), rows[2 * depth..].split_at(depth));
        let (first, second) = (a.as_chunks::<4>().0.iter().zip(b.as_chunks::<4>().0), c.as_chunks::<4>().0.iter());
        for (line, ((a, b), (c, d))) in first.zip(second.zip(d.as_chunks::<4>().0)).enumerate() {
            let place = line * 4 * fours + at;
            squares[place] = [a[0], b[0], c[0], d[0]];
            squares[place + fours] = [a[1], b[1], c[1], d[1]];
            squares[place + 2 * fours] = [a[2], b[2], c[2], d[2]];
            squares[place + 3 * fours] = [a[3], b[3], c[3], d[3]];
        }
        for k in depth / 4 * 4..depth {
            squares[k * fours + at] = [a[k], b[k], c[k], d[k]];
        }
    }
    for (at, row) in rows.chunks_exact(depth).enumerate().skip(whole * 4) {
        for (value, to) in row.iter().zip(panel.chunks_exact_mut(width)) {
            to[at] = *value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Product, View};
    use crate::{
        random::{Purpose, Random},
        simd::{Portable, Simd},
        threads::Divide,
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
                    from: 0,
                    to: &mut to,
                    panel: Some(&mut panel),
                });
                let whole = to.clone();
                to.fill(f32::NAN);
                let (left, right) =
                    (view(&left, depth, rows, transposed.0), view(&right, columns, depth, transposed.1));
                let halves =
                    Product { left, right, bias: &bias, from: 0, to: &mut to, panel: Some(&mut panel) }.divide();
                simd.run(halves.1);
                simd.run(halves.0);
                assert_eq!(to, whole, "{shape:?} {transposed:?}: halves give the same bits");
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
