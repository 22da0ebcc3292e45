//! What is going on, and what to do first.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use crate::{
    api::jobs::{Overview, fetch_overview},
    components::{connection::ConnectionDot, format, job_table::JobTable, loaded::loaded},
    live::use_user_jobs,
};

/// Jobs that are shown.
const RECENT: usize = 10;

#[component]
pub fn Dashboard() -> impl IntoView {
    let resource = Resource::new_blocking(|| (), |()| fetch_overview());
    view! {
        <Title text="Dashboard" />
        <div class="head">
            <h1>"Dashboard"</h1>
            <A href="/train" attr:class="button primary">"New training"</A>
        </div>
        {loaded(resource, "Dashboard", |overview| view! { <Content overview /> })}
    }
}

#[component]
fn Content(overview: Overview) -> impl IntoView {
    let Overview { jobs, datasets, models, queued, running, slots } = overview;
    let feed = use_user_jobs(jobs, |_| true);
    Effect::new(move |_| {
        if feed.jobs.with(Vec::len) > RECENT {
            feed.jobs.update(|jobs| jobs.truncate(RECENT));
        }
    });
    let none = move || feed.jobs.with(Vec::is_empty);
    let active = move || feed.jobs.with(|jobs| jobs.iter().filter(|job| !job.progress.status.is_terminal()).count());
    view! {
        <ul class="tiles">
            <li><span>"Your active jobs"</span><b>{move || format::count(active() as u64)}</b></li>
            <li><span>"Slots in use"</span><b>{format!("{running} of {slots}")}</b></li>
            <li><span>"Waiting"</span><b>{format::count(queued)}</b></li>
            <li><span>"Datasets"</span><b>{format::count(datasets as u64)}</b></li>
            <li><span>"Models"</span><b>{format::count(models as u64)}</b></li>
        </ul>
        <div class="section-head">
            <h2>"Recent jobs"</h2>
            <ConnectionDot connection=feed.connection />
        </div>
        <Show
            when=move || !none()
            fallback=|| {
                view! {
                    <section class="empty">
                        <h3>"Nothing trained yet"</h3>
                        <p>"Train on one of the sample datasets, or upload a table of your own."</p>
                        <p class="row">
                            <A href="/train" attr:class="button primary">"Train on a sample"</A>
                            <A href="/datasets" attr:class="button">"Upload a dataset"</A>
                        </p>
                    </section>
                }
            }
        >
            <JobTable jobs=feed />
        </Show>
    }
}
