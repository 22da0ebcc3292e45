//! All jobs, filtered by state and words.

use domain::job::{JobState, JobSummary};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    components::{A, Form},
    hooks::use_query_map,
};

use crate::{
    api::jobs::{JobList, list_jobs},
    components::{badge::state_word, connection::ConnectionDot, format, job_table::JobTable, loaded::loaded},
    live::use_user_jobs,
    return_to::encode_component,
};

#[component]
pub fn Jobs() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| ["state", "search", "cursor"].map(|name| query.get(name).unwrap_or_default()))
    });
    let resource =
        Resource::new_blocking(move || asked.get(), |[state, search, cursor]| list_jobs(state, search, cursor));
    view! {
        <Title text="Jobs" />
        <div class="head">
            <h1>"Jobs"</h1>
            <A href="/train" attr:class="button primary">"New training"</A>
        </div>
        <Form method="GET" action="" attr:class="filters">
            <label for="state" class="visually-hidden">"State"</label>
            <select id="state" name="state">
                <option value="">"All states"</option>
                {JobState::ALL
                    .map(|state| {
                        let value = state.as_str().to_lowercase();
                        let chosen = value == asked.get_untracked()[0].to_lowercase();
                        view! { <option value=value selected=chosen>{state_word(state)}</option> }
                    })
                    .into_iter()
                    .collect_view()}
            </select>
            <label for="search" class="visually-hidden">"Search"</label>
            <input id="search" name="search" type="search" placeholder="Name, dataset or target" value=asked.get_untracked()[1].clone() />
            <button class="button" type="submit">"Filter"</button>
        </Form>
        {loaded(resource, "Jobs", move |list| view! { <Content list asked=asked.get_untracked() /> })}
    }
}

#[component]
fn Content(list: JobList, asked: [String; 3]) -> impl IntoView {
    let [state, search, cursor] = asked;
    let filtered = !state.is_empty() || !search.is_empty();
    let older = list.next_cursor.map(|cursor| {
        format!("/jobs?state={}&search={}&cursor={cursor}", encode_component(&state), encode_component(&search))
    });
    let wanted = JobState::parse(&state.to_ascii_uppercase());
    let search = search.to_lowercase();
    let first_page = cursor.is_empty();
    let belongs = move |job: &JobSummary| {
        let text = format!("{} {} {}", job.name, job.dataset_name, job.target).to_lowercase();
        first_page && wanted.is_none_or(|wanted| job.progress.status == wanted) && text.contains(&search)
    };
    let feed = use_user_jobs(list.jobs, belongs);
    let none = move || feed.jobs.with(Vec::is_empty);
    view! {
        <div class="section-head">
            <p class="sub">{format::counted(list.count, "job", "jobs")}</p>
            <ConnectionDot connection=feed.connection />
        </div>
        <Show
            when=move || !none()
            fallback=move || {
                view! {
                    <section class="empty">
                        <h2>{if filtered { "No job matches" } else { "No jobs yet" }}</h2>
                        {if filtered {
                            view! { <p><A href="/jobs">"Show all jobs"</A></p> }.into_any()
                        } else {
                            view! { <p><A href="/train" attr:class="button primary">"Start the first training"</A></p> }.into_any()
                        }}
                    </section>
                }
            }
        >
            <JobTable jobs=feed />
        </Show>
        <p class="pages">{older.map(|older| view! { <A href=older>"Older jobs"</A> })}</p>
    }
}
