//! What the untouched test rows say of a model, beyond one number a metric: `report.json` in its bundle.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The evaluation report of a finished model. Every number in it is finite; what is not defined on the test rows (the area
/// under the ROC curve of a class that none of them has) is absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// Metric name, as in `metrics`, to its 95% interval. Absent where resampling cannot tell: a model without a mistake on
    /// these rows makes none on any resample of them.
    pub intervals: BTreeMap<String, Interval>,
    pub bootstrap: Bootstrap,
    /// What each feature is worth; absent where measuring it would take too long.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub importance: Option<Importance>,
    /// What other models say that were trained in the same way on other rows; absent where nobody asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cross_validation: Option<CrossValidation>,
    pub findings: Findings,
}

/// Every row was once among those that a model was judged by: how good are models made in this way, and how much depends on
/// which rows they see? (Stone 1974, "Cross-validatory choice and assessment of statistical predictions".)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CrossValidation {
    /// Models that were trained, and parts of the rows.
    pub folds: u32,
    /// By name, as in `metrics`; absent what is not defined on every part.
    pub metrics: BTreeMap<String, FoldMetric>,
}

/// One metric on all parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FoldMetric {
    pub mean: f64,
    /// Standard deviation between the parts (the root of the unbiased variance).
    pub std: f64,
    /// Part by part.
    pub values: Vec<f64>,
}

/// Where a metric lies in 95 of 100 test sets such as this one: from the 2.5th to the 97.5th percentile of the bootstrap
/// (Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// How the intervals were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bootstrap {
    /// Test sets drawn with replacement.
    pub resamples: u32,
    /// Rows in each. Fewer than there are test rows when those are many: the intervals are then scaled to all of them.
    pub rows: u64,
}

/// What only one kind of task has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Findings {
    Classification(Classification),
    Regression(Regression),
}

/// Classes one by one, curves and calibration. The confusion matrix is in [`crate::model::Evaluation`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Classification {
    /// In the order of the model's classes.
    pub classes: Vec<ClassScores>,
    /// Of the second class where there are two; otherwise of each class against the rest, for at most six classes: those
    /// that are told apart worst, in the order of the model's classes.
    pub curves: Vec<ClassCurves>,
    /// Ten bins of equal width, without those that no row falls into: of the second class's probability where there are two
    /// classes, otherwise of the probability of the class that was chosen.
    pub calibration: Vec<CalibrationBin>,
}

/// One class against the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClassScores {
    pub class: String,
    /// Test rows of the class.
    pub rows: u64,
    /// Share of the rows said to be of the class that are; absent when none was said to be.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub precision: Option<f64>,
    /// Share of the rows of the class that were said to be; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recall: Option<f64>,
    /// Harmonic mean of the two; absent when the class neither occurs nor was said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub f1: Option<f64>,
    /// Area under the ROC curve; absent unless some test rows are of the class and some are not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub roc_auc: Option<f64>,
    /// Average precision; absent when `roc_auc` is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pr_auc: Option<f64>,
}

/// What can be had of a class by moving the probability from which on a row is said to be of it. At most 200 points of each
/// curve, rounded to six decimals, chosen so that its shape stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClassCurves {
    pub class: String,
    pub roc_auc: f64,
    pub pr_auc: f64,
    /// Share of the test rows that are of the class: the precision of guessing.
    pub prevalence: f64,
    pub roc: RocCurve,
    pub pr: PrCurve,
}

/// Point by point, from (0, 0) to (1, 1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RocCurve {
    pub false_positive_rate: Vec<f64>,
    pub true_positive_rate: Vec<f64>,
}

/// Point by point, from (0, 1) to recall 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrCurve {
    pub recall: Vec<f64>,
    pub precision: Vec<f64>,
}

/// Rows that were given about the same probability, and how often it came true.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalibrationBin {
    /// Probabilities above this (and 0 itself, in the first bin),
    pub from: f64,
    /// up to and including this.
    pub to: f64,
    pub rows: u64,
    /// Mean probability that the model gave.
    pub confidence: f64,
    /// Share of the rows for which it came true.
    pub frequency: f64,
}

/// Where a model of numbers errs. All numbers are in units of the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Regression {
    /// Of actual minus predicted.
    pub residuals: Histogram,
    /// At most 500 test rows, drawn by the job's seed.
    pub pairs: Pairs,
}

/// Counts between edges; each bin has its lower edge, and the last one its upper edge too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Histogram {
    /// Ascending, one more than there are counts.
    pub edges: Vec<f64>,
    pub counts: Vec<u64>,
}

/// Row by row, what was and what the model said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pairs {
    pub actual: Vec<f64>,
    pub predicted: Vec<f64>,
}

/// How much worse a metric becomes when one column of the test rows is shuffled, so that it says nothing any more (Breiman,
/// "Random Forests", 2001; Fisher, Rudin & Dominici 2019, arXiv:1801.01489).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Importance {
    /// `log_loss` for classes, because it moves before a decision does; `rmse` for numbers.
    pub metric: String,
    /// Times each column was shuffled.
    pub repeats: u32,
    /// Test rows that were used.
    pub rows: u64,
    /// The most important first.
    pub features: Vec<FeatureImportance>,
}

/// What one column is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeatureImportance {
    pub name: String,
    /// Mean rise of the metric. About 0: the model can do without; below 0: it did better by chance.
    pub mean: f64,
    /// Standard deviation between the shuffles.
    pub std: f64,
}
