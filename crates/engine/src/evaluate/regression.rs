//! RMSE, MAE, median absolute error and R², as scikit-learn defines them, and where the errors lie.

use domain::report::{Histogram, Pairs, Regression};

use super::Metrics;

const BINS: usize = 24;

/// What a model said of some rows, prepared so that any weighing of the rows is judged in one pass.
pub(super) struct Estimated {
    actual: Vec<f64>,
    /// Actual minus predicted.
    errors: Vec<f64>,
    /// Rows from the smallest error to the largest, either way.
    by_size: Vec<u32>,
    /// Turns the units of the numbers above into those of the target.
    std: f64,
}

impl Estimated {
    /// Standardised predictions and targets.
    pub(super) fn new(predicted: &[f32], y: &[f32], std: f64) -> Self {
        let actual: Vec<f64> = y.iter().map(|value| f64::from(*value)).collect();
        let errors: Vec<f64> =
            actual.iter().zip(predicted).map(|(actual, predicted)| actual - f64::from(*predicted)).collect();
        let mut by_size: Vec<u32> = (0..errors.len() as u32).collect();
        by_size.sort_by(|a, b| errors[*a as usize].abs().total_cmp(&errors[*b as usize].abs()));
        Self { actual, errors, by_size, std }
    }

    /// Every metric that is defined, where a row counts as often as its weight says. Errors are in units of the target.
    pub(super) fn scores(&self, weights: &[u32]) -> Vec<(&'static str, f64)> {
        let rows = weights.iter().map(|weight| u64::from(*weight)).sum::<u64>();
        if rows == 0 {
            return Vec::new();
        }
        let sum = |value: &dyn Fn(usize) -> f64| -> f64 {
            weights.iter().enumerate().map(|(row, weight)| value(row) * f64::from(*weight)).sum()
        };
        let mean = sum(&|row| self.actual[row]) / rows as f64;
        let squares = sum(&|row| self.errors[row] * self.errors[row]);
        let absolute = sum(&|row| self.errors[row].abs());
        let total = sum(&|row| (self.actual[row] - mean) * (self.actual[row] - mean));
        let mut scores = vec![
            ("loss", squares / rows as f64),
            ("rmse", (squares / rows as f64).sqrt() * self.std),
            ("mae", absolute / rows as f64 * self.std),
            ("median_ae", self.median(weights, rows) * self.std),
        ];
        // Of one row there is no variance to explain; of equal rows none is left when the model is exact.
        if rows > 1 {
            let constant = if squares == 0.0 { 1.0 } else { 0.0 };
            scores.push(("r2", if total > 0.0 { 1.0 - squares / total } else { constant }));
        }
        scores
    }

    /// In units of the target.
    pub(super) fn rmse(&self) -> f64 {
        let squares: f64 = self.errors.iter().map(|error| error * error).sum();
        (squares / self.errors.len().max(1) as f64).sqrt() * self.std
    }

    /// Median of the sizes of the errors; the mean of the middle two where they are two.
    fn median(&self, weights: &[u32], rows: u64) -> f64 {
        let (lower, upper) = ((rows - 1) / 2, rows / 2);
        let (mut seen, mut low) = (0, None);
        for &row in &self.by_size {
            seen += u64::from(weights[row as usize]);
            let size = self.errors[row as usize].abs();
            if low.is_none() && seen > lower {
                low = Some(size);
            }
            if seen > upper {
                return f64::midpoint(low.unwrap_or(size), size);
            }
        }
        f64::NAN
    }

    /// Errors and pairs in units of the target, whose training mean is `mean`; pairs of the `sampled` rows. Rows on which the
    /// model overflowed are left out.
    pub(super) fn findings(&self, mean: f64, sampled: &[u32]) -> Regression {
        let errors: Vec<f64> =
            self.errors.iter().map(|error| error * self.std).filter(|error| error.is_finite()).collect();
        let pairs = sampled.iter().map(|row| {
            let (actual, error) = (self.actual[*row as usize], self.errors[*row as usize]);
            (actual * self.std + mean, (actual - error) * self.std + mean)
        });
        let (actual, predicted) = pairs.filter(|pair| pair.0.is_finite() && pair.1.is_finite()).unzip();
        Regression { residuals: histogram(&errors), pairs: Pairs { actual, predicted } }
    }
}

pub(super) fn metrics(predicted: &[f32], y: &[f32], std: f64) -> Metrics {
    let scores = Estimated::new(predicted, y, std).scores(&vec![1; y.len()]);
    scores.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Bins of equal width from the lowest value to the highest; around a single value one of width 1, as NumPy makes it.
fn histogram(values: &[f64]) -> Histogram {
    let (low, high) = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    if values.is_empty() {
        return Histogram { edges: Vec::new(), counts: Vec::new() };
    }
    let (low, high) = if low < high { (low, high) } else { (low - 0.5, high + 0.5) };
    let width = (high - low) / BINS as f64;
    let edges: Vec<f64> = (0..=BINS).map(|at| if at == BINS { high } else { low + width * at as f64 }).collect();
    let mut counts = vec![0; BINS];
    for value in values {
        // Edges decide, not the division, which rounds.
        let at = edges[1..BINS].partition_point(|edge| edge <= value);
        counts[at] += 1;
    }
    Histogram { edges, counts }
}

#[cfg(test)]
mod tests {
    use super::Estimated;

    #[test]
    fn a_row_that_counts_twice_is_two_rows() {
        let weighed = Estimated::new(&[1.0, 2.5, -1.0, 9.0], &[1.5, 2.0, -3.0, 0.0], 2.0).scores(&[1, 2, 1, 0]);
        let written_out = Estimated::new(&[1.0, 2.5, 2.5, -1.0], &[1.5, 2.0, 2.0, -3.0], 2.0).scores(&[1; 4]);
        for ((name, weighed), (_, written_out)) in weighed.into_iter().zip(written_out) {
            assert!((weighed - written_out).abs() < 1e-12, "{name} {weighed} {written_out}");
        }
    }

    #[test]
    fn rows_on_which_the_model_overflowed_are_in_no_picture() {
        let findings = Estimated::new(&[1.0, f32::INFINITY, 3.0], &[1.0, 2.0, 2.0], 2.0).findings(10.0, &[0, 1, 2]);
        assert_eq!(findings.residuals.counts.iter().sum::<u64>(), 2);
        assert_eq!((findings.pairs.actual, findings.pairs.predicted), (vec![12.0, 14.0], vec![12.0, 16.0]));
        let exact = Estimated::new(&[1.0, 2.0], &[1.0, 2.0], 2.0).findings(0.0, &[]);
        assert_eq!((exact.residuals.edges[0], exact.residuals.counts.iter().sum::<u64>()), (-0.5, 2));
    }
}
