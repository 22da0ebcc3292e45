//! Whether a probability means what it says.

use domain::report::CalibrationBin;
use leptos::prelude::*;

use super::card::{Numbers, card};
use crate::components::{
    format,
    plot::{Axis, Plane, plot},
};

/// The reliability diagram. `positive` is the class whose probability it is about; without it, the one that was chosen.
pub fn reliability(bins: &[CalibrationBin], positive: Option<&str>) -> AnyView {
    let (said, came_true) = match positive {
        Some(class) => (t!("Said probability of {class}", class = class), t!("Share that is {class}", class = class)),
        None => (t!("Said probability of the choice").to_owned(), t!("Share that is right").to_owned()),
    };
    let plane = Plane { across: Axis::share(said.clone()), up: Axis::share(came_true.clone()) };
    let points = || bins.iter().map(|bin| (bin.confidence, bin.frequency));
    let most = bins.iter().map(|bin| bin.rows).max().unwrap_or(1).max(1) as f64;
    // The area of a disc says how many rows it stands for.
    let discs = bins.iter().map(|bin| (bin.confidence, bin.frequency, 2.5 + 4.5 * (bin.rows as f64 / most).sqrt()));
    let marks = vec![
        plane.line("plot-reference", [(0.0, 0.0), (1.0, 1.0)].into_iter()),
        plane.line("plot-line series-1", points()),
        plane.discs("plot-dot", discs),
    ];
    let spoken = t!(
        "Reliability diagram: {came_true} against {said}. The table after it has the numbers.",
        came_true = came_true,
        said = said
    );
    let row = |bin: &CalibrationBin| {
        let range = t!("{from} to {to}", from = format::share(bin.from), to = format::share(bin.to));
        vec![range, format::count(bin.rows), format::share(bin.confidence), format::share(bin.frequency)]
    };
    let numbers = Numbers {
        caption: t!("Calibration").to_owned(),
        head: vec![t!("Probability").to_owned(), t!("Rows").to_owned(), said, came_true],
        rows: bins.iter().map(row).collect(),
    };
    let note = t!("On the dashed line a probability means what it says. Larger dots stand for more rows.");
    card("card", t!("Calibration").to_owned(), note.to_owned(), vec![plot(&plane, spoken, marks), numbers.spoken()])
}
