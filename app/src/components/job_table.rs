//! Jobs as a table whose rows move by themselves. In the list of jobs they can also be sorted, chosen, and have more columns.

use std::collections::HashSet;

use domain::{
    JobId,
    job::{JobState, JobSummary, Parameter, Split},
};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    components::{badge::StateBadge, compare::result_of, format, progress::ProgressBar, tags::Tags},
    live::UserJobs,
};

/// What the list of jobs adds to the table.
#[derive(Clone)]
pub struct ListTools {
    /// Names of parameters and metrics.
    pub columns: Vec<String>,
    /// As the address has it: `-lr`.
    pub sort: String,
    /// The address of the list in another order.
    pub address: Callback<String, String>,
    pub chosen: RwSignal<HashSet<JobId>>,
}

impl ListTools {
    /// A header that sorts by `key`; once more turns the order around.
    fn head(&self, key: &str, label: String, class: &'static str) -> AnyView {
        let (ascending, descending) = (self.sort == key, self.sort.strip_prefix('-') == Some(key));
        let next = if descending { key.to_owned() } else { format!("-{key}") };
        let order = if ascending {
            Some("ascending")
        } else if descending {
            Some("descending")
        } else {
            None
        };
        let mark = order.map(|order| {
            view! { <span class="sort-mark" aria-hidden="true">{if order == "ascending" { "↑" } else { "↓" }}</span> }
        });
        view! {
            <th scope="col" class=class aria-sort=order>
                <A href=self.address.run(next) attr:class="sort"><bdi>{label}</bdi>{mark}</A>
            </th>
        }
        .into_any()
    }
}

