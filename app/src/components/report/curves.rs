//! What can be had of a class by moving the threshold: ROC, and precision against recall.

use domain::report::ClassCurves;
use leptos::prelude::*;

use super::card::{Numbers, card};
use crate::{
    components::{
        format,
        plot::{Axis, Plane, plot},
    },
    language::{isolated, translate},
};

/// Where the tables read the curves.
const AT: [f64; 6] = [0.0, 0.1, 0.25, 0.5, 0.75, 1.0];

/// One of the two pictures.
struct Kind {
    title: &'static str,
    /// What the number beside each class is.
    area_name: &'static str,
    across: &'static str,
    up: &'static str,
    area: fn(&ClassCurves) -> f64,
    /// All x and all y of the line.
    points: fn(&ClassCurves) -> (Vec<f64>, Vec<f64>),
    /// Where guessing gets, from left to right.
    guess: fn(&ClassCurves) -> (f64, f64),
    /// Guessing is the same for every class.
    one_guess: bool,
}

const ROC: Kind = Kind {
    title: "ROC",
    area_name: marked!("Area"),
    across: marked!("False positive rate"),
    up: marked!("True positive rate"),
    area: |curve| curve.roc_auc,
    points: |curve| (curve.roc.false_positive_rate.clone(), curve.roc.true_positive_rate.clone()),
    guess: |_| (0.0, 1.0),
    one_guess: true,
};

const PR: Kind = Kind {
    title: marked!("Precision and recall"),
    area_name: marked!("Average precision"),
    across: marked!("Recall"),
    up: marked!("Precision"),
    area: |curve| curve.pr_auc,
    points: |curve| stairs(&curve.pr.recall, &curve.pr.precision),
    guess: |curve| (curve.prevalence, curve.prevalence),
    one_guess: false,
};

/// Both pictures; nothing where no class can be told from the rest. `binary`: the curves are those of the second class.
pub fn curves(curves: &[ClassCurves], binary: bool) -> Vec<AnyView> {
    let kinds: &[Kind] = if curves.is_empty() { &[] } else { &[ROC, PR] };
    kinds.iter().map(|kind| picture(kind, curves, binary)).collect()
}

fn picture(kind: &Kind, curves: &[ClassCurves], binary: bool) -> AnyView {
    let (name, area_name) = (translate(kind.title), translate(kind.area_name));
    let (across, up) = (translate(kind.across), translate(kind.up));
    let title = match curves.first() {
        Some(curve) if binary => t!("{curve} of {class}", curve = name, class = curve.class),
        _ => name.to_owned(),
    };
    let several = curves.len() > 1;
    let plane = Plane { across: Axis::share(across), up: Axis::share(up) };
    let mut marks = Vec::new();
    // Several dashed lines would say little.
    let guess = curves.first().filter(|_| kind.one_guess || !several);
    marks.extend(guess.map(|curve| {
        let (left, right) = (kind.guess)(curve);
        plane.line("plot-reference", [(0.0, left), (1.0, right)].into_iter())
    }));
    marks.extend(curves.iter().enumerate().map(|(at, curve)| {
        let (xs, ys) = (kind.points)(curve);
        plane.line(series(at), xs.into_iter().zip(ys))
    }));
    let area = |curve: &ClassCurves| format::metric("roc_auc", (kind.area)(curve));
    let areas = curves.iter().map(|curve| t!("{class} {area}", class = curve.class, area = area(curve)));
    let areas = areas.collect::<Vec<_>>().join(t!(", "));
    let spoken = t!("{curve} curve. {area_name}: {areas}.", curve = name, area_name = area_name, areas = areas);
    let mut note = match curves.first() {
        Some(curve) if !several => t!("{area_name} {area}.", area_name = area_name, area = area(curve)),
        _ => t!("Each class against the rest. {area_name} beside each.", area_name = area_name),
    };
    if guess.is_some() {
        note = format!("{note} {}", t!("The dashed line is guessing."));
    }
    let row = |x: f64| {
        let read = |curve| {
            let (xs, ys) = (kind.points)(curve);
            format::share(read(&xs, &ys, x))
        };
        [format::share(x)].into_iter().chain(curves.iter().map(read)).collect()
    };
    let numbers = Numbers {
        caption: t!("{up} by {across}", up = up, across = across.to_lowercase()),
        head: [across.to_owned()].into_iter().chain(curves.iter().map(|curve| isolated(&curve.class))).collect(),
        rows: AT.map(row).into(),
    };
    let mut content = vec![plot(&plane, spoken, marks)];
    content.extend(several.then(|| keys(curves.iter().map(|curve| (curve.class.clone(), area(curve))))));
    content.push(numbers.spoken());
    card("card", title, note, content)
}

