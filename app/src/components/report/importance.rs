//! What each feature is worth to the model, as bars.

use domain::report::{FeatureImportance, Importance};
use leptos::prelude::*;

use super::card::card;
use crate::components::format;

/// Features that are shown at once.
const FIRST: usize = 12;
/// And on demand.
const MORE: usize = 200;

pub fn importance(found: Importance) -> AnyView {
    let Importance { metric, repeats, mut features, .. } = found;
    let longest = features.iter().map(|feature| feature.mean + feature.std).fold(0.0, f64::max);
    features.truncate(FIRST + MORE);
    let rest = features.split_off(features.len().min(FIRST));
    let mut content = vec![bars(features, longest)];
    if !rest.is_empty() {
        let label = t!("{n} more", n = format::count(rest.len() as u64));
        content
            .push(view! { <details class="more"><summary>{label}</summary>{bars(rest, longest)}</details> }.into_any());
    }
    let metric = match metric.as_str() {
        "log_loss" => t!("log loss").to_owned(),
        other => format::metric_name(other),
    };
    let shuffles = format::counted(u64::from(repeats), t!("shuffle"), t!("shuffles"));
    let note = t!(
        "How much the {metric} rises when the column is shuffled; mean and deviation of {shuffles}.",
        metric = metric,
        shuffles = shuffles
    );
    card("card importance", t!("What each feature is worth").to_owned(), note, content)
}

fn bars(features: Vec<FeatureImportance>, longest: f64) -> AnyView {
    let share = |value: f64| {
        let share = if longest > 0.0 { (value / longest).clamp(0.0, 1.0) } else { 0.0 };
        format!("{:.2}%", share * 100.0)
    };
    let bar = |FeatureImportance { name, mean, std }: FeatureImportance| {
        view! {
            <li>
                <span dir="auto">{name}</span>
                <svg width="100%" height="10" aria-hidden="true">
                    <rect class="bar-track" width="100%" height="10" rx="3"></rect>
                    <rect class="bar-fill" width=share(mean) height="10" rx="3"></rect>
                    <line class="bar-deviation" x1=share(mean - std) x2=share(mean + std) y1="5" y2="5"></line>
                </svg>
                <b>{format::significant(mean, 3)}</b>
            </li>
        }
    };
    let bars: Vec<_> = features.into_iter().map(bar).collect();
    view! { <ul class="bars">{bars}</ul> }.into_any()
}
