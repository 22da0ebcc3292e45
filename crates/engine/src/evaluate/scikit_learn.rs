//! The metrics are those of scikit-learn. `crates/engine/tests/fixtures/scikit_learn.py` wrote down what it says.

use std::collections::BTreeMap;

use domain::report::{CalibrationBin, Findings};
use serde::Deserialize;

use super::{Metrics, classification, curve, ranking::Ranking, regression::Estimated, report::classification as judge};

const FIXTURE: &str = include_str!("../../tests/fixtures/scikit_learn.json");

#[derive(Deserialize)]
struct Fixture {
    classification: Vec<Classes>,
    regression: Vec<Numbers>,
}

#[derive(Deserialize)]
struct Classes {
    name: String,
    truth: Vec<u32>,
    probabilities: Vec<Vec<f64>>,
    expected: BTreeMap<String, Option<f64>>,
    confusion: Vec<Vec<u64>>,
    precision: Vec<Option<f64>>,
    recall: Vec<Option<f64>>,
    f1: Vec<Option<f64>>,
    calibration: Bins,
    curves: Vec<Roc>,
}

#[derive(Deserialize)]
struct Bins {
    rows: Vec<u64>,
    frequency: Vec<f64>,
    confidence: Vec<f64>,
}

#[derive(Deserialize)]
struct Roc {
    class: usize,
    false_positive_rate: Vec<f64>,
    true_positive_rate: Vec<f64>,
}

#[derive(Deserialize)]
struct Numbers {
    name: String,
    actual: Vec<f32>,
    predicted: Vec<f32>,
    std: f64,
    expected: BTreeMap<String, Option<f64>>,
    counts: Vec<u64>,
    edges: Vec<f64>,
}

fn fixture() -> Fixture {
    serde_json::from_str(FIXTURE).unwrap()
}

fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-6, "{what}: {found}, scikit-learn {expected}");
}

fn assert_all_close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}: {found:?}, scikit-learn {expected:?}");
    found.iter().zip(expected).for_each(|(found, expected)| assert_close(*found, *expected, what));
}

fn assert_same(case: &str, found: &Metrics, expected: &BTreeMap<String, Option<f64>>) {
    for (name, expected) in expected {
        match (found.get(name), expected) {
            (Some(found), Some(expected)) => assert_close(*found, *expected, &format!("{case}: {name}")),
            (found, expected) => assert_eq!(found, expected.as_ref(), "{case}: {name}"),
        }
    }
    let known = |name: &&String| *name != "loss" && !expected.contains_key(*name);
    assert_eq!(found.keys().find(known), None, "{case}: not in the fixture");
}

#[test]
fn classes_are_judged_as_scikit_learn_judges_them() {
    for case in fixture().classification {
        let y: Vec<f32> = case.truth.iter().map(|class| *class as f32).collect();
        let (found, confusion) = classification::metrics(&case.probabilities, &y, case.confusion.len());
        assert_same(&case.name, &found, &case.expected);
        assert_eq!(confusion, case.confusion, "{}", case.name);
    }
}

#[test]
fn each_class_and_each_bin_is_that_of_scikit_learn() {
    for case in fixture().classification {
        let y: Vec<f32> = case.truth.iter().map(|class| *class as f32).collect();
        let names: Vec<String> = (0..case.confusion.len()).map(|class| class.to_string()).collect();
        let found = judge(&case.probabilities, &y, &names);
        for (at, scores) in found.classes.iter().enumerate() {
            for (found, expected) in
                [(scores.precision, case.precision[at]), (scores.recall, case.recall[at]), (scores.f1, case.f1[at])]
            {
                assert_eq!(found.is_some(), expected.is_some(), "{}: class {at}", case.name);
                assert_close(found.unwrap_or(0.0), expected.unwrap_or(0.0), &case.name);
            }
        }
        let bins = &found.calibration;
        assert_eq!(bins.iter().map(|bin| bin.rows).collect::<Vec<_>>(), case.calibration.rows, "{}", case.name);
        let column = |of: fn(&CalibrationBin) -> f64| bins.iter().map(of).collect::<Vec<_>>();
        assert_all_close(&column(|bin| bin.frequency), &case.calibration.frequency, &case.name);
        assert_all_close(&column(|bin| bin.confidence), &case.calibration.confidence, &case.name);
        assert!(serde_json::to_string(&Findings::Classification(found)).is_ok_and(|json| !json.contains("null")));
    }
}

#[test]
fn roc_curves_are_those_of_scikit_learn() {
    for case in fixture().classification {
        let y: Vec<f32> = case.truth.iter().map(|class| *class as f32).collect();
        for expected in case.curves {
            let ranking = Ranking::of_class(&case.probabilities, &y, expected.class);
            let (roc, _) = ranking.curves(usize::MAX).unwrap();
            let what = format!("{}, class {}", case.name, expected.class);
            // Ours is without the points on a straight line.
            let points = expected.false_positive_rate.iter().zip(&expected.true_positive_rate);
            let (alarms, hits) = curve::columns(&curve::thin(points.map(|(x, y)| [*x, *y]).collect(), usize::MAX));
            assert_all_close(&roc.false_positive_rate, &alarms, &what);
            assert_all_close(&roc.true_positive_rate, &hits, &what);
        }
    }
}

#[test]
fn numbers_are_judged_as_scikit_learn_judges_them() {
    for case in fixture().regression {
        let estimated = Estimated::new(&case.predicted, &case.actual, case.std);
        let scores = estimated.scores(&vec![1; case.actual.len()]);
        let found = scores.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        assert_same(&case.name, &found, &case.expected);
        let residuals = estimated.findings(0.0, &[]).residuals;
        assert_eq!(residuals.counts, case.counts, "{}", case.name);
        assert_all_close(&residuals.edges, &case.edges, &case.name);
    }
}

#[test]
fn of_one_row_no_variance_can_be_explained() {
    let found = super::regression::metrics(&[1.0], &[1.5], 2.0);
    assert_eq!((found.get("r2"), found["rmse"]), (None, 1.0));
}
