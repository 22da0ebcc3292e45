//! What training makes small, as Burn computes it: mean squared error, or cross-entropy on logits.

use burn::tensor::{Tensor, TensorData, activation};
use domain::job::Task;

use crate::objective::Objective;

/// Weighted mean over the rows. `y` holds standardised targets, or positions in the classes.
pub(crate) fn loss(objective: &Objective, outputs: Tensor<2>, y: &[f32]) -> Tensor<1> {
    let device = outputs.device();
    let [rows, classes] = outputs.dims();
    let smoothing = objective.smoothing;
    let tensor =
        |values: Vec<f32>, width: usize| Tensor::<2>::from_data(TensorData::new(values, [rows, width]), &device);
    if objective.task == Task::Regression {
        let error = outputs.sub(tensor(y.to_vec(), 1));
        return error.clone().mul(error).mean();
    }
    let weights: Vec<f32> = y.iter().map(|class| objective.weights[*class as usize]).collect();
    let total: f64 = weights.iter().copied().map(f64::from).sum();
    let each = if objective.task == Task::Binary {
        // -t log s(z) - (1-t) log s(-z), with log s(-z) = log s(z) - z.
        let target = y.iter().map(|y| y * (1.0 - smoothing) + smoothing / 2.0).collect();
        let kept = tensor(target, 1).neg().add_scalar(1.0);
        outputs.clone().mul(kept).sub(activation::log_sigmoid(outputs))
    } else {
        let mut target = vec![smoothing / classes as f32; rows * classes];
        for (row, class) in y.iter().enumerate() {
            target[row * classes + *class as usize] += 1.0 - smoothing;
        }
        activation::log_softmax(outputs, 1).mul(tensor(target, classes)).sum_dim(1).neg()
    };
    each.mul(tensor(weights, 1)).sum().div_scalar(total as f32)
}