#[component]
pub fn JobTable(jobs: UserJobs, #[prop(optional)] tools: Option<ListTools>) -> impl IntoView {
    let ids = Memo::new(move |_| jobs.jobs.with(|jobs| jobs.iter().map(|job| job.job_id).collect::<Vec<_>>()));
    let shared = StoredValue::new(tools.clone());
    let row = move |id| {
        let job = Memo::new(move |_| jobs.jobs.with(|jobs| jobs.iter().find(|job| job.job_id == id).cloned()));
        move || job.get().map(|_| view! { <JobRow id job tools=shared.get_value() /> })
    };
    let head = |key: &str, label: &str, class: &'static str| match &tools {
        Some(tools) => tools.head(key, label.to_owned(), class),
        None => view! { <th scope="col" class=class>{label.to_owned()}</th> }.into_any(),
    };
    let every = tools.as_ref().map(|tools| {
        let chosen = tools.chosen;
        let all = move || {
            !ids.with(Vec::is_empty) && ids.with(|ids| chosen.with(|chosen| ids.iter().all(|id| chosen.contains(id))))
        };
        let toggle = move |_| {
            let every = all();
            chosen.set(if every { HashSet::new() } else { ids.get_untracked().into_iter().collect() });
        };
        view! {
            <th scope="col" class="choose-cell">
                <input type="checkbox" aria-label=t!("Choose all") prop:checked=all on:change=toggle />
            </th>
        }
    });
    let more = tools.as_ref().map(|tools| {
        let column = |name: &String| tools.head(name, name.clone(), "number");
        tools.columns.iter().map(column).collect_view()
    });
    view! {
        <div class="table-scroll">
            <table class="jobs">
                <thead>
                    <tr>
                        {every}
                        {head("name", t!("Name"), "job-name")}
                        {head("status", t!("State"), "")}
                        <th scope="col" class="wide">{t!("Progress")}</th>
                        {head("loss", t!("Loss"), "number")}
                        <th scope="col" class="number">{t!("Result")}</th>
                        {more}
                        <th scope="col" class="wide">{t!("Target")}</th>
                        {head("created_at", t!("Started"), "wide")}
                    </tr>
                </thead>
                <tbody>
                    <For each=move || ids.get() key=|id| *id children=row />
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn JobRow(id: JobId, job: Memo<Option<JobSummary>>, tools: Option<ListTools>) -> impl IntoView {
    // The row is only there while the job is.
    let of = move |read: fn(&JobSummary) -> String| move || job.with(|job| job.as_ref().map(read).unwrap_or_default());
    let state =
        Signal::derive(move || job.with(|job| job.as_ref().map_or(JobState::Queued, |job| job.progress.status)));
    let percent = Signal::derive(move || job.with(|job| job.as_ref().map_or(0.0, |job| job.progress.progress)));
    let active = Signal::derive(move || !state.get().is_terminal());
    let name = of(|job| job.name.clone());
    let label =
        job.with_untracked(|job| job.as_ref().map(|job| t!("Progress of {name}", name = job.name)).unwrap_or_default());
    let tags = move || {
        let tags = job.with(|job| job.as_ref().map(|job| job.tags.clone()).unwrap_or_default());
        view! { <Tags tags /> }
    };
    let choose = tools.as_ref().map(|tools| {
        let chosen = tools.chosen;
        let toggle = move |_| {
            chosen.update(|chosen| {
                if !chosen.remove(&id) {
                    chosen.insert(id);
                }
            });
        };
        let label =
            job.with_untracked(|job| job.as_ref().map(|job| t!("Choose {name}", name = job.name)).unwrap_or_default());
        view! {
            <td class="choose-cell">
                <input
                    type="checkbox"
                    // A key that begins with a digit would be read as an index.
                    name=format!("jobs[job{id}]")
                    value=id.to_string()
                    aria-label=label
                    prop:checked=move || chosen.with(|chosen| chosen.contains(&id))
                    on:change=toggle
                />
            </td>
        }
    });
    let more = tools.map(|tools| {
        let cell = |name: String| {
            let text = move || job.with(|job| job.as_ref().map_or_else(String::new, |job| value(job, &name)));
            view! { <td class="number"><bdi>{text}</bdi></td> }
        };
        tools.columns.into_iter().map(cell).collect_view()
    });
    view! {
        <tr>
            {choose}
            <td class="job-name">
                <A href=of(|job| format!("/jobs/{}", job.job_id))><bdi>{name}</bdi></A>
                <span class="sub"><bdi>{of(|job| job.dataset_name.clone())}</bdi>{tags}</span>
            </td>
            <td><StateBadge state /></td>
            <td class="wide progress-cell">
                <ProgressBar percent label active />
                <span class="sub">{of(epochs)}</span>
            </td>
            <td class="number">{of(|job| job.progress.loss.map_or_else(|| "–".into(), format::number))}</td>
            <td class="number">{of(result)}</td>
            {more}
            <td class="wide"><bdi>{of(|job| job.target.clone())}</bdi></td>
            <td class="wide">{of(|job| format::moment(job.created_at))}</td>
        </tr>
    }
}

/// How far it is.
fn epochs(job: &JobSummary) -> String {
    let [epoch, all] = [job.progress.epoch, job.progress.total_epochs].map(|count| format::count(u64::from(count)));
    t!("epoch {epoch} of {all}", epoch = epoch, all = all)
}

/// The headline metric.
fn result(job: &JobSummary) -> String {
    let name = job.task.headline_metric();
    let Some(value) = result_of(job, name) else { return "–".to_owned() };
    let result = format::metric(name, value);
    if job.task.is_classification() {
        t!("{result} acc", result = result)
    } else {
        t!("{result} RMSE", result = result)
    }
}

/// A parameter or a metric by name, with or without its split: what the list is sorted and searched by.
fn value(job: &JobSummary, name: &str) -> String {
    let short = Split::of_metric(name).map_or(name, |(_, metric)| metric);
    match job.named(name).or_else(|| result_of(job, name).map(Parameter::Number)) {
        Some(Parameter::Number(value)) => format::metric(short, value),
        Some(Parameter::Text(text)) => text,
        None => "–".to_owned(),
    }
}