fn series(at: usize) -> String {
    format!("plot-line series-{}", at + 1)
}

/// Which line is which class, with its area.
fn keys(curves: impl Iterator<Item = (String, String)>) -> AnyView {
    let key = |(at, (class, area)): (usize, (String, String))| {
        view! {
            <li>
                <svg width="22" height="8" aria-hidden="true"><path class=series(at) d="M1 4H21"></path></svg>
                <span dir="auto">{class}</span>
                <b>{area}</b>
            </li>
        }
    };
    let keys: Vec<_> = curves.enumerate().map(key).collect();
    view! { <ul class="plot-keys">{keys}</ul> }.into_any()
}

/// Steps that first change their height and then go on: what lies between two thresholds cannot be had, so a straight line
/// would promise too much. The area below is the average precision. Points that only change the height are passed over: what
/// counts is where the next step lies.
fn stairs(xs: &[f64], ys: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let first = xs.iter().copied().zip(ys.iter().copied()).take(1);
    let steps = xs.iter().zip(xs.iter().zip(ys).skip(1)).filter(|(from, (to, _))| to > from);
    first.chain(steps.flat_map(|(from, (to, y))| [(*from, *y), (*to, *y)])).unzip()
}

/// The curve at `x`: on the line between its neighbours, the highest point where the curve climbs straight up.
fn read(xs: &[f64], ys: &[f64], x: f64) -> f64 {
    let after = xs.partition_point(|known| *known <= x);
    let (Some(&y), Some(&from)) = (ys.get(after.saturating_sub(1)), xs.get(after.saturating_sub(1))) else {
        return 0.0;
    };
    match (xs.get(after), ys.get(after)) {
        (Some(&to), Some(&next)) if to > from => y + (next - y) * ((x - from) / (to - from)),
        _ => y,
    }
}

#[cfg(test)]
mod tests {
    use super::{read, stairs};

    #[test]
    fn the_area_under_stairs_is_the_average_precision() {
        let (xs, ys) = stairs(&[0.0, 0.5, 0.5, 1.0], &[1.0, 1.0, 0.5, 0.6]);
        assert_eq!((&xs[..], &ys[..]), (&[0.0, 0.0, 0.5, 0.5, 1.0][..], &[1.0, 1.0, 1.0, 0.6, 0.6][..]));
        let area: f64 = (1..xs.len()).map(|at| (xs[at] - xs[at - 1]) * ys[at]).sum();
        assert!((area - 0.8).abs() < 1e-12);
        assert_eq!(stairs(&[], &[]), (vec![], vec![]));
    }

    #[test]
    fn a_curve_is_read_between_its_points_and_at_the_top_of_its_steps() {
        let (xs, ys) = ([0.0, 0.0, 0.5, 1.0], [0.0, 0.5, 0.8, 1.0]);
        let found = [0.0, 0.25, 0.5, 1.0].map(|x| read(&xs, &ys, x));
        assert!(
            found.iter().zip([0.5, 0.65, 0.8, 1.0]).all(|(found, expected)| (found - expected).abs() < 1e-12),
            "{found:?}"
        );
        assert_eq!(read(&[], &[], 0.5), 0.0);
    }
}
