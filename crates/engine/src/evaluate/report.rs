//! The evaluation report, from what a model said of the test rows. A function of the outputs and the seed.

use std::collections::BTreeMap;

use domain::{
    job::Task,
    report::{Bootstrap, ClassCurves, ClassScores, Classification, Findings, Interval},
};

use super::{
    Outputs, Scale,
    bootstrap::{RESAMPLES, intervals},
    classification::{Classified, ranked_classes},
    probabilities,
    ranking::Ranking,
    regression::Estimated,
};
use crate::random::{Purpose, Random};

/// Rows times curves that the bootstrap goes through for each of its test sets: a second of work for all of them.
const BOOTSTRAP_CELLS: usize = 200_000;
/// Fewest rows that stand for all test rows.
const MIN_BOOTSTRAP_ROWS: usize = 200;
const PAIRS: usize = 500;
const CURVES: usize = 6;
const POINTS: usize = 200;

/// Rows that were drawn to stand for all of them.
const FOR_BOOTSTRAP: Purpose = Purpose::Sample { part: 1 };
const FOR_PAIRS: Purpose = Purpose::Sample { part: 2 };

/// Everything of a report but what needs the model again.
pub(crate) struct Judged {
    pub(crate) intervals: BTreeMap<String, Interval>,
    pub(crate) bootstrap: Bootstrap,
    pub(crate) findings: Findings,
}

/// `classes` are the labels in the order of the outputs; `mean` that of the training targets.
pub(crate) fn report(outputs: &Outputs, scale: &Scale, classes: &[String], mean: f64, seed: u64) -> Judged {
    let findings = match scale.task {
        Task::Regression => {
            let sampled = Random::new(seed, FOR_PAIRS).sample(outputs.y.len(), PAIRS);
            Findings::Regression(Estimated::new(&outputs.values, &outputs.y, scale.std).findings(mean, &sampled))
        }
        _ => Findings::Classification(classification(&probabilities(outputs, scale), &outputs.y, classes)),
    };
    let (intervals, bootstrap) = bootstrap(outputs, scale, seed);
    Judged { intervals, bootstrap, findings }
}

pub(super) fn classification(probabilities: &[Vec<f64>], y: &[f32], classes: &[String]) -> Classification {
    let classified = Classified::new(probabilities, y, classes.len());
    let weights = vec![1; y.len()];
    let scores = classes.iter().zip(classified.tallies(&weights)).enumerate().map(|(at, (class, tally))| {
        let areas = Ranking::of_class(probabilities, y, at).areas(&weights);
        ClassScores {
            class: class.clone(),
            rows: tally.actual,
            precision: tally.precision(),
            recall: tally.recall(),
            f1: tally.f1(),
            roc_auc: areas.map(|areas| areas.roc),
            pr_auc: areas.map(|areas| areas.pr),
        }
    });
    let scores: Vec<ClassScores> = scores.collect();
    let mut drawn: Vec<usize> = ranked_classes(classes.len()).filter(|at| scores[*at].roc_auc.is_some()).collect();
    drawn.sort_by(|a, b| scores[*a].roc_auc.unwrap_or(1.0).total_cmp(&scores[*b].roc_auc.unwrap_or(1.0)));
    drawn.truncate(CURVES);
    drawn.sort_unstable();
    let curves = drawn.into_iter().filter_map(|at| {
        let (roc, pr) = Ranking::of_class(probabilities, y, at).curves(POINTS)?;
        let ClassScores { class, rows, roc_auc, pr_auc, .. } = scores[at].clone();
        let prevalence = rows as f64 / y.len() as f64;
        Some(ClassCurves { class, roc_auc: roc_auc?, pr_auc: pr_auc?, prevalence, roc, pr })
    });
    let curves = curves.collect();
    Classification { classes: scores, curves, calibration: classified.calibration.bins() }
}

fn bootstrap(outputs: &Outputs, scale: &Scale, seed: u64) -> (BTreeMap<String, Interval>, Bootstrap) {
    let rows = outputs.y.len();
    let curves = if scale.task.is_classification() { ranked_classes(scale.classes).len() } else { 0 };
    let most = (BOOTSTRAP_CELLS / (curves + 1)).max(MIN_BOOTSTRAP_ROWS);
    let sample = Random::new(seed, FOR_BOOTSTRAP).sample(rows, most);
    let some = if sample.len() < rows { &outputs.only(&sample) } else { outputs };
    let mut found = match scale.task {
        Task::Regression => {
            let estimated = Estimated::new(&some.values, &some.y, scale.std);
            scaled(sample.len(), rows, seed, |weights| estimated.scores(weights), outputs, scale)
        }
        _ => {
            let probabilities = probabilities(some, scale);
            let classified = Classified::new(&probabilities, &some.y, scale.classes);
            let rankings: Vec<Ranking> =
                ranked_classes(scale.classes).map(|class| Ranking::of_class(&probabilities, &some.y, class)).collect();
            let scores = |weights: &[u32]| {
                let areas: Vec<_> = rankings.iter().filter_map(|ranking| ranking.areas(weights)).collect();
                classified.scores(weights, &areas)
            };
            scaled(sample.len(), rows, seed, scores, outputs, scale)
        }
    };
    found.remove("loss");
    (found, Bootstrap { resamples: RESAMPLES, rows: sample.len() as u64 })
}

