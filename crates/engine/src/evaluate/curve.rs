//! Fewer points of a curve, with its shape.

/// Largest Triangle Three Buckets (Steinarsson, "Downsampling Time Series for Visual Representation", 2013): of each bucket
/// of neighbours the point that lies farthest from its surroundings. First and last point stay. What lies on a straight line
/// between its neighbours goes first, because it is no loss.
pub(super) fn thin(points: Vec<[f64; 2]>, most: usize) -> Vec<[f64; 2]> {
    let points = without_straight(points);
    let inner = points.len().saturating_sub(2);
    let buckets = most.saturating_sub(2);
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else { return points };
    if inner <= buckets {
        return points;
    }
    let bucket = |at: usize| 1 + at * inner / buckets..1 + (at + 1) * inner / buckets;
    let mut kept = vec![first];
    let mut before = first;
    for at in 0..buckets {
        let after = if at + 1 < buckets { middle(&points[bucket(at + 1)]) } else { last };
        let mut best = before;
        let mut largest = -1.0;
        for &point in &points[bucket(at)] {
            let area = triangle(before, point, after);
            if area > largest {
                (best, largest) = (point, area);
            }
        }
        kept.push(best);
        before = best;
    }
    kept.push(last);
    kept
}

fn without_straight(points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let mut kept: Vec<[f64; 2]> = Vec::with_capacity(points.len());
    for (at, &point) in points.iter().enumerate() {
        let straight = match (kept.last(), points.get(at + 1)) {
            (Some(&before), Some(&after)) => triangle(before, point, after) == 0.0,
            _ => false,
        };
        if !straight {
            kept.push(point);
        }
    }
    kept
}

fn middle(points: &[[f64; 2]]) -> [f64; 2] {
    let count = points.len().max(1) as f64;
    [0, 1].map(|axis| points.iter().map(|point| point[axis]).sum::<f64>() / count)
}

/// Twice the area between three points.
fn triangle(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> f64 {
    ((a[0] - c[0]) * (b[1] - a[1]) - (a[0] - b[0]) * (c[1] - a[1])).abs()
}

/// All x and all y, rounded to six decimals: more cannot be drawn.
pub(super) fn columns(points: &[[f64; 2]]) -> (Vec<f64>, Vec<f64>) {
    let round = |value: f64| (value * 1e6).round() / 1e6;
    points.iter().map(|point| (round(point[0]), round(point[1]))).unzip()
}

#[cfg(test)]
mod tests {
    use super::thin;

    fn area(points: &[[f64; 2]]) -> f64 {
        points.windows(2).map(|pair| (pair[1][0] - pair[0][0]) * (pair[1][1] + pair[0][1]) / 2.0).sum()
    }

    #[test]
    fn the_shape_of_a_long_curve_stays() {
        let curve: Vec<[f64; 2]> = (0..=50_000).map(|at| f64::from(at) / 50_000.0).map(|x| [x, x.powf(0.2)]).collect();
        let thinned = thin(curve.clone(), 200);
        assert_eq!(thinned.len(), 200);
        assert_eq!((thinned[0], thinned[199]), ([0.0, 0.0], [1.0, 1.0]));
        assert!(thinned.windows(2).all(|pair| pair[0][0] <= pair[1][0]));
        assert!((area(&thinned) - area(&curve)).abs() < 2e-3, "{} {}", area(&thinned), area(&curve));
    }

    #[test]
    fn the_corners_of_stairs_stay_and_what_lies_between_goes() {
        let mut stairs: Vec<[f64; 2]> = (0..=500).map(|at| [0.0, f64::from(at) / 1_000.0]).collect();
        stairs.extend((1..=1_000).map(|at| [f64::from(at) / 1_000.0, 0.5]));
        stairs.extend((501..=1_000).map(|at| [1.0, f64::from(at) / 1_000.0]));
        assert_eq!(thin(stairs, 200), [[0.0, 0.0], [0.0, 0.5], [1.0, 0.5], [1.0, 1.0]]);
        assert_eq!(thin(vec![[0.0, 1.0]], 200), [[0.0, 1.0]]);
    }
}
