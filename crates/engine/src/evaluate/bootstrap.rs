//! How far a metric could lie elsewhere on another test set: percentile bootstrap (Efron & Tibshirani, "An Introduction to
//! the Bootstrap", 1993, chapter 13).

use std::collections::BTreeMap;

use domain::report::Interval;

use crate::random::{Purpose, Random};

/// Test sets that are drawn.
pub(super) const RESAMPLES: u32 = 1_000;

/// Intervals of everything that `scores` gives for the weights of so many rows, each weight being how often a row was drawn.
/// A metric that is not defined on most of the test sets has none, and neither has one that is the same on all of them: where a
/// model made no mistake on a few rows, drawing them again cannot show one, and an interval without width would claim that none
/// is possible.
pub(super) fn intervals(
    rows: usize,
    seed: u64,
    scores: impl Fn(&[u32]) -> Vec<(&'static str, f64)>,
) -> BTreeMap<&'static str, Interval> {
    let mut drawn: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    let mut weights = vec![0_u32; rows];
    for resample in 0..RESAMPLES {
        let mut random = Random::new(seed, Purpose::Bootstrap { resample });
        weights.fill(0);
        for _ in 0..rows {
            weights[random.below(rows)] += 1;
        }
        for (name, value) in scores(&weights) {
            if value.is_finite() {
                drawn.entry(name).or_default().push(value);
            }
        }
    }
    drawn.retain(|_, values| values.len() * 2 >= RESAMPLES as usize);
    let interval = |(name, mut values): (&'static str, Vec<f64>)| {
        values.sort_by(f64::total_cmp);
        let is_constant = values.first() == values.last();
        (!is_constant).then(|| (name, Interval { low: quantile(&values, 0.025), high: quantile(&values, 0.975) }))
    };
    drawn.into_iter().filter_map(interval).collect()
}

/// Of ascending values, of which there is at least one; linear between neighbours, as NumPy has it.
fn quantile(values: &[f64], share: f64) -> f64 {
    let at = share * (values.len() - 1) as f64;
    let (below, above) = (values[at.floor() as usize], values[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

#[cfg(test)]
mod tests {
    use super::{intervals, quantile};

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert_eq!([0.0, 0.25, 0.9, 1.0].map(|share| quantile(&[1.0, 2.0, 4.0], share)), [1.0, 1.5, 3.6, 4.0]);
        assert_eq!(quantile(&[7.0], 0.975), 7.0);
    }

    #[test]
    fn the_interval_of_a_share_is_that_of_the_binomial_distribution() {
        // 90 of 400: 0.225, standard error 0.0209, so 0.184 to 0.266.
        let share = |weights: &[u32]| vec![("share", f64::from(weights[..90].iter().sum::<u32>()) / 400.0)];
        let found = intervals(400, 1, share)["share"];
        assert!((found.low - 0.184).abs() < 0.005 && (found.high - 0.266).abs() < 0.005, "{found:?}");
        assert_eq!(found, intervals(400, 1, share)["share"], "a function of the seed");
        assert_ne!(found, intervals(400, 2, share)["share"]);
    }

    #[test]
    fn what_is_seldom_defined_or_always_the_same_has_no_interval() {
        let scores = |weights: &[u32]| {
            let moving = f64::from(weights[0]);
            let all = vec![("always", moving), ("constant", 1.0), ("seldom", moving)];
            all.into_iter().filter(|(name, _)| *name != "seldom" || weights[0] > 1).collect()
        };
        assert_eq!(intervals(50, 1, scores).into_keys().collect::<Vec<_>>(), ["always"]);
    }
}
