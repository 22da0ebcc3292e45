//! What each feature is worth to a model: how much worse it becomes when one column of the test rows is shuffled (Breiman,
//! "Random Forests", 2001; Fisher, Rudin & Dominici 2019, arXiv:1801.01489).

use std::ops::Range;

use dataset::Encoded;
use domain::report::{FeatureImportance, Importance};

use super::{Outputs, Scale, classification::Classified, probabilities, regression::Estimated};
use crate::{
    Error,
    random::{Purpose, Random},
};

const REPEATS: u32 = 5;
/// Multiplications for all of it: some seconds on one core.
const WORK: u64 = 20_000_000_000;
/// With fewer rows than this, chance says more than the feature.
const MIN_ROWS: u64 = 200;
/// Rows that a model is asked for at once, if there are that many: with a few it reads all its weights for a few answers.
const ASKED: usize = 256;

/// A feature, and the inputs that it is encoded as: they are shuffled together.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) inputs: [Range<usize>; 2],
}

/// How much of it fits into [`WORK`].
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    rows: usize,
    repeats: u32,
}

impl Plan {
    /// `None` when even a few rows, shuffled once, are too much.
    fn of(rows: usize, columns: usize, parameters: u64) -> Option<Self> {
        let once = (columns as u64).saturating_mul(parameters).max(1);
        let fewest = MIN_ROWS.min(rows as u64).max(1);
        let repeats = (WORK / once.saturating_mul(fewest)).min(u64::from(REPEATS));
        if repeats == 0 {
            return None;
        }
        let most = WORK / once.saturating_mul(repeats);
        Some(Self { rows: rows.min(usize::try_from(most).unwrap_or(usize::MAX)), repeats: repeats as u32 })
    }
}

/// `test` is row-major; `ask` what the model says of such rows; `parameters` its size, by which the work is bounded. `None` when
/// there would be too much of it.
pub(crate) fn importance(
    test: &Encoded,
    columns: &[Column],
    scale: &Scale,
    seed: u64,
    parameters: u64,
    ask: impl Fn(&Encoded) -> Result<Outputs, Error>,
) -> Result<Option<Importance>, Error> {
    let width = test.x.len() / test.y.len().max(1);
    let Some(plan) = Plan::of(test.y.len(), columns.len(), parameters) else { return Ok(None) };
    let sample = Random::new(seed, Purpose::Sample { part: 3 }).sample(test.y.len(), plan.rows);
    let rows = only(test, &sample, width);
    let whole = metric(&ask(&rows)?, scale);
    let trials: Vec<(usize, u32)> =
        (0..columns.len()).flat_map(|feature| (0..plan.repeats).map(move |repeat| (feature, repeat))).collect();
    let mut rises = Vec::with_capacity(trials.len());
    let mut shuffled = Encoded { x: Vec::new(), y: Vec::new() };
    for trials in trials.chunks(ASKED.div_ceil(sample.len().max(1))) {
        shuffled.x.clear();
        shuffled.y.clear();
        for &(feature, repeat) in trials {
            let mut order: Vec<u32> = (0..sample.len() as u32).collect();
            Random::new(seed, Purpose::Permutation { feature, repeat }).shuffle(&mut order);
            let from = shuffled.x.len();
            shuffled.x.extend_from_slice(&rows.x);
            shuffled.y.extend_from_slice(&rows.y);
            for inputs in &columns[feature].inputs {
                copy(&rows, &order, &mut shuffled.x[from..], width, inputs);
            }
        }
        let told = ask(&shuffled)?;
        let each = told.values.len() / trials.len();
        for values in told.values.chunks_exact(each.max(1)) {
            rises.push(metric(&Outputs { values: values.to_vec(), y: rows.y.clone() }, scale) - whole);
        }
    }
    let mut features = Vec::with_capacity(columns.len());
    for (column, rises) in columns.iter().zip(rises.chunks_exact(plan.repeats as usize)) {
        let mean = rises.iter().sum::<f64>() / rises.len() as f64;
        let variance = rises.iter().map(|rise| (rise - mean) * (rise - mean)).sum::<f64>() / rises.len() as f64;
        // A model that overflows on rows which it never saw says nothing of the feature.
        if mean.is_finite() && variance.is_finite() {
            features.push(FeatureImportance { name: column.name.clone(), mean, std: variance.sqrt() });
        }
    }
    features.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    let metric = if scale.task.is_classification() { "log_loss" } else { "rmse" };
    Ok(Some(Importance { metric: metric.to_owned(), repeats: plan.repeats, rows: sample.len() as u64, features }))
}

