//! How good a model is, beside a baseline that knows only the training targets.

mod bootstrap;
mod calibration;
mod classification;
mod curve;
#[cfg(feature = "train")]
mod importance;
mod ranking;
mod regression;
#[cfg(feature = "train")]
mod report;
#[cfg(test)]
mod scikit_learn;

use std::collections::BTreeMap;

use domain::job::Task;

#[cfg(feature = "train")]
pub(crate) use self::{
    importance::{Column, importance},
    report::{Judged, report},
};

/// What a model said of some rows.
#[derive(Clone, Debug)]
pub(crate) struct Outputs {
    /// Rows x outputs: standardised values, or logits.
    pub(crate) values: Vec<f32>,
    /// Standardised targets, or positions in the classes.
    pub(crate) y: Vec<f32>,
}

impl Outputs {
    /// Those of some rows.
    fn only(&self, rows: &[u32]) -> Self {
        let width = self.values.len() / self.y.len().max(1);
        let row = |row: &u32| self.values[*row as usize * width..][..width].iter().copied();
        Self { values: rows.iter().flat_map(row).collect(), y: rows.iter().map(|row| self.y[*row as usize]).collect() }
    }
}

/// What turns outputs into what people read.
#[derive(Clone, Debug)]
pub(crate) struct Scale {
    pub(crate) task: Task,
    pub(crate) classes: usize,
    /// Of the training targets.
    pub(crate) std: f64,
}

/// Metric name to value.
pub(crate) type Metrics = BTreeMap<String, f64>;

/// All metrics that are finite, because JSON has no others (a test row may lie so far away that the model overflows on it);
/// for classification also the confusion matrix (rows true, columns predicted).
pub(crate) fn evaluate(outputs: &Outputs, scale: &Scale) -> (Metrics, Option<Vec<Vec<u64>>>) {
    let (mut metrics, confusion) = match scale.task {
        Task::Regression => (regression::metrics(&outputs.values, &outputs.y, scale.std), None),
        _ => {
            let (metrics, confusion) =
                classification::metrics(&probabilities(outputs, scale), &outputs.y, scale.classes);
            (metrics, Some(confusion))
        }
    };
    metrics.retain(|_, value| value.is_finite());
    (metrics, confusion)
}

/// The metrics of always saying the mean, or the majority class (with the frequencies as probabilities).
pub(crate) fn baseline(train_y: &[f32], y: &[f32], scale: &Scale) -> Metrics {
    match scale.task {
        Task::Regression => {
            // The training mean is 0 in standardised units.
            regression::metrics(&vec![0.0; y.len()], y, scale.std)
        }
        _ => {
            let mut counts = vec![0.0_f64; scale.classes];
            for class in train_y {
                counts[*class as usize] += 1.0;
            }
            let total: f64 = counts.iter().sum::<f64>().max(1.0);
            let frequencies: Vec<f64> = counts.iter().map(|count| count / total).collect();
            let always: Vec<Vec<f64>> = y.iter().map(|_| frequencies.clone()).collect();
            classification::metrics(&always, y, scale.classes).0
        }
    }
}

/// Class probabilities of each row. A row on which the model overflowed might be anything.
pub(crate) fn probabilities(outputs: &Outputs, scale: &Scale) -> Vec<Vec<f64>> {
    let anything = || vec![1.0 / scale.classes.max(1) as f64; scale.classes];
    match scale.task {
        Task::Binary => outputs
            .values
            .iter()
            .map(|logit| {
                let p = 1.0 / (1.0 + (-f64::from(*logit)).exp());
                if p.is_finite() { vec![1.0 - p, p] } else { anything() }
            })
            .collect(),
        _ => outputs
            .values
            .chunks_exact(scale.classes.max(1))
            .map(|logits| if logits.iter().all(|logit| logit.is_finite()) { softmax(logits) } else { anything() })
            .collect(),
    }
}

fn softmax(logits: &[f32]) -> Vec<f64> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponents: Vec<f64> = logits.iter().map(|logit| f64::from(logit - highest).exp()).collect();
    let sum: f64 = exponents.iter().sum();
    exponents.into_iter().map(|value| value / sum).collect()
}

/// The metric people look at first, cheaply: accuracy, or RMSE in units of the target.
pub(crate) fn headline(outputs: &Outputs, scale: &Scale) -> f64 {
    let rows = outputs.y.len().max(1) as f64;
    match scale.task {
        Task::Regression => {
            let squares: f64 =
                outputs.values.iter().zip(&outputs.y).map(|(a, b)| f64::from(a - b) * f64::from(a - b)).sum();
            (squares / rows).sqrt() * scale.std
        }
        Task::Binary => {
            let right = outputs.values.iter().zip(&outputs.y).filter(|(z, y)| (**z > 0.0) == (**y > 0.5)).count();
            right as f64 / rows
        }
        _ => {
            let rows_of = outputs.values.chunks_exact(scale.classes.max(1)).zip(&outputs.y);
            rows_of.filter(|(logits, y)| classification::highest(logits) == **y as usize).count() as f64 / rows
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::job::Task;

    use super::{Outputs, Scale, evaluate, probabilities};

    #[test]
    fn a_metric_that_is_not_finite_is_left_out() {
        let outputs = Outputs { values: vec![f32::INFINITY, 0.5], y: vec![0.0, 0.5] };
        let (metrics, _) = evaluate(&outputs, &Scale { task: Task::Regression, classes: 0, std: 1.0 });
        assert!(metrics.values().all(|value| value.is_finite()), "{metrics:?}");
    }

    #[test]
    fn a_row_on_which_a_classifier_overflowed_might_be_anything() {
        let scale = Scale { task: Task::Multiclass, classes: 2, std: 1.0 };
        let outputs = Outputs { values: vec![f32::INFINITY, 1.0, 3.0, 1.0], y: vec![0.0, 0.0] };
        assert_eq!(probabilities(&outputs, &scale)[0], [0.5, 0.5]);
        let (metrics, _) = evaluate(&outputs, &scale);
        assert!(metrics.values().all(|value| value.is_finite()) && metrics["accuracy"] == 1.0, "{metrics:?}");
    }
}
