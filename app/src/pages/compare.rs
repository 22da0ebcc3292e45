//! Any jobs side by side: `/compare?jobs=ID&jobs=ID`.

use std::collections::HashSet;

use domain::{JobId, comparison::Comparison};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};

use super::compare_choice::{Controls, use_choice};
use crate::{
    api::{
        experiments::{compare_again, fetch_comparison},
        shown::Compared,
    },
    components::{
        compare::{Choice, Comparing, Shared},
        format,
        loaded::loaded,
    },
    language::in_language,
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
    let asked = Memo::new(move |_| {
        choice.with(|choice| (jobs.get(), choice.metric.clone(), choice.split, choice.result.clone()))
    });
    let resource = Resource::new_blocking(
        move || asked.get(),
        |(jobs, metric, split, result)| fetch_comparison(jobs, metric, split, result),
    );
    let hidden = RwSignal::new(HashSet::new());
    let head = in_language(move || {
        view! {
            <Title text=t!("Compare") />
            <div class="head"><h1>{t!("Compare jobs")}</h1></div>
        }
    });
    let content = loaded(resource, marked!("Jobs"), move |Compared { comparison, metrics }| {
        let kept: Vec<_> = jobs.get_untracked().iter().map(|id| ("jobs", id.to_string())).collect();
        let comparison = use_live_comparison(comparison, choice.get_untracked().result);
        let shared = Shared::new(comparison, choice.into(), hidden);
        in_language(move || {
            let (metrics, kept) = (metrics.clone(), kept.clone());
            view! { <Content comparison shared choice metrics kept /> }
        })
    });
    view! {
        {head}
        {content}
    }
}

#[component]
fn Content(
    comparison: Signal<Comparison>,
    shared: Shared,
    choice: Memo<Choice>,
    metrics: Vec<String>,
    kept: Vec<(&'static str, String)>,
) -> impl IntoView {
    let jobs = comparison.with_untracked(|comparison| comparison.jobs.len());
    if jobs == 0 {
        return view! {
            <section class="empty">
                <h2>{t!("Nothing to compare")}</h2>
                <p>{t!("Choose two or more jobs in the list, and press Compare.")}</p>
                <p><A href="/jobs" attr:class="button primary">{t!("Choose jobs")}</A></p>
            </section>
        }
        .into_any();
    }
    view! {
        <p class="sub">{format::counted(jobs as u64, t!("job"), t!("jobs"))}</p>
        <Controls choice comparison metrics kept />
        <Comparing shared />
    }
    .into_any()
}

/// Milliseconds between two looks at jobs that are being trained.
const PAUSE_MS: u32 = 3_000;

/// The comparison as the page was rendered with it, then with finer curves; those of jobs that are being trained again and
/// again. `result` is what jobs are judged by.
pub fn use_live_comparison(rendered: Comparison, result: String) -> Signal<Comparison> {
    let (metric, split) = (rendered.metric.clone(), rendered.split);
    let shown = RwSignal::new(rendered);
    Effect::new(move |_| {
        let (metric, result) = (metric.clone(), result.clone());
        leptos::task::spawn_local(async move {
            let mut whole = false;
            loop {
                // The page may be gone by now.
                let Some(ids) = shown.try_with_untracked(|comparison| moving(comparison, whole)) else { return };
                if ids.is_empty() {
                    return;
                }
                // What could not be fetched stays as it is, and is asked for again.
                if let Ok(newer) = compare_again(ids, metric.clone(), split, result.clone()).await {
                    whole = true;
                    shown.try_update(|shown| put_over(shown, newer));
                }
                TimeoutFuture::new(PAUSE_MS).await;
            }
        });
    });
    shown.into()
}

/// All jobs at first, then those that have not ended.
fn moving(comparison: &Comparison, whole: bool) -> Vec<JobId> {
    let jobs = comparison.jobs.iter().filter(|job| !whole || !job.progress.status.is_terminal());
    jobs.map(|job| job.job_id).collect()
}

/// Replaces jobs and curves by newer ones.
fn put_over(shown: &mut Comparison, newer: Comparison) {
    for job in newer.jobs {
        if let Some(known) = shown.jobs.iter_mut().find(|known| known.job_id == job.job_id) {
            *known = job;
        }
    }
    for curve in newer.curves {
        match shown.curves.iter_mut().find(|known| known.job_id == curve.job_id) {
            Some(known) => *known = curve,
            None => shown.curves.push(curve),
        }
    }
}