/// Log loss, or RMSE in units of the target.
fn metric(outputs: &Outputs, scale: &Scale) -> f64 {
    if scale.task.is_classification() {
        Classified::new(&probabilities(outputs, scale), &outputs.y, scale.classes).log_loss()
    } else {
        Estimated::new(&outputs.values, &outputs.y, scale.std).rmse()
    }
}

fn only(encoded: &Encoded, rows: &[u32], width: usize) -> Encoded {
    let row = |row: &u32| encoded.x[*row as usize * width..][..width].iter().copied();
    Encoded { x: rows.iter().flat_map(row).collect(), y: rows.iter().map(|row| encoded.y[*row as usize]).collect() }
}

/// Some inputs of each row from another row.
fn copy(from: &Encoded, order: &[u32], to: &mut [f32], width: usize, inputs: &Range<usize>) {
    for (at, row) in order.iter().enumerate() {
        let (source, target) = (*row as usize * width, at * width);
        let cells = &from.x[source + inputs.start..source + inputs.end];
        to[target + inputs.start..target + inputs.end].copy_from_slice(cells);
    }
}

#[cfg(test)]
mod tests {
    use dataset::Encoded;
    use domain::job::Task;

    use super::{Column, Importance, Outputs, Plan, Scale, importance};
    use crate::random::{Purpose, Random};

    /// Three inputs, all 0 or 1: a number, and two that say the same (one is 1 where the other is 0).
    fn rows() -> Encoded {
        let mut random = Random::new(1, Purpose::Sample { part: 9 });
        let mut x = Vec::new();
        for _ in 0..300 {
            let (a, b) = (random.unit().round(), random.unit().round());
            x.extend([a, b, 1.0 - b]);
        }
        Encoded { y: x.chunks(3).map(|row| 2.0 * row[0] + row[1]).collect(), x }
    }

    fn judged(say: impl Fn(&[f32]) -> f32) -> Importance {
        let columns =
            [("a", 0..1), ("b", 1..3)].map(|(name, inputs)| Column { name: name.to_owned(), inputs: [inputs, 3..3] });
        let scale = Scale { task: Task::Regression, classes: 0, std: 10.0 };
        let ask = |rows: &Encoded| Ok(Outputs { values: rows.x.chunks(3).map(&say).collect(), y: rows.y.clone() });
        importance(&rows(), &columns, &scale, 7, 3, ask).unwrap().unwrap()
    }

    #[test]
    fn the_feature_that_says_more_is_worth_more() {
        let found = judged(|row| 2.0 * row[0] + row[1]);
        assert_eq!(found.features.iter().map(|feature| feature.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        // Shuffling a coin differs from it every second time: RMSE 2 x sqrt(1/2) and 1 x sqrt(1/2), times 10.
        assert!((found.features[0].mean - 14.1).abs() < 1.0 && (found.features[1].mean - 7.1).abs() < 0.7, "{found:?}");
        assert!(found.features.iter().all(|feature| feature.std > 0.0));
        assert_eq!(found, judged(|row| 2.0 * row[0] + row[1]), "a function of the seed");
    }

    #[test]
    fn a_feature_that_the_model_does_not_look_at_is_worth_nothing() {
        let found = judged(|row| 2.0 * row[0]);
        let b = found.features.iter().find(|feature| feature.name == "b").unwrap();
        assert_eq!((b.mean, b.std), (0.0, 0.0));
    }

    #[test]
    fn inputs_of_one_feature_are_shuffled_together() {
        // Whoever shuffled the second input alone would break what holds in every row.
        let found = judged(|row| {
            assert_eq!(row[1] + row[2], 1.0);
            row[0]
        });
        assert_eq!((found.features.len(), found.rows, found.repeats), (2, 300, 5));
    }

    #[test]
    fn the_work_is_bounded() {
        assert_eq!(Plan::of(150, 4, 5_000), Some(Plan { rows: 150, repeats: 5 }));
        assert_eq!(Plan::of(1_000_000, 30, 10_000), Some(Plan { rows: 13_333, repeats: 5 }));
        assert_eq!(Plan::of(1_000_000, 1_000, 50_000), Some(Plan { rows: 200, repeats: 2 }));
        assert_eq!(Plan::of(1_000_000, 5_000, 2_000_000), None);
    }
}