/// Intervals from `sampled` rows. Where those stand for more, each is moved to the value that all rows have, and shrunk as the
/// error of a mean shrinks with its rows.
fn scaled(
    sampled: usize,
    rows: usize,
    seed: u64,
    scores: impl Fn(&[u32]) -> Vec<(&'static str, f64)>,
    outputs: &Outputs,
    scale: &Scale,
) -> BTreeMap<String, Interval> {
    let found = intervals(sampled, seed, &scores);
    if sampled == rows {
        return found.into_iter().map(|(name, interval)| (name.to_owned(), interval)).collect();
    }
    let shrunk = (sampled as f64 / rows as f64).sqrt();
    let (all, of_sample) = (super::evaluate(outputs, scale).0, BTreeMap::from_iter(scores(&vec![1; sampled])));
    let moved = found.into_iter().filter_map(|(name, interval)| {
        let (value, here) = (all.get(name)?, of_sample.get(name)?);
        let end = |end: f64| value + (end - here) * shrunk;
        Some((name.to_owned(), Interval { low: end(interval.low), high: end(interval.high) }))
    });
    moved.collect()
}

#[cfg(test)]
mod tests {
    use domain::{job::Task, report::Findings};

    use super::{
        super::{Outputs, Scale, evaluate},
        report,
    };
    use crate::random::{Purpose, Random};

    /// A logit each, right more often than not; every third row is of the second class.
    fn binary(rows: usize) -> Outputs {
        let mut random = Random::new(1, Purpose::Sample { part: 9 });
        let y: Vec<f32> = (0..rows).map(|row| if row % 3 == 0 { 1.0 } else { 0.0 }).collect();
        Outputs { values: y.iter().map(|y| (y - 0.5) * 2.0 + (random.unit() - 0.5) * 6.0).collect(), y }
    }

    const BINARY: Scale = Scale { task: Task::Binary, classes: 2, std: 1.0 };

    fn labels() -> [String; 2] {
        ["no".to_owned(), "yes".to_owned()]
    }

    #[test]
    fn every_metric_has_an_interval_around_it() {
        let outputs = binary(150);
        let judged = report(&outputs, &BINARY, &labels(), 0.0, 7);
        let (metrics, _) = evaluate(&outputs, &BINARY);
        assert_eq!(judged.intervals.len() + 1, metrics.len(), "but for the loss, which is the log loss");
        for (name, interval) in &judged.intervals {
            // The calibration error is never below 0, so noise only raises it.
            let value = metrics[name];
            assert!((name == "ece" || interval.low < value) && value < interval.high, "{name} {value} {interval:?}");
        }
        assert!(judged.bootstrap.rows == 150 && judged.bootstrap.resamples == 1_000);
    }

    #[test]
    fn a_sample_that_stands_for_many_rows_gives_about_their_interval() {
        let many = binary(150_000);
        let judged = report(&many, &BINARY, &labels(), 0.0, 7);
        assert_eq!(judged.bootstrap.rows, 100_000);
        let accuracy = evaluate(&many, &BINARY).0["accuracy"];
        let found = judged.intervals["accuracy"];
        let half = 1.96 * (accuracy * (1.0 - accuracy) / 150_000.0).sqrt();
        assert!((found.low - (accuracy - half)).abs() < half * 0.15, "{found:?} {accuracy} {half}");
        assert!((found.high - (accuracy + half)).abs() < half * 0.15, "{found:?} {accuracy} {half}");
    }

    #[test]
    fn the_worst_six_of_many_classes_are_drawn() {
        let mut random = Random::new(1, Purpose::Sample { part: 9 });
        let y: Vec<f32> = (0..200).map(|row| (row % 9) as f32).collect();
        // The first three are known for sure, nothing is known of the others.
        let logits = |class: &f32| {
            let noise: Vec<f32> = (0..9).map(|_| random.unit()).collect();
            let sure = move |(at, noise): (usize, f32)| {
                if *class < 3.0 {
                    if at == *class as usize { 9.0 } else { 0.0 }
                } else if at < 3 {
                    -9.0
                } else {
                    noise
                }
            };
            noise.into_iter().enumerate().map(sure).collect::<Vec<f32>>()
        };
        let outputs = Outputs { values: y.iter().flat_map(logits).collect(), y };
        let names: Vec<String> = (0..9).map(|at| format!("class {at}")).collect();
        let scale = Scale { task: Task::Multiclass, classes: 9, std: 1.0 };
        let Findings::Classification(found) = report(&outputs, &scale, &names, 0.0, 7).findings else { panic!() };
        let drawn: Vec<&str> = found.curves.iter().map(|curve| curve.class.as_str()).collect();
        assert_eq!(drawn, names[3..]);
        assert_eq!((found.classes[0].roc_auc, found.classes[0].rows), (Some(1.0), 23));
    }

    #[test]
    fn residuals_and_pairs_are_in_units_of_the_target() {
        let y: Vec<f32> = (0..2_000).map(|row| row as f32 / 1_000.0 - 1.0).collect();
        let outputs = Outputs { values: y.iter().map(|y| y + 0.5).collect(), y };
        let scale = Scale { task: Task::Regression, classes: 0, std: 10.0 };
        let judge = |seed| report(&outputs, &scale, &[], 100.0, seed);
        let Findings::Regression(found) = judge(7).findings else { panic!() };
        assert_eq!(found.residuals.counts.iter().sum::<u64>(), 2_000);
        assert_eq!((found.pairs.actual.len(), found.pairs.predicted.len()), (500, 500));
        assert!(found.pairs.actual[0] < 92.0 && found.pairs.actual[499] > 108.0);
        for (actual, predicted) in found.pairs.actual.iter().zip(&found.pairs.predicted) {
            assert!((predicted - actual - 5.0).abs() < 1e-5, "{actual} {predicted}");
        }
        assert_eq!(judge(7).findings, judge(7).findings);
        assert_ne!(judge(7).findings, judge(8).findings);
    }
}
