//! What is going on, and what to do first.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use crate::{
    api::jobs::{Overview, fetch_overview},
    components::{connection::ConnectionDot, format, job_table::JobTable, loaded::loaded},
    language::in_language,
    live::{UserJobs, use_user_jobs},
};

/// Jobs that are shown.
const RECENT: usize = 10;

#[component]
pub fn Dashboard() -> impl IntoView {
    let resource = Resource::new_blocking(|| (), |()| fetch_overview());
    let head = in_language(move || {
        view! {
            <Title text=t!("Dashboard") />
            <div class="head">
                <h1>{t!("Dashboard")}</h1>
                <A href="/train" attr:class="button primary">{t!("New training")}</A>
            </div>
        }
    });
    let content = loaded(resource, marked!("Dashboard"), |mut overview| {
        let feed = use_user_jobs(std::mem::take(&mut overview.jobs), |_| true);
        Effect::new(move |_| {
            if feed.jobs.with(Vec::len) > RECENT {
                feed.jobs.update(|jobs| jobs.truncate(RECENT));
            }
        });
        in_language(move || view! { <Content overview=overview.clone() feed /> })
    });
    view! {
        {head}
        {content}
    }
}

/// `feed` has the jobs of the overview.
#[component]
fn Content(overview: Overview, feed: UserJobs) -> impl IntoView {
    let Overview { datasets, models, queued, running, slots, .. } = overview;
    let none = move || feed.jobs.with(Vec::is_empty);
    let active = move || feed.jobs.with(|jobs| jobs.iter().filter(|job| !job.progress.status.is_terminal()).count());
    let in_use = t!("{running} of {slots}", running = format::count(running), slots = format::count(slots));
    view! {
        <ul class="tiles">
            <li><span>{t!("Your active jobs")}</span><b>{move || format::count(active() as u64)}</b></li>
            <li><span>{t!("Slots in use")}</span><b>{in_use}</b></li>
            <li><span>{t!("Waiting")}</span><b>{format::count(queued)}</b></li>
            <li><span>{t!("Datasets")}</span><b>{format::count(datasets as u64)}</b></li>
            <li><span>{t!("Models")}</span><b>{format::count(models as u64)}</b></li>
        </ul>
        <div class="section-head">
            // Beside the words, so that nothing moves when it says something else.
            <div class="row">
                <h2>{t!("Recent jobs")}</h2>
                <ConnectionDot connection=feed.connection />
            </div>
        </div>
        <Show
            when=move || !none()
            fallback=|| {
                view! {
                    <section class="empty">
                        <h3>{t!("Nothing trained yet")}</h3>
                        <p>{t!("Train on one of the sample datasets, or upload a table of your own.")}</p>
                        <p class="row">
                            <A href="/train" attr:class="button primary">{t!("Train on a sample")}</A>
                            <A href="/datasets" attr:class="button">{t!("Upload a dataset")}</A>
                        </p>
                    </section>
                }
            }
        >
            <JobTable jobs=feed />
        </Show>
    }
}
