//! What training makes small: mean squared error, or cross-entropy on logits.

use burn::tensor::{Tensor, TensorData, activation};
use domain::job::Task;

/// Mean over the rows. `y` holds standardised targets, or positions in the classes.
pub(crate) fn loss(task: Task, outputs: Tensor<2>, y: &[f32]) -> Tensor<1> {
    let device = outputs.device();
    let [rows, classes] = outputs.dims();
    let column = || Tensor::<2>::from_data(TensorData::new(y.to_vec(), [rows, 1]), &device);
    match task {
        Task::Regression => {
            let error = outputs.sub(column());
            error.clone().mul(error).mean()
        }
        // -y log s(z) - (1-y) log s(-z), with log s(-z) = log s(z) - z.
        Task::Binary => {
            let kept = column().neg().add_scalar(1.0);
            outputs.clone().mul(kept).sub(activation::log_sigmoid(outputs)).mean()
        }
        Task::Multiclass => {
            let mut one_hot = vec![0.0_f32; rows * classes];
            for (row, class) in y.iter().enumerate() {
                one_hot[row * classes + *class as usize] = 1.0;
            }
            let one_hot = Tensor::<2>::from_data(TensorData::new(one_hot, [rows, classes]), &device);
            activation::log_softmax(outputs, 1).mul(one_hot).sum().div_scalar(rows as f32).neg()
        }
    }
}
