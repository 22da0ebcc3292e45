//! One parameter against one result, a dot a job.

use domain::{
    JobId,
    job::{JobSummary, Parameter},
};
use leptos::prelude::*;

use super::{Shared, colour, result_of};
use crate::components::{
    format,
    plot::{Axis, Mark, Plane, over, plot},
};

#[component]
pub fn Scatter(shared: Shared) -> impl IntoView {
    let parameter = Memo::new(move |_| {
        let chosen = shared.choice.with(|choice| choice.parameter.clone());
        if !chosen.is_empty() {
            return chosen;
        }
        let numeric = |(_, values): &(&String, &Vec<_>)| {
            values.iter().flatten().any(|value: &Parameter| value.number().is_some())
        };
        shared
            .differing
            .with(|differing| differing.iter().find(numeric).map_or_else(|| "lr".to_owned(), |(name, _)| name.clone()))
    });
    // Not for every job that is pointed at: to find the result of many jobs takes a while.
    let dots = Memo::new(move |_| {
        let (name, result) = (parameter.get(), shared.result());
        shared.comparison.with(|comparison| {
            let shown = comparison.jobs.iter().enumerate().filter(|(_, job)| shared.shows(job.job_id));
            let dot = |(at, job): (usize, &JobSummary)| {
                Some((job.parameters.get(&name)?.number()?, result_of(job, &result)?, at, job.job_id))
            };
            shown.filter_map(dot).collect::<Vec<(f64, f64, usize, JobId)>>()
        })
    });
    let content = move || {
        let (name, result, dots) = (parameter.get(), shared.result(), dots.get());
        if dots.is_empty() {
            return view! {
                <p class="empty-line">{t!("No job has both a number for this parameter and this result.")}</p>
            }
            .into_any();
        }
        let up = Axis::around(dots.iter().map(|dot| dot.1), format::metric_name(&result));
        let plane = Plane {
            across: Axis::spread(dots.iter().map(|dot| dot.0), name.clone()),
            up: if format::is_share(&result) { up.in_percent() } else { up },
        };
        let dot = |class: &str, (x, y, at): (f64, f64, usize), plane: &Plane| Mark {
            colour: Some(colour(at)),
            ..plane.dots(class, [(x, y)].into_iter())
        };
        let marks = dots.iter().map(|(x, y, at, _)| dot("compare-dot", (*x, *y, *at), &plane));
        let spoken = t!(
            "{metric} against {parameter} of {n} jobs; the table below has the numbers.",
            metric = format::metric_name(&result),
            parameter = name,
            n = format::digits(dots.len().to_string())
        );
        let picture = plot(&plane, spoken, marks.collect());
        let pointed = move || {
            let id = shared.pointed.get()?;
            let (x, y, at, _) = dots.iter().find(|dot| dot.3 == id).copied()?;
            Some(over(dot("compare-dot pointed", (x, y, at), &plane)))
        };
        view! { <div class="over" dir="ltr">{picture}{pointed}</div> }.into_any()
    };
    view! {
        <section class="compare-card">
            <h2>
                {move || {
                    let metric = format::metric_name(&shared.result());
                    t!("{metric} by {parameter}", metric = metric, parameter = parameter.get())
                }}
            </h2>
            {content}
        </section>
    }
}
