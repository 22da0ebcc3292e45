//! Accuracy, balanced accuracy, macro F1 and log loss, as scikit-learn defines them.

use super::Metrics;

/// Probabilities below this count as this in the log loss: one certain mistake is not infinitely bad.
const FLOOR: f64 = 1e-15;

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

pub(super) fn metrics(probabilities: &[Vec<f64>], y: &[f32], classes: usize) -> (Metrics, Vec<Vec<u64>>) {
    let mut confusion = vec![vec![0_u64; classes]; classes];
    let mut log_loss = 0.0;
    for (row, &class) in probabilities.iter().zip(y) {
        let class = class as usize;
        confusion[class][highest(row)] += 1;
        log_loss -= row[class].max(FLOOR).ln();
    }
    let rows = y.len().max(1) as f64;
    let right: u64 = (0..classes).map(|class| confusion[class][class]).sum();
    let (mut recalls, mut f1s) = (Vec::new(), Vec::new());
    for class in 0..classes {
        let hits = confusion[class][class] as f64;
        let actual = confusion[class].iter().sum::<u64>() as f64;
        let predicted = confusion.iter().map(|row| row[class]).sum::<u64>() as f64;
        if actual > 0.0 {
            recalls.push(hits / actual);
        }
        // A class that neither occurs nor is predicted says nothing.
        if actual + predicted > 0.0 {
            f1s.push(2.0 * hits / (actual + predicted));
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let log_loss = log_loss / rows;
    let named = [
        ("loss", log_loss),
        ("log_loss", log_loss),
        ("accuracy", right as f64 / rows),
        ("balanced_accuracy", mean(&recalls)),
        ("f1_macro", mean(&f1s)),
    ];
    (named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(), confusion)
}

#[cfg(test)]
mod tests {
    use super::metrics;

    #[test]
    fn metrics_are_those_of_scikit_learn() {
        // sklearn.metrics on y_true [0,0,1,2], y_pred [0,1,1,1].
        let sure = |class: usize| {
            let mut row = vec![0.1; 3];
            row[class] = 0.8;
            row
        };
        let (found, confusion) = metrics(&[sure(0), sure(1), sure(1), sure(1)], &[0.0, 0.0, 1.0, 2.0], 3);
        assert_eq!(confusion, [[1, 1, 0], [0, 1, 0], [0, 1, 0]]);
        let close = |name: &str, value: f64| assert!((found[name] - value).abs() < 1e-9, "{name} {}", found[name]);
        close("accuracy", 0.5);
        close("balanced_accuracy", 0.5);
        close("f1_macro", (2.0 / 3.0 + 0.5) / 3.0);
        close("log_loss", -(0.8_f64.ln() * 2.0 + 0.1_f64.ln() * 2.0) / 4.0);
    }
}
