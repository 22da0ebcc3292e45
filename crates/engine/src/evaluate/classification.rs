//! Accuracy, balanced accuracy, F1, Matthews' correlation, log loss and calibration error, as scikit-learn defines them,
//! and the areas under the curves.

use std::ops::Range;

use super::{
    Metrics,
    calibration::{Calibration, Said},
    ranking::{Areas, Ranking},
};

/// Probabilities are taken from this far above 0 to this far below 1 in the log loss, as in scikit-learn: one certain mistake
/// is not infinitely bad.
const FLOOR: f64 = f64::EPSILON;

/// Position of the highest value, the first of equals.
pub(super) fn highest<T: PartialOrd>(values: &[T]) -> usize {
    let mut best = 0;
    for (at, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = at;
        }
    }
    best
}

/// What a model said of some rows, prepared so that any weighing of the rows is judged in one pass. That is how the bootstrap
/// judges a thousand of them.
pub(super) struct Classified {
    classes: usize,
    truth: Vec<u32>,
    chosen: Vec<u32>,
    /// -ln of the probability of the true class.
    surprise: Vec<f64>,
    pub(super) calibration: Calibration,
}

/// Rows of one class, rows said to be of it, and rows of which both hold.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) actual: u64,
    pub(super) chosen: u64,
    pub(super) hits: u64,
}

impl Tally {
    /// Harmonic mean of precision and recall; `None` when the class neither occurs nor was chosen, which says nothing.
    pub(super) fn f1(self) -> Option<f64> {
        let sum = self.actual + self.chosen;
        (sum > 0).then(|| 2.0 * self.hits as f64 / sum as f64)
    }

    pub(super) fn recall(self) -> Option<f64> {
        (self.actual > 0).then(|| self.hits as f64 / self.actual as f64)
    }

    pub(super) fn precision(self) -> Option<f64> {
        (self.chosen > 0).then(|| self.hits as f64 / self.chosen as f64)
    }
}

impl Classified {
    /// `probabilities` has a row of `classes` numbers for each position of a class in `y`.
    pub(super) fn new(probabilities: &[Vec<f64>], y: &[f32], classes: usize) -> Self {
        let truth: Vec<u32> = y.iter().map(|class| *class as u32).collect();
        let chosen: Vec<u32> = probabilities.iter().map(|row| highest(row) as u32).collect();
        let surprise =
            probabilities.iter().zip(&truth).map(|(row, class)| -row[*class as usize].clamp(FLOOR, 1.0 - FLOOR).ln());
        let said = probabilities.iter().zip(&truth).zip(&chosen).map(|((row, truth), chosen)| match classes {
            2 => Said { probability: row[1], came_true: *truth == 1 },
            _ => Said { probability: row[*chosen as usize], came_true: truth == chosen },
        });
        let (surprise, calibration) = (surprise.collect(), Calibration::new(said));
        Self { classes, truth, chosen, surprise, calibration }
    }

    /// Counts of each class, where a row counts as often as its weight says.
    pub(super) fn tallies(&self, weights: &[u32]) -> Vec<Tally> {
        let mut tallies = vec![Tally::default(); self.classes];
        for ((truth, chosen), weight) in self.truth.iter().zip(&self.chosen).zip(weights) {
            let (truth, chosen, weight) = (*truth as usize, *chosen as usize, u64::from(*weight));
            tallies[truth].actual += weight;
            tallies[chosen].chosen += weight;
            if truth == chosen {
                tallies[truth].hits += weight;
            }
        }
        tallies
    }

    /// Every metric that is defined, where a row counts as often as its weight says. `areas` are those of [`ranked_classes`]
    /// that can be told from the rest.
    pub(super) fn scores(&self, weights: &[u32], areas: &[Areas]) -> Vec<(&'static str, f64)> {
        let tallies = self.tallies(weights);
        let rows = tallies.iter().map(|tally| tally.actual).sum::<u64>() as f64;
        if rows == 0.0 {
            return Vec::new();
        }
        let hits = tallies.iter().map(|tally| tally.hits).sum::<u64>() as f64;
        let surprise: f64 =
            self.surprise.iter().zip(weights).map(|(surprise, weight)| surprise * f64::from(*weight)).sum();
        let f1_weighted: f64 =
            tallies.iter().map(|tally| tally.f1().unwrap_or(0.0) * tally.actual as f64).sum::<f64>() / rows;
        let mut scores = vec![
            ("accuracy", hits / rows),
            ("f1_weighted", f1_weighted),
            ("mcc", matthews(&tallies, hits, rows)),
            ("log_loss", surprise / rows),
            ("ece", self.calibration.error(weights)),
        ];
        scores
            .extend(mean(tallies.iter().filter_map(|tally| tally.recall())).map(|value| ("balanced_accuracy", value)));
        scores.extend(mean(tallies.iter().filter_map(|tally| tally.f1())).map(|value| ("f1_macro", value)));
        scores.extend(mean(areas.iter().map(|areas| areas.roc)).map(|value| ("roc_auc", value)));
        scores.extend(mean(areas.iter().map(|areas| areas.pr)).map(|value| ("pr_auc", value)));
        scores
    }

    pub(super) fn log_loss(&self) -> f64 {
        self.surprise.iter().sum::<f64>() / self.surprise.len().max(1) as f64
    }

    /// Rows true, columns chosen.
    pub(super) fn confusion(&self) -> Vec<Vec<u64>> {
        let mut confusion = vec![vec![0_u64; self.classes]; self.classes];
        for (truth, chosen) in self.truth.iter().zip(&self.chosen) {
            confusion[*truth as usize][*chosen as usize] += 1;
        }
        confusion
    }
}

/// The classes whose curves a metric is made of: with two classes the second says it all.
pub(super) fn ranked_classes(classes: usize) -> Range<usize> {
    if classes == 2 { 1..2 } else { 0..classes }
}

pub(super) fn metrics(probabilities: &[Vec<f64>], y: &[f32], classes: usize) -> (Metrics, Vec<Vec<u64>>) {
    let classified = Classified::new(probabilities, y, classes);
    let weights = vec![1; y.len()];
    // One ranking at a time: those of a thousand classes need more memory than the rows.
    let areas = ranked_classes(classes).filter_map(|class| Ranking::of_class(probabilities, y, class).areas(&weights));
    let scores = classified.scores(&weights, &areas.collect::<Vec<_>>());
    let mut metrics: Metrics = scores.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    if let Some(log_loss) = metrics.get("log_loss").copied() {
        metrics.insert("loss".to_owned(), log_loss);
    }
    (metrics, classified.confusion())
}

/// Correlation between truth and choice for any number of classes (Gorodkin, "Comparing two K-category assignments by a
/// K-category correlation coefficient", 2004); 0 when either is the same for all rows.
fn matthews(tallies: &[Tally], hits: f64, rows: f64) -> f64 {
    let sum = |of: fn(&Tally) -> f64| tallies.iter().map(of).sum::<f64>();
    let both = sum(|tally| tally.actual as f64 * tally.chosen as f64);
    let actual = rows * rows - sum(|tally| tally.actual as f64 * tally.actual as f64);
    let chosen = rows * rows - sum(|tally| tally.chosen as f64 * tally.chosen as f64);
    let scale = actual.sqrt() * chosen.sqrt();
    if scale > 0.0 { (hits * rows - both) / scale } else { 0.0 }
}

/// `None` of nothing.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0_u64, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / count as f64)
}
