//! Parallel coordinates: an axis for each parameter that differs, one for the result, a line a job (Inselberg 1985).

use std::fmt::Write;

use domain::job::{JobSummary, Parameter};
use leptos::prelude::*;

use super::{Differing, Shared, colour, result_of};
use crate::components::{
    chart::{extent, spans_magnitudes},
    format,
};

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 340.0;
const SIDE: f64 = 56.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 16.0;
/// Axes beside that of the result.
const MOST: usize = 5;
/// Words of an axis that are written beside it.
const MOST_WORDS: usize = 8;

/// One axis and where on it each job is, from 0 at the bottom to 1 at the top.
struct Axis {
    name: String,
    at: Vec<Option<f64>>,
    /// Where something is written, and what.
    words: Vec<(f64, String)>,
}

impl Axis {
    fn of(name: &str, values: &[Option<Parameter>]) -> Self {
        let numbers: Vec<Option<f64>> = values.iter().map(|value| value.as_ref().and_then(Parameter::number)).collect();
        if numbers.iter().filter(|number| number.is_some()).count() == values.iter().flatten().count() {
            return Self::of_numbers(name, &numbers, format::number);
        }
        let mut words: Vec<String> = values.iter().flatten().map(ToString::to_string).collect();
        words.sort();
        words.dedup();
        let place = |at: usize| if words.len() > 1 { at as f64 / (words.len() - 1) as f64 } else { 0.5 };
        let at = values.iter().map(|value| {
            let value = value.as_ref()?.to_string();
            words.binary_search(&value).ok().map(place)
        });
        let at = at.collect();
        let stride = words.len().div_ceil(MOST_WORDS).max(1);
        let written = words.iter().enumerate().step_by(stride).map(|(at, word)| (place(at), word.clone()));
        Self { name: name.to_owned(), at, words: written.collect() }
    }

    fn of_numbers(name: &str, numbers: &[Option<f64>], show: impl Fn(f64) -> String) -> Self {
        let (low, high) = extent(numbers.iter().flatten().copied());
        let by_magnitude = spans_magnitudes((low, high));
        let place = |number: f64| {
            if high <= low {
                0.5
            } else if by_magnitude {
                (number / low).ln() / (high / low).ln()
            } else {
                (number - low) / (high - low)
            }
        };
        let words = if high > low { vec![(0.0, show(low)), (1.0, show(high))] } else { vec![(0.5, show(low))] };
        let words = if low <= high { words } else { Vec::new() };
        Self { name: name.to_owned(), at: numbers.iter().map(|number| number.map(place)).collect(), words }
    }
}

fn axes(jobs: &[JobSummary], differing: &Differing, result: &str) -> Vec<Axis> {
    let mut axes: Vec<Axis> = differing
        .iter()
        .filter(|(name, _)| *name != "seed")
        .take(MOST)
        .map(|(name, values)| Axis::of(name, values))
        .collect();
    let results: Vec<Option<f64>> = jobs.iter().map(|job| result_of(job, result)).collect();
    axes.push(Axis::of_numbers(&format::metric_name(result), &results, |value| format::metric(result, value)));
    axes
}

