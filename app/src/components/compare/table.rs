//! The jobs as a table: which is which colour, what differs between them, and how well each did.

use domain::job::JobSummary;
use leptos::prelude::*;
use leptos_router::components::A;

use super::{Shared, colour, less_is_better, result_of};
use crate::components::{badge::StateBadge, format, tags::Tags};

/// Columns of parameters, so that the table can still be read.
const MOST: usize = 8;

#[component]
pub fn Runs(shared: Shared) -> impl IntoView {
    let columns =
        Memo::new(move |_| shared.differing.with(|differing| differing.keys().take(MOST).cloned().collect::<Vec<_>>()));
    let result = Memo::new(move |_| shared.result());
    let best = Memo::new(move |_| {
        let name = result.get();
        shared.comparison.with(|comparison| {
            let of = |job: &JobSummary| Some((job.job_id, result_of(job, &name)?));
            let found: Vec<_> = comparison.jobs.iter().filter_map(of).collect();
            // Alone nobody is best.
            if found.len() < 2 {
                return None;
            }
            let found = found.into_iter();
            if less_is_better(&name) {
                found.min_by(|a, b| a.1.total_cmp(&b.1))
            } else {
                // Of equals the first, here as there.
                found.reduce(|best, next| if next.1.total_cmp(&best.1).is_gt() { next } else { best })
            }
            .map(|(id, _)| id)
        })
    });
    let head = move || {
        let parameters = columns.get().into_iter().map(|name| {
            view! { <th scope="col" class="number"><bdi>{name}</bdi></th> }
        });
        parameters.collect_view()
    };
    let rows = move || {
        let columns = columns.get();
        shared.comparison.with(|comparison| {
            let row = |(at, job): (usize, &JobSummary)| {
                row(shared, (at, job), &columns, &result.get(), best.get() == Some(job.job_id))
            };
            comparison.jobs.iter().enumerate().map(row).collect_view()
        })
    };
    view! {
        <h2>{t!("Jobs")}</h2>
        <div class="table-scroll">
            <table class="jobs runs">
                <thead>
                    <tr>
                        <th scope="col" class="job-name">{t!("Name")}</th>
                        <th scope="col">{t!("State")}</th>
                        <th scope="col" class="number">{move || format::metric_name(&result.get())}</th>
                        <th scope="col" class="number">{t!("Loss")}</th>
                        {head}
                        <th scope="col" class="number">{t!("Took")}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(
    shared: Shared,
    (at, job): (usize, &JobSummary),
    columns: &[String],
    result: &str,
    best: bool,
) -> impl IntoView + use<> {
    let id = job.job_id;
    let toggle = move |_| {
        shared.hidden.update(|hidden| {
            if !hidden.remove(&id) {
                hidden.insert(id);
            }
        });
    };
    let none = || "–".to_owned();
    let name = job.name.clone();
    let tags = job.tags.clone();
    let loss = job.progress.loss.map_or_else(none, format::number);
    let value = result_of(job, result).map_or_else(none, |value| format::metric(result, value));
    let parameters = columns.iter().map(|name| {
        let text = job.parameters.get(name).map_or_else(none, format::parameter);
        view! { <td class="number"><bdi>{text}</bdi></td> }
    });
    let parameters = parameters.collect_view();
    let took = match (job.progress.started_at, job.progress.finished_at) {
        (Some(from), Some(to)) => format::duration(to.seconds_since(from)),
        _ => none(),
    };
    let state = Signal::stored(job.progress.status);
    view! {
        <tr
            class:pointed=move || shared.pointed.get() == Some(id)
            on:pointerenter=move |_| shared.point_at(Some(id))
            on:pointerleave=move |_| shared.point_at(None)
        >
            <td class="job-name">
                <label class="run-switch" title=t!("Show its curve")>
                    <input
                        type="checkbox"
                        prop:checked=move || shared.shows(id)
                        checked
                        aria-label=t!("Show {name}", name = name)
                        on:change=toggle
                    />
                    <svg class="run-colour" viewBox="0 0 12 12" aria-hidden="true">
                        <circle cx="6" cy="6" r="5" fill=colour(at)></circle>
                    </svg>
                </label>
                <A href=format!("/jobs/{id}")><bdi>{name}</bdi></A>
                {best.then(|| view! { <span class="tag">{t!("best")}</span> })}
                <Tags tags />
            </td>
            <td><StateBadge state /></td>
            <td class="number strong">{value}</td>
            <td class="number">{loss}</td>
            {parameters}
            <td class="number">{took}</td>
        </tr>
    }
}
