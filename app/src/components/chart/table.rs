//! What a chart says to people who do not see it: one sentence, and a table of at most fifty rows.

use super::along::Along;
use crate::{components::format, live::Sample};

const ROWS: usize = 50;

/// Every how many points the table has a row: a power of two, so that rows stay where they are while points come.
pub fn stride(points: usize) -> usize {
    let mut stride = 1;
    while points.div_ceil(stride) > ROWS {
        stride *= 2;
    }
    stride
}

/// The sample nearest to a position on the axis; curves are in the order of their steps and of their times.
pub fn nearest(curve: &[Sample], along: Along, x: f64) -> Option<&Sample> {
    let after = curve.partition_point(|sample| along.of(sample) < x);
    let before = after.checked_sub(1).and_then(|at| curve.get(at));
    match (before, curve.get(after)) {
        (Some(left), Some(right)) if x - along.of(left) <= along.of(right) - x => Some(left),
        (left, right) => right.or(left),
    }
}

/// `training fell from 1.1 to 0.05`
pub fn movement(label: &str, name: &str, curve: &[Sample]) -> Option<String> {
    let (first, last) = (curve.first()?, curve.last()?);
    let (from, to) = (format::metric(name, first.value), format::metric(name, last.value));
    let label = label.to_lowercase();
    Some(if from == to {
        t!("{line} is {to}", line = label, to = to)
    } else if last.value < first.value {
        t!("{line} fell from {from} to {to}", line = label, from = from, to = to)
    } else {
        t!("{line} rose from {from} to {to}", line = label, from = from, to = to)
    })
}

/// `Loss over 61 epochs: training fell from 1.1 to 0.05; validation ...`
pub fn sentence(title: &str, epochs: u32, movements: &[String]) -> String {
    if movements.is_empty() {
        return t!("{title}: nothing measured yet.", title = title);
    }
    let epochs = format::counted(u64::from(epochs), t!("epoch"), t!("epochs"));
    t!("{title} over {epochs}: {movements}.", title = title, epochs = epochs, movements = movements.join(t!("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(steps: &[u64]) -> Vec<Sample> {
        steps
            .iter()
            .map(|&step| Sample { step, epoch: step as u32, seconds: step as f32 / 2.0, value: 1.0 / step as f64 })
            .collect()
    }

    #[test]
    fn a_table_never_has_more_than_fifty_rows_and_seldom_changes() {
        for points in [0_usize, 1, 50, 51, 1000, 123_456] {
            assert!(points.div_ceil(stride(points)) <= 50, "{points}");
        }
        assert_eq!([stride(50), stride(51), stride(4_000)], [1, 2, 128]);
    }

    #[test]
    fn the_nearest_sample_is_found_between_and_beyond() {
        let curve = curve(&[10, 20, 40]);
        let step = |at| nearest(&curve, Along::Steps, at).map(|sample| sample.step);
        assert_eq!([step(0.0), step(14.0), step(16.0), step(31.0), step(99.0)], [10, 10, 20, 40, 40].map(Some));
        assert_eq!(nearest(&curve, Along::Time, 14.0).map(|sample| sample.step), Some(20));
        assert_eq!(nearest(&[], Along::Steps, 1.0), None);
    }

    #[test]
    fn the_sentence_says_how_it_went() {
        let curve = curve(&[1, 2, 4]);
        let movement = movement("Training", "loss", &curve).unwrap();
        assert_eq!(movement, "training fell from 1 to 0.25");
        assert_eq!(sentence("Loss", 4, &[movement]), "Loss over 4 epochs: training fell from 1 to 0.25.");
        assert_eq!(sentence("Loss", 0, &[]), "Loss: nothing measured yet.");
    }
}
