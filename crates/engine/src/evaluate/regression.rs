//! RMSE, MAE and R², as scikit-learn defines them. Errors are in units of the target.

use super::Metrics;

pub(super) fn metrics(predicted: &[f32], y: &[f32], std: f64) -> Metrics {
    let rows = y.len().max(1) as f64;
    let mean = y.iter().map(|value| f64::from(*value)).sum::<f64>() / rows;
    let (mut squares, mut absolute, mut total) = (0.0, 0.0, 0.0);
    for (predicted, actual) in predicted.iter().zip(y) {
        let (predicted, actual) = (f64::from(*predicted), f64::from(*actual));
        squares += (predicted - actual) * (predicted - actual);
        absolute += (predicted - actual).abs();
        total += (actual - mean) * (actual - mean);
    }
    let r2 = if total > 0.0 { 1.0 - squares / total } else { 0.0 };
    let named =
        [("loss", squares / rows), ("rmse", (squares / rows).sqrt() * std), ("mae", absolute / rows * std), ("r2", r2)];
    named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::metrics;

    #[test]
    fn metrics_are_those_of_scikit_learn() {
        // y_true [3, -0.5, 2, 7], y_pred [2.5, 0, 2, 8]: r2 0.948..., mae 0.5, mse 0.375.
        let found = metrics(&[2.5, 0.0, 2.0, 8.0], &[3.0, -0.5, 2.0, 7.0], 2.0);
        assert!((found["r2"] - 0.948_608_137).abs() < 1e-8);
        assert!((found["mae"] - 1.0).abs() < 1e-12);
        assert!((found["rmse"] - 2.0 * 0.375_f64.sqrt()).abs() < 1e-12);
    }
}
