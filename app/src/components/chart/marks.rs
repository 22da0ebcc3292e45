//! What stands over the lines of every chart: the numbers at its edges, and the part that a drag has chosen.

use leptos::prelude::*;

use super::scale::Frame;
use crate::language::Language;

/// The numbers along both axes; those of a share are percentages.
pub fn tick_labels(frame: &Frame, share: bool) -> impl IntoView + use<> {
    let across = frame.x_ticks.iter().cloned().map(|tick| {
        view! { <text class="chart-x" x=percent(tick.at) y="100%" dy="18">{tick.label}</text> }
    });
    let up = frame.labels_up(share).map(|tick| {
        view! { <text class="chart-y" x="0" dx="-8" y=percent(1.0 - tick.at) dy="4">{tick.label}</text> }
    });
    // There are words among those of times.
    (view! { <g direction=Language::now().direction()>{across.collect_view()}</g> }, up.collect_view())
}

/// From where a drag began to where it is, as shares of the width.
pub fn selection(drag: Option<(f64, f64)>) -> impl IntoView {
    drag.filter(|(from, to)| from != to).map(|(from, to)| {
        let (left, right) = if from < to { (from, to) } else { (to, from) };
        view! { <rect class="chart-selection" x=percent(left) width=percent(right - left) y="0" height="100%"></rect> }
    })
}

/// A position as an attribute has it.
pub fn percent(share: f64) -> String {
    format!("{:.3}%", share * 100.0)
}
