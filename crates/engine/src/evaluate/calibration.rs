//! Whether probabilities mean what they say: bins of equal width, and the expected calibration error over them (Naeini,
//! Cooper & Hauskrecht 2015; Guo et al. 2017, arXiv:1706.04599).

use domain::report::CalibrationBin;

const BINS: usize = 10;

/// A probability that the model gave to something, and whether that was so.
#[derive(Clone, Copy)]
pub(super) struct Said {
    pub(super) probability: f64,
    pub(super) came_true: bool,
}

/// Rows with the bin of their probability.
pub(super) struct Calibration {
    rows: Vec<(usize, Said)>,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    rows: u64,
    probability: f64,
    came_true: u64,
}

impl Calibration {
    pub(super) fn new(said: impl Iterator<Item = Said>) -> Self {
        // As scikit-learn's `calibration_curve` has it: an edge belongs to the bin below.
        let bin = |said: Said| (1..BINS).filter(|at| edge(*at) < said.probability).count();
        Self { rows: said.map(|said| (bin(said), said)).collect() }
    }

    fn sums(&self, weights: Option<&[u32]>) -> [Sum; BINS] {
        let mut sums = [Sum::default(); BINS];
        for (at, (bin, said)) in self.rows.iter().enumerate() {
            let weight = weights.map_or(1, |weights| u64::from(weights[at]));
            let sum = &mut sums[*bin];
            sum.rows += weight;
            sum.probability += said.probability * weight as f64;
            sum.came_true += weight * u64::from(said.came_true);
        }
        sums
    }

    /// Mean distance between what was said and what came true, over the rows. A row counts as often as its weight says.
    pub(super) fn error(&self, weights: &[u32]) -> f64 {
        let sums = self.sums(Some(weights));
        let rows = sums.iter().map(|sum| sum.rows).sum::<u64>().max(1) as f64;
        sums.iter().map(|sum| (sum.probability - sum.came_true as f64).abs()).sum::<f64>() / rows
    }

    /// Bins that some row falls into.
    pub(super) fn bins(&self) -> Vec<CalibrationBin> {
        let sums = self.sums(None);
        let some = sums.iter().enumerate().filter(|(_, sum)| sum.rows > 0);
        some.map(|(at, sum)| CalibrationBin {
            from: edge(at),
            to: edge(at + 1),
            rows: sum.rows,
            confidence: sum.probability / sum.rows as f64,
            frequency: sum.came_true as f64 / sum.rows as f64,
        })
        .collect()
    }
}

fn edge(at: usize) -> f64 {
    at as f64 / BINS as f64
}
