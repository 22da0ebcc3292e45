//! Rows in the order of a probability, and the two curves that this order draws. Rows of equal probability move together, as
//! in scikit-learn.

use domain::report::{PrCurve, RocCurve};

use super::curve;

/// Rows from the highest probability of a class to the lowest.
pub(super) struct Ranking {
    places: Vec<Place>,
}

struct Place {
    row: u32,
    /// The row is of the class.
    is_of_class: bool,
    /// The next row has a lower probability, or there is none.
    ends_tie: bool,
}

/// Areas under the curves: ROC by trapezoids, precision and recall by steps (average precision).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Areas {
    pub(super) roc: f64,
    pub(super) pr: f64,
}

impl Ranking {
    /// `probabilities` has one number a class for each position of a class in `y`.
    pub(super) fn of_class(probabilities: &[Vec<f64>], y: &[f32], class: usize) -> Self {
        let score = |row: u32| probabilities[row as usize][class];
        let mut rows: Vec<u32> = (0..y.len() as u32).collect();
        rows.sort_by(|a, b| score(*b).total_cmp(&score(*a)));
        let places = rows.iter().enumerate().map(|(at, &row)| Place {
            row,
            is_of_class: y[row as usize] as usize == class,
            ends_tie: rows.get(at + 1).is_none_or(|next| score(*next) != score(row)),
        });
        Self { places: places.collect() }
    }

    /// Counts of rows of the class and of others at each probability, from the highest on.
    fn walk(&self, weights: Option<&[u32]>, mut at: impl FnMut(f64, f64)) {
        let (mut hits, mut alarms) = (0_u64, 0_u64);
        for place in &self.places {
            let weight = weights.map_or(1, |weights| u64::from(weights[place.row as usize]));
            if place.is_of_class {
                hits += weight;
            } else {
                alarms += weight;
            }
            if place.ends_tie {
                at(hits as f64, alarms as f64);
            }
        }
    }

    /// `None` unless some rows are of the class and some are not. A row counts as often as its weight says.
    pub(super) fn areas(&self, weights: &[u32]) -> Option<Areas> {
        let (mut roc, mut pr) = (0.0, 0.0);
        let (mut before, mut alarms_before) = (0.0, 0.0);
        self.walk(Some(weights), |hits, alarms| {
            roc += (alarms - alarms_before) * (hits + before) / 2.0;
            if hits > before {
                pr += (hits - before) * hits / (hits + alarms);
            }
            (before, alarms_before) = (hits, alarms);
        });
        let (hits, alarms) = (before, alarms_before);
        (hits > 0.0 && alarms > 0.0).then(|| Areas { roc: roc / (hits * alarms), pr: pr / hits })
    }

    /// Both curves, of at most so many points each; `None` when [`Ranking::areas`] is.
    pub(super) fn curves(&self, most: usize) -> Option<(RocCurve, PrCurve)> {
        let all = self.places.iter().filter(|place| place.is_of_class).count() as f64;
        let others = self.places.len() as f64 - all;
        if all == 0.0 || others == 0.0 {
            return None;
        }
        let (mut roc, mut pr) = (vec![[0.0, 0.0]], vec![[0.0, 1.0]]);
        self.walk(None, |hits, alarms| {
            roc.push([alarms / others, hits / all]);
            // Once all are found precision only falls, straight down.
            if pr.last().is_none_or(|last| last[0] < 1.0) {
                pr.push([hits / all, hits / (hits + alarms)]);
            }
        });
        let (false_positive_rate, true_positive_rate) = curve::columns(&curve::thin(roc, most));
        let (recall, precision) = curve::columns(&curve::thin(pr, most));
        Some((RocCurve { false_positive_rate, true_positive_rate }, PrCurve { recall, precision }))
    }
}

#[cfg(test)]
mod tests {
    use super::Ranking;

    fn ranking(scores: &[f64], y: &[f32]) -> Ranking {
        let rows: Vec<Vec<f64>> = scores.iter().map(|score| vec![1.0 - score, *score]).collect();
        Ranking::of_class(&rows, y, 1)
    }

    #[test]
    fn a_row_that_counts_twice_is_two_rows() {
        let weighed = ranking(&[0.9, 0.4, 0.4, 0.2], &[1.0, 0.0, 1.0, 0.0]).areas(&[1, 2, 1, 0]).unwrap();
        let written_out = ranking(&[0.9, 0.4, 0.4, 0.4], &[1.0, 0.0, 0.0, 1.0]).areas(&[1; 4]).unwrap();
        assert_eq!(weighed, written_out);
        assert_eq!(written_out.roc, 0.75);
    }

    #[test]
    fn where_there_is_one_class_only_nothing_is_told_apart() {
        let ranking = ranking(&[0.9, 0.4, 0.1], &[1.0, 1.0, 0.0]);
        assert!(ranking.areas(&[1, 1, 0]).is_none() && ranking.areas(&[0, 0, 1]).is_none());
        assert!(ranking.areas(&[0, 1, 1]).is_some());
    }

    #[test]
    fn curves_go_from_corner_to_corner() {
        let (roc, pr) = ranking(&[0.9, 0.4, 0.4, 0.2], &[1.0, 0.0, 1.0, 0.0]).curves(200).unwrap();
        assert_eq!(
            (roc.false_positive_rate, roc.true_positive_rate),
            (vec![0.0, 0.0, 0.5, 1.0], vec![0.0, 0.5, 1.0, 1.0])
        );
        assert_eq!((pr.recall, pr.precision), (vec![0.0, 0.5, 1.0], vec![1.0, 1.0, 0.666_667]));
    }
}
