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
    let across = Axis::around(both, format!("Actual {target}"));
    let up = across.also(format!("Predicted {target}"));
    let (from, to) = across.ends();
    let plane = Plane { across, up };
    let points = pairs.actual.iter().copied().zip(pairs.predicted.iter().copied());
    let marks =
        vec![plane.line("plot-reference", [(from, from), (to, to)].into_iter()), plane.dots("plot-dots", points)];
    let (low, high) = extent(pairs.predicted.iter().copied());
    let rows = format::counted(pairs.actual.len() as u64, "test row", "test rows");
    let spoken = format!(
        "Predicted against actual {target} of {rows}; predictions go from {} to {}.",
        format::number(low),
        format::number(high)
    );
    let note = format!("{rows}; on the dashed line the model is exact.");
    card("card", "Predicted and actual".to_owned(), note, vec![plot(&plane, spoken, marks)])
}

pub fn residuals(found: &Histogram) -> AnyView {
    let most = found.counts.iter().copied().max().unwrap_or(0);
    let across = Axis::around(found.edges.iter().copied(), "Actual minus predicted");
    let (from, to) = across.ends();
    let plane = Plane { across, up: Axis::count(most, "Test rows") };
    let bins = || found.edges.iter().zip(found.edges.iter().skip(1)).zip(&found.counts);
    let mut marks = vec![plane.bars("plot-bars", bins().map(|((from, to), count)| (*from, *to, *count as f64)))];
    if from < 0.0 && to > 0.0 {
        marks.push(plane.line("plot-reference", [(0.0, 0.0), (0.0, most as f64)].into_iter()));
    }
    let rows = bins().filter(|(_, count)| **count > 0).map(|((from, to), count)| {
        vec![format!("{} to {}", format::number(*from), format::number(*to)), format::count(*count)]
    });
    let numbers = Numbers {
        caption: "Residuals".to_owned(),
        head: vec!["Actual minus predicted".to_owned(), "Test rows".to_owned()],
        rows: rows.collect(),
    };
    let spoken = "Histogram of the residuals. The table after it has the numbers.".to_owned();
    let note = "How far off the model is: right of 0 it said too little, left of 0 too much.";
    card("card", "Residuals".to_owned(), note.to_owned(), vec![plot(&plane, spoken, marks), numbers.spoken()])
}
