//! As few points as a picture needs: of every pixel column the first, the lowest, the highest and the last. Unlike a
//! selection by area this never moves a peak while points are appended.

use super::along::Along;
use crate::live::Sample;

/// The polyline of the samples from `from` to `to` on the axis, as (position, value), at most four points for each of
/// `columns` columns of equal width. Fewer samples than that are all kept.
pub fn decimate(samples: &[Sample], along: Along, from: f64, to: f64, columns: usize) -> Vec<(f64, f64)> {
    let point = |sample: &Sample| (along.of(sample), sample.value);
    // One sample beyond each end, so that the line reaches the edges of the picture.
    let start = samples.partition_point(|sample| along.of(sample) < from).saturating_sub(1);
    let end = (samples.partition_point(|sample| along.of(sample) <= to) + 1).min(samples.len());
    let visible = samples.get(start..end).unwrap_or_default();
    let columns = columns.max(1);
    if visible.len() <= columns * 4 || to <= from {
        return visible.iter().map(point).collect();
    }
    let column_of = |sample: &Sample| {
        let at = (along.of(sample) - from) / (to - from) * columns as f64;
        at.clamp(0.0, columns as f64 - 1.0) as usize
    };
    let mut line = Vec::with_capacity(columns * 4);
    for bucket in visible.chunk_by(|a, b| column_of(a) == column_of(b)) {
        let (mut lowest, mut highest) = (0, 0);
        for (at, sample) in bucket.iter().enumerate() {
            if sample.value < bucket[lowest].value {
                lowest = at;
            }
            if sample.value > bucket[highest].value {
                highest = at;
            }
        }
        let mut kept = [0, lowest, highest, bucket.len() - 1];
        kept.sort_unstable();
        let mut previous = None;
        for at in kept {
            if previous != Some(at) {
                line.push(point(&bucket[at]));
            }
            previous = Some(at);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: impl IntoIterator<Item = f64>) -> Vec<Sample> {
        let numbered = values.into_iter().enumerate();
        numbered.map(|(at, value)| Sample { step: at as u64, epoch: 0, seconds: at as f32 / 10.0, value }).collect()
    }

    #[test]
    fn few_points_are_all_kept() {
        let line = decimate(&samples([1.0, 3.0, 2.0]), Along::Steps, 0.0, 2.0, 100);
        assert_eq!(line, [(0.0, 1.0), (1.0, 3.0), (2.0, 2.0)]);
        assert!(decimate(&[], Along::Steps, 0.0, 1.0, 100).is_empty());
        assert_eq!(decimate(&samples([4.0]), Along::Steps, 0.0, 0.0, 0), [(0.0, 4.0)]);
    }

    #[test]
    fn a_million_points_become_four_a_column_and_no_peak_is_lost() {
        let mut many = samples((0..1_000_000).map(|at| f64::from(at % 997)));
        many[123_456].value = 1e6;
        many[777_777].value = -1e6;
        let line = decimate(&many, Along::Steps, 0.0, 999_999.0, 500);
        assert!(line.len() <= 2_000, "{}", line.len());
        assert!(line.contains(&(123_456.0, 1e6)));
        assert!(line.contains(&(777_777.0, -1e6)));
        assert_eq!(line.first(), Some(&(0.0, 0.0)));
        assert_eq!(line.last(), Some(&(999_999.0, f64::from(999_999 % 997))));
        assert!(line.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn a_part_reaches_one_point_beyond_its_edges() {
        let line = decimate(&samples((0..100).map(f64::from)), Along::Steps, 10.0, 20.0, 100);
        assert_eq!((line[0].0, line[line.len() - 1].0), (9.0, 21.0));
        let line = decimate(&samples((0..100).map(f64::from)), Along::Time, 1.0, 2.0, 100);
        assert_eq!((line[0].1, line[line.len() - 1].1), (9.0, 21.0), "tenths of a second");
    }
}
