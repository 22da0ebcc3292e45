//! What training makes small, beside the outputs and the targets: which mistakes count how much, and how certain to be.

use domain::job::{ClassWeights, JobSpec, Task};

/// The loss of a job.
#[derive(Clone, Debug)]
pub(crate) struct Objective {
    pub(crate) task: Task,
    /// Of each class; empty for regression, where every row counts as one.
    pub(crate) weights: Vec<f32>,
    /// Only while learning: what is judged is the true class.
    pub(crate) smoothing: f32,
}

/// Losses of rows before they are divided: their weighted sum, and the sum of the weights.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Summed {
    pub(crate) loss: f64,
    pub(crate) weight: f64,
}

impl Summed {
    pub(crate) fn mean(self) -> f64 {
        if self.weight > 0.0 { self.loss / self.weight } else { 0.0 }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.loss += other.loss;
        self.weight += other.weight;
    }
}

impl Objective {
    /// `y` are the training targets: positions in `classes` classes, or numbers.
    pub(crate) fn new(spec: &JobSpec, classes: usize, y: &[f32]) -> Self {
        let weights = match (spec.task, spec.learning.class_weights) {
            (Task::Regression, _) => Vec::new(),
            (_, ClassWeights::None) => vec![1.0; classes],
            (_, ClassWeights::Balanced) => balanced(classes, y),
        };
        Self { task: spec.task, weights, smoothing: spec.learning.label_smoothing as f32 }
    }

    #[cfg(test)]
    pub(crate) fn plain(task: Task, classes: usize) -> Self {
        let weights = if task == Task::Regression { Vec::new() } else { vec![1.0; classes] };
        Self { task, weights, smoothing: 0.0 }
    }

    /// What rows count together.
    pub(crate) fn weight(&self, y: &[f32]) -> f64 {
        match self.task {
            Task::Regression => y.len() as f64,
            _ => y.iter().map(|class| f64::from(self.weights[*class as usize])).sum(),
        }
    }

    /// Without what is only for learning.
    pub(crate) fn judged(&self) -> Self {
        Self { smoothing: 0.0, ..self.clone() }
    }
}

/// Rows by classes and rows of a class: King & Zeng 2001, and scikit-learn's `balanced`. A class without rows counts as one.
fn balanced(classes: usize, y: &[f32]) -> Vec<f32> {
    let mut counts = vec![0_u64; classes];
    for class in y {
        if let Some(count) = counts.get_mut(*class as usize) {
            *count += 1;
        }
    }
    let share = y.len() as f64 / classes.max(1) as f64;
    counts.into_iter().map(|count| if count == 0 { 1.0 } else { (share / count as f64) as f32 }).collect()
}

#[cfg(test)]
mod tests {
    use super::balanced;

    #[test]
    fn rare_classes_count_more_and_all_together_as_before() {
        let y = [0.0, 0.0, 0.0, 1.0];
        let weights = balanced(3, &y);
        assert_eq!(weights, [4.0 / 9.0, 4.0 / 3.0, 1.0]);
    }
}
