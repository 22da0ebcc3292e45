//! Any jobs side by side: `/compare?jobs=ID&jobs=ID`.

use domain::{JobId, comparison::Comparison};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};

use super::compare_choice::{Controls, use_choice};
use crate::{
    api::experiments::{compare_again, fetch_comparison},
    components::{
        compare::{Choice, Comparing},
        format,
        loaded::loaded,
    },
};

#[component]
pub fn ComparePage() -> impl IntoView {
    let query = use_query_map();
    let choice = use_choice();
    let jobs = Memo::new(move |_| {
        // `jobs=ID,ID`, or, from the check boxes of a form, `jobs[jobID]=ID`.
        let pairs = query
            .with(|query| query.clone().into_iter().filter(|(key, _)| key.starts_with("jobs")).collect::<Vec<_>>());
        let ids = pairs.iter().flat_map(|(_, text)| text.split(',')).filter_map(|id| id.trim().parse().ok());
        ids.collect::<Vec<JobId>>()
    });
    let asked = Memo::new(move |_| choice.with(|choice| (jobs.get(), choice.metric.clone(), choice.split)));
    let resource =
        Resource::new_blocking(move || asked.get(), |(jobs, metric, split)| fetch_comparison(jobs, metric, split));
    view! {
        <Title text="Compare" />
        <div class="head"><h1>"Compare jobs"</h1></div>
        {loaded(resource, "Jobs", move |comparison| {
            let kept = jobs.get_untracked().iter().map(|id| ("jobs", id.to_string())).collect();
            view! { <Content comparison choice kept /> }
        })}
    }
}

#[component]
fn Content(comparison: Comparison, choice: Memo<Choice>, kept: Vec<(&'static str, String)>) -> impl IntoView {
    if comparison.jobs.is_empty() {
        return view! {
            <section class="empty">
                <h2>"Nothing to compare"</h2>
                <p>"Choose two or more jobs in the list, and press Compare."</p>
                <p><A href="/jobs" attr:class="button primary">"Choose jobs"</A></p>
            </section>
        }
        .into_any();
    }
    let count = format::counted(comparison.jobs.len() as u64, "job", "jobs");
    let comparison = use_live_comparison(comparison);
    view! {
        <p class="sub">{count}</p>
        <Controls choice=choice.get_untracked() comparison=comparison kept />
        <Comparing comparison=comparison choice=choice.into() />
    }
    .into_any()
}

/// Milliseconds between two looks at jobs that are being trained.
const PAUSE_MS: u32 = 3_000;

/// The comparison as the page was rendered with it, then with finer curves, and again and again while a job is trained.
pub fn use_live_comparison(rendered: Comparison) -> Signal<Comparison> {
    let ids: Vec<JobId> = rendered.jobs.iter().map(|job| job.job_id).collect();
    let (metric, split) = (rendered.metric.clone(), rendered.split);
    let shown = RwSignal::new(rendered);
    Effect::new(move |_| {
        let (ids, metric) = (ids.clone(), metric.clone());
        leptos::task::spawn_local(async move {
            loop {
                // What could not be fetched stays as it is, and is asked for again.
                if let Ok(newer) = compare_again(ids.clone(), metric.clone(), split).await
                    && shown.try_get_untracked().is_some_and(|known| known != newer)
                {
                    shown.try_set(newer);
                }
                let active =
                    |comparison: &Comparison| comparison.jobs.iter().any(|job| !job.progress.status.is_terminal());
                // The page may be gone by now.
                if !shown.try_with_untracked(active).unwrap_or(false) {
                    return;
                }
                TimeoutFuture::new(PAUSE_MS).await;
                if shown.try_with_untracked(|_| ()).is_none() {
                    return;
                }
            }
        });
    });
    shown.into()
}