#[component]
pub fn Parallel(shared: Shared) -> impl IntoView {
    let content = move || {
        let result = shared.result();
        shared.comparison.with(|comparison| {
            let axes = shared.differing.with(|differing| axes(&comparison.jobs, differing, &result));
            if axes.len() < 2 {
                return view! { <p class="empty-line">{t!("No parameter differs between these jobs.")}</p> }.into_any();
            }
            let x = |at: usize| SIDE + at as f64 / (axes.len() - 1) as f64 * (WIDTH - 2.0 * SIDE);
            let y = |share: f64| TOP + (1.0 - share) * (HEIGHT - TOP - BOTTOM);
            let frame = axes.iter().enumerate().map(|(at, axis)| {
                let words = axis.words.iter().map(|(share, word)| {
                    let word: String = word.chars().take(12).collect();
                    let class = if at + 1 == axes.len() { "parallel-word end" } else { "parallel-word" };
                    let beside = if at + 1 == axes.len() { x(at) + 6.0 } else { x(at) - 6.0 };
                    view! { <text class=class x=format!("{beside:.1}") y=format!("{:.1}", y(*share) + 4.0)>{word}</text> }
                });
                // Names that would run into each other stand on two heights.
                let height = if axes.len() > 4 && at % 2 == 1 { 12.0 } else { 28.0 };
                view! {
                    <path class="parallel-axis" d=format!("M{:.1} {TOP}V{}", x(at), HEIGHT - BOTTOM)></path>
                    <text class="parallel-name" x=format!("{:.1}", x(at)) y=format!("{height}")>{axis.name.clone()}</text>
                    {words.collect_view()}
                }
            });
            let mut paths = Vec::new();
            for (number, job) in comparison.jobs.iter().enumerate() {
                let (mut d, mut going) = (String::new(), false);
                for (at, axis) in axes.iter().enumerate() {
                    if let Some(share) = axis.at.get(number).copied().flatten() {
                        // Writing to a String cannot fail.
                        let _ = write!(d, "{}{:.1} {:.1}", if going { 'L' } else { 'M' }, x(at), y(share));
                        going = true;
                    } else {
                        going = false;
                    }
                }
                paths.push((job.job_id, d, colour(number)));
            }
            let lines = paths.clone().into_iter().map(|(id, d, colour)| {
                view! {
                    <path
                        class="parallel-line"
                        class:gone=move || !shared.shows(id)
                        d=d
                        stroke=colour
                        on:pointerenter=move |_| shared.point_at(Some(id))
                        on:pointerleave=move |_| shared.point_at(None)
                    ></path>
                }
            });
            let lines = lines.collect_view();
            let pointed = move || {
                let pointed = shared.pointed.get().filter(|id| shared.shows(*id))?;
                let (_, d, colour) = paths.iter().find(|(id, ..)| *id == pointed)?.clone();
                Some(view! { <path class="parallel-line pointed" d=d stroke=colour></path> })
            };
            let frame = frame.collect_view();
            let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
            let spoken = t!(
                "{axes} of {n} jobs beside each other; the table below has the numbers.",
                axes = names.join(t!(", ")),
                n = format::digits(comparison.jobs.len().to_string())
            );
            view! {
                // On a phone it is wider than the page, or nobody could read it.
                <div class="parallel-scroll" dir="ltr" tabindex="0" role="group" aria-label=t!("Parameters and result")>
                    <svg class="parallel" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=spoken>
                        <g aria-hidden="true">
                            <g class="parallel-lines" class:faded=move || shared.pointed.get().is_some_and(|id| shared.shows(id))>{lines}</g>
                            {pointed}
                            {frame}
                        </g>
                    </svg>
                </div>
            }
            .into_any()
        })
    };
    view! {
        <section class="compare-card">
            <h2>{t!("Parameters and result")}</h2>
            {content}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use domain::job::Parameter;

    use super::Axis;

    #[test]
    fn numbers_are_placed_by_value_or_by_magnitude_and_words_in_order() {
        let number = |value| Some(Parameter::Number(value));
        assert_eq!(Axis::of("a", &[number(1.0), number(3.0), None]).at, [Some(0.0), Some(1.0), None]);
        let wide = Axis::of("lr", &[number(0.001), number(0.1), number(0.01)]);
        assert!((wide.at[2].unwrap() - 0.5).abs() < 1e-9);
        let word = |text: &str| Some(Parameter::Text(text.into()));
        let words = Axis::of("optimizer", &[word("sgd"), word("adam"), None]);
        assert_eq!(words.at, [Some(1.0), Some(0.0), None]);
        assert_eq!(words.words, [(0.0, "adam".to_owned()), (1.0, "sgd".to_owned())]);
    }
}
