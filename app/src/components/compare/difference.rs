//! The configurations of a few jobs beside each other: what differs first, what is the same behind a click.

use std::collections::BTreeSet;

use domain::job::{JobSummary, Parameter};
use leptos::prelude::*;

use super::Shared;
use crate::components::format;

/// More columns than these cannot be read side by side; the table of jobs has what differs.
const MOST: usize = 6;

#[component]
pub fn Difference(shared: Shared) -> impl IntoView {
    let content = move || {
        shared.comparison.with(|comparison| {
            let jobs = &comparison.jobs;
            (2..=MOST).contains(&jobs.len()).then(|| {
                let differing: BTreeSet<String> =
                    shared.differing.with(|differing| differing.keys().cloned().collect());
                let all: BTreeSet<String> = jobs.iter().flat_map(|job| job.parameters.keys().cloned()).collect();
                let same: BTreeSet<String> = all.difference(&differing).cloned().collect();
                let nothing = differing.is_empty();
                view! {
                    <h2>{t!("Parameters")}</h2>
                    {nothing.then(|| view! { <p class="sub">{t!("These jobs were given the same parameters.")}</p> })}
                    {(!nothing).then(|| parameters(t!("What differs"), jobs, &differing))}
                    <details class="same">
                        <summary>
                            {format::counted(
                                same.len() as u64,
                                t!("parameter is the same"),
                                t!("parameters are the same"),
                            )}
                        </summary>
                        {parameters(t!("What is the same"), jobs, &same)}
                    </details>
                }
            })
        })
    };
    view! { <section class="difference">{content}</section> }
}

fn parameters(caption: &'static str, jobs: &[JobSummary], names: &BTreeSet<String>) -> impl IntoView + use<> {
    let head = jobs.iter().map(|job| view! { <th scope="col"><bdi>{job.name.clone()}</bdi></th> }).collect_view();
    let rows = names.iter().map(|name| {
        let cells = jobs.iter().map(|job| {
            let text = match job.parameters.get(name) {
                Some(Parameter::Number(number)) => format::digits(number.to_string()),
                Some(Parameter::Text(text)) => text.clone(),
                None => "–".to_owned(),
            };
            view! { <td><bdi>{text}</bdi></td> }
        });
        view! { <tr><th scope="row"><bdi>{name.clone()}</bdi></th>{cells.collect_view()}</tr> }
    });
    view! {
        <div class="table-scroll">
            <table>
                <caption class="visually-hidden">{caption}</caption>
                <thead><tr><th scope="col">{t!("Parameter")}</th>{head}</tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}
