//! Jobs as a table whose rows move by themselves.

use domain::job::{JobState, JobSummary};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    components::{badge::StateBadge, format, progress::ProgressBar},
    live::UserJobs,
};

#[component]
pub fn JobTable(jobs: UserJobs) -> impl IntoView {
    let ids = Memo::new(move |_| jobs.jobs.with(|jobs| jobs.iter().map(|job| job.job_id).collect::<Vec<_>>()));
    let row = move |id| {
        let job = Memo::new(move |_| jobs.jobs.with(|jobs| jobs.iter().find(|job| job.job_id == id).cloned()));
        move || job.get().map(|_| view! { <JobRow job /> })
    };
    view! {
        <div class="table-scroll">
            <table class="jobs">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="wide">"Progress"</th>
                        <th scope="col" class="number">"Loss"</th>
                        <th scope="col" class="number">"Result"</th>
                        <th scope="col" class="wide">"Target"</th>
                        <th scope="col" class="wide">"Started"</th>
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
fn JobRow(job: Memo<Option<JobSummary>>) -> impl IntoView {
    // The row is only there while the job is.
    let of = move |read: fn(&JobSummary) -> String| move || job.with(|job| job.as_ref().map(read).unwrap_or_default());
    let state =
        Signal::derive(move || job.with(|job| job.as_ref().map_or(JobState::Queued, |job| job.progress.status)));
    let percent = Signal::derive(move || job.with(|job| job.as_ref().map_or(0.0, |job| job.progress.progress)));
    let active = Signal::derive(move || !state.get().is_terminal());
    let name = of(|job| job.name.clone());
    let label =
        job.with_untracked(|job| job.as_ref().map(|job| format!("Progress of {}", job.name)).unwrap_or_default());
    view! {
        <tr>
            <td class="job-name">
                <A href=of(|job| format!("/jobs/{}", job.job_id))>{name}</A>
                <span class="sub">{of(|job| job.dataset_name.clone())}</span>
            </td>
            <td><StateBadge state /></td>
            <td class="wide progress-cell">
                <ProgressBar percent label active />
                <span class="sub">{of(|job| format!("epoch {} of {}", job.progress.epoch, job.progress.total_epochs))}</span>
            </td>
            <td class="number">{of(|job| job.progress.loss.map_or_else(|| "–".into(), format::number))}</td>
            <td class="number">{of(result)}</td>
            <td class="wide">{of(|job| job.target.clone())}</td>
            <td class="wide">{of(|job| format::moment(job.created_at))}</td>
        </tr>
    }
}

/// The headline metric: of the test rows, or, until there is one, of the validation rows.
fn result(job: &JobSummary) -> String {
    let name = job.task.headline_metric();
    let of = |split: &str| job.progress.metrics.get(&format!("{split}_{name}")).copied();
    of("test").or_else(|| of("validation")).map_or_else(
        || "–".to_owned(),
        |value| {
            format!("{} {}", format::metric(name, value), if job.task.is_classification() { "acc" } else { "RMSE" })
        },
    )
}
