//! Where a model of numbers errs: what it said against what was, and how the differences are spread.

use domain::report::{Histogram, Pairs};
use leptos::prelude::*;

use super::card::{Numbers, card};
use crate::components::{
    chart::extent,
    format,
    plot::{Axis, Plane, plot},
};

pub fn predicted_and_actual(pairs: &Pairs, target: &str) -> AnyView {
    let both = pairs.actual.iter().chain(&pairs.predicted).copied();
    let across = Axis::around(both, t!("Actual {target}", target = target));
    let up = across.also(t!("Predicted {target}", target = target));
    let (from, to) = across.ends();
    let plane = Plane { across, up };
    let points = pairs.actual.iter().copied().zip(pairs.predicted.iter().copied());
    let marks =
        vec![plane.line("plot-reference", [(from, from), (to, to)].into_iter()), plane.dots("plot-dots", points)];
    let (low, high) = extent(pairs.predicted.iter().copied());
    let rows = format::counted(pairs.actual.len() as u64, t!("test row"), t!("test rows"));
    let spoken = t!(
        "Predicted against actual {target} of {rows}; predictions go from {low} to {high}.",
        target = target,
        rows = rows,
        low = format::number(low),
        high = format::number(high)
    );
    let note = t!("{rows}; on the dashed line the model is exact.", rows = rows);
    card("card", t!("Predicted and actual").to_owned(), note, vec![plot(&plane, spoken, marks)])
}

pub fn residuals(found: &Histogram) -> AnyView {
    let most = found.counts.iter().copied().max().unwrap_or(0);
    let across = Axis::around(found.edges.iter().copied(), t!("Actual minus predicted"));
    let (from, to) = across.ends();
    let plane = Plane { across, up: Axis::count(most, t!("Test rows")) };
    let bins = || found.edges.iter().zip(found.edges.iter().skip(1)).zip(&found.counts);
    let mut marks = vec![plane.bars("plot-bars", bins().map(|((from, to), count)| (*from, *to, *count as f64)))];
    if from < 0.0 && to > 0.0 {
        marks.push(plane.line("plot-reference", [(0.0, 0.0), (0.0, most as f64)].into_iter()));
    }
    let rows = bins().filter(|(_, count)| **count > 0).map(|((from, to), count)| {
        vec![t!("{from} to {to}", from = format::number(*from), to = format::number(*to)), format::count(*count)]
    });
    let numbers = Numbers {
        caption: t!("Residuals").to_owned(),
        head: vec![t!("Actual minus predicted").to_owned(), t!("Test rows").to_owned()],
        rows: rows.collect(),
    };
    let spoken = t!("Histogram of the residuals. The table after it has the numbers.").to_owned();
    let note = t!("How far off the model is: right of 0 it said too little, left of 0 too much.");
    card("card", t!("Residuals").to_owned(), note.to_owned(), vec![plot(&plane, spoken, marks), numbers.spoken()])
}
