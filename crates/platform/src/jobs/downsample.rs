//! Fewer points of a curve without losing its shape: of each bucket the first, the lowest, the highest and the last.

use std::collections::HashMap;

use domain::job::{MetricPoint, Split};

/// At most about `max` points of each (name, split), in the order given.
pub(super) fn downsample(points: Vec<MetricPoint>, max: usize) -> Vec<MetricPoint> {
    let mut curves: HashMap<(&str, Split), Vec<usize>> = HashMap::new();
    for (at, metric) in points.iter().enumerate() {
        curves.entry((&metric.point.name, metric.point.split)).or_default().push(at);
    }
    let mut keep = vec![false; points.len()];
    for curve in curves.values() {
        for at in chosen(curve, &points, max) {
            keep[at] = true;
        }
    }
    let mut keep = keep.into_iter();
    points.into_iter().filter(|_| keep.next().unwrap_or_default()).collect()
}

fn chosen(curve: &[usize], points: &[MetricPoint], max: usize) -> Vec<usize> {
    if curve.len() <= max {
        return curve.to_vec();
    }
    let value = |at: &&usize| points[**at].point.value;
    let size = curve.len().div_ceil((max / 4).max(1));
    let mut chosen = Vec::with_capacity(max + 4);
    for bucket in curve.chunks(size) {
        let lowest = bucket.iter().min_by(|a, b| value(a).total_cmp(&value(b)));
        let highest = bucket.iter().max_by(|a, b| value(a).total_cmp(&value(b)));
        chosen.extend([bucket.first(), lowest, highest, bucket.last()].into_iter().flatten());
    }
    chosen
}

#[cfg(test)]
mod tests {
    use domain::{
        Timestamp,
        job::{MetricPoint, Point, Split},
    };

    use super::downsample;

    fn curve(values: &[f64], split: Split) -> Vec<MetricPoint> {
        let numbered = values.iter().enumerate();
        numbered
            .map(|(at, &value)| MetricPoint {
                seq: at as u64,
                at: Timestamp(0),
                point: Point { name: "loss".into(), split, step: at as u64, epoch: 0, value },
            })
            .collect()
    }

    #[test]
    fn ends_and_extremes_survive_and_curves_do_not_mix() {
        let mut values: Vec<f64> = (0..10_000).map(|at| f64::from(at % 7)).collect();
        (values[1234], values[8000]) = (100.0, -100.0);
        let mut points = curve(&values, Split::Train);
        points.extend(curve(&[1.0, 2.0], Split::Validation));
        let kept = downsample(points, 100);
        let of = |split| kept.iter().filter(|metric| metric.point.split == split).count();
        assert!(of(Split::Train) <= 104, "{}", of(Split::Train));
        assert_eq!(of(Split::Validation), 2);
        let steps: Vec<u64> = kept.iter().map(|metric| metric.point.step).collect();
        for step in [0, 1234, 8000, 9999] {
            assert!(steps.contains(&step), "{step}");
        }
        assert!(steps[..of(Split::Train)].is_sorted());
    }
}
