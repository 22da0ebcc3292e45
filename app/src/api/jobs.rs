//! Jobs for the pages.

// The training form: a field of it each, so that it works without JavaScript.
#![allow(clippy::too_many_arguments)]

use std::collections::BTreeMap;

use domain::{
    ExperimentId, JobId,
    job::{Device, Estimate, JobStatus, JobSummary, MetricPoint, Usage},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{error::UiError, train_form::TrainForm};
use crate::live::JobSnapshot;

/// A job's page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobContent {
    pub snapshot: JobSnapshot,
    /// The note as HTML.
    pub note_html: String,
    /// Those that it can be put into.
    pub experiments: Vec<(ExperimentId, String)>,
}

/// A page of the list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobList {
    /// With the metrics that are shown.
    pub jobs: Vec<JobSummary>,
    /// Names of all metrics of these jobs, without their splits.
    pub metrics: Vec<String>,
    pub count: u64,
    pub next_cursor: Option<String>,
}

/// What the dashboard shows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Overview {
    pub jobs: Vec<JobSummary>,
    pub datasets: usize,
    pub models: usize,
    pub queued: u64,
    pub running: u64,
    pub slots: u64,
}

/// Points of each curve that a page is rendered with; the browser fetches the rest of a longer one.
#[cfg(feature = "ssr")]
const RENDERED_POINTS: usize = 800;
#[cfg(feature = "ssr")]
const WHOLE_POINTS: usize = 20_000;
#[cfg(feature = "ssr")]
const LOG_LINES: usize = 500;
/// Jobs of a page of the list.
#[cfg(feature = "ssr")]
const LISTED: u32 = 100;

/// Running and recent jobs, and how busy the server is.
#[server(prefix = "/api/fn", endpoint = "overview")]
pub async fn fetch_overview() -> Result<Overview, UiError> {
    use platform::{datasets, health, jobs, models};
    let (platform, principal) = crate::ssr::caller()?;
    let filter = jobs::JobFilter { limit: 10, ..Default::default() };
    let mut page = jobs::list(&platform, &principal, filter).await.map_err(crate::ssr::fail)?;
    super::shown::only_metrics(&mut page.jobs, &[]);
    let datasets = datasets::uploaded(&platform, &principal).await.map_err(crate::ssr::fail)?;
    let one = platform::ListFilter { limit: 1, ..Default::default() };
    let models = models::list(&platform, &principal, &one).await.map_err(crate::ssr::fail)?.count;
    let health = health(&platform).await;
    Ok(Overview {
        jobs: page.jobs,
        datasets: datasets as usize,
        models: models as usize,
        queued: health.queued,
        running: health.running,
        slots: health.slots,
    })
}

/// The caller's jobs that match a query, newest first unless sorted otherwise, with the metrics that are columns. Empty texts
/// mean "any".
#[server(prefix = "/api/fn", endpoint = "list_jobs")]
pub async fn list_jobs(
    #[server(default)] query: String,
    #[server(default)] sort: String,
    #[server(default)] cursor: String,
    #[server(default)] columns: Vec<String>,
) -> Result<JobList, UiError> {
    use domain::{ApiError, job::JobQuery};
    use platform::jobs::JobOrder;
    let (platform, principal) = crate::ssr::caller()?;
    let refuse = |error: ApiError| crate::ssr::fail(error.into());
    let order = if sort.is_empty() { Ok(JobOrder::default()) } else { JobOrder::parse(&sort) };
    let filter = platform::jobs::JobFilter {
        query: JobQuery::parse(&query).map_err(|error| refuse(error.into()))?,
        order: order.map_err(refuse)?,
        limit: LISTED,
        cursor: Some(cursor).filter(|cursor| !cursor.is_empty()),
        ..Default::default()
    };
    let mut page = platform::jobs::list(&platform, &principal, filter).await.map_err(crate::ssr::fail)?;
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let metrics = super::shown::only_metrics(&mut page.jobs, &columns);
    Ok(JobList { jobs: page.jobs, metrics, count: page.count, next_cursor: page.next_cursor })
}

/// A job as its page begins with it.
#[server(prefix = "/api/fn", endpoint = "job")]
pub async fn fetch_job(id: JobId) -> Result<JobContent, UiError> {
    use platform::jobs;
    let (platform, principal) = crate::ssr::caller()?;
    // The status first: its sequence number is where the socket goes on from, so nothing that comes in between is missed.
    let status = jobs::get(&platform, &principal, id).await.map_err(crate::ssr::fail)?;
    let metrics =
        jobs::main_curves(&platform, &principal, id, RENDERED_POINTS, true).await.map_err(crate::ssr::fail)?;
    let mut log = jobs::logs(&platform, &principal, id, 0).await.map_err(crate::ssr::fail)?;
    let over = log.len().saturating_sub(LOG_LINES);
    log.drain(..over);
    let experiments = platform::experiments::names(&platform, &principal, status.summary.experiment_id);
    let experiments = experiments.await.map_err(crate::ssr::fail)?;
    let note_html = crate::markdown::to_html(&status.note);
    Ok(JobContent { snapshot: JobSnapshot { status, metrics, log }, note_html, experiments })
}

/// The curves of a job that its page shows, as finely as a browser needs them.
#[server(prefix = "/api/fn", endpoint = "job_curves")]
pub async fn job_curves(id: JobId) -> Result<Vec<MetricPoint>, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::jobs::main_curves(&platform, &principal, id, WHOLE_POINTS, false).await.map_err(crate::ssr::fail)
}

/// What the training of a job takes of its machine.
#[server(prefix = "/api/fn", endpoint = "job_usage")]
pub async fn job_usage(id: JobId) -> Result<Vec<Usage>, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::jobs::usage(&platform, &principal, id).await.map_err(crate::ssr::fail)
}

/// Devices that a job can be trained on.
#[allow(clippy::unused_async, reason = "every server function is")]
#[server(prefix = "/api/fn", endpoint = "devices")]
pub async fn list_devices() -> Result<Vec<Device>, UiError> {
    let (platform, _) = crate::ssr::caller()?;
    Ok(platform::devices(&platform))
}

/// The training form, every field as it was typed; goes to the job's page.
#[server(prefix = "/api/fn", endpoint = "submit_job")]
pub async fn submit_job(
    dataset: String,
    #[server(default)] name: String,
    #[server(default)] tags: String,
    #[server(default)] experiment_id: String,
    #[server(default)] target: String,
    #[server(default)] task: String,
    #[server(default)] features: Vec<String>,
    #[server(default)] model: String,
    #[server(default)] settings: BTreeMap<String, String>,
    #[server(default)] optimizer: String,
    #[server(default)] lr: String,
    #[server(default)] epochs: String,
    #[server(default)] batch_size: String,
    #[server(default)] validation: String,
    #[server(default)] split: String,
    #[server(default)] folds: String,
    #[server(default)] start_from: String,
    #[server(default)] early_stopping: String,
    #[server(default)] seed: String,
    #[server(default)] device: String,
    #[server(default)] schedule: String,
    #[server(default)] weight_decay: String,
    #[server(default)] gradient_clip: String,
    #[server(default)] class_weights: String,
    #[server(default)] label_smoothing: String,
) -> Result<JobId, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let form = TrainForm {
        dataset,
        name,
        tags,
        experiment_id,
        target,
        task,
        features,
        model,
        settings,
        optimizer,
        lr,
        schedule,
        weight_decay,
        gradient_clip,
        class_weights,
        label_smoothing,
        epochs,
        batch_size,
        validation,
        split,
        folds,
        start_from,
        early_stopping,
        seed,
        device,
    };
    let request = form.asked(&platform, &principal).await.map_err(crate::ssr::fail)?;
    let job = platform::jobs::submit(&platform, &principal, request, None).await.map_err(crate::ssr::fail)?;
    leptos_axum::redirect(&format!("/jobs/{}", job.summary.job_id));
    Ok(job.summary.job_id)
}

/// What the job of such a form would take. Nothing is submitted.
#[server(prefix = "/api/fn", endpoint = "estimate_job", input = leptos::server_fn::codec::Json)]
pub async fn estimate_job(#[server(default)] form: TrainForm) -> Result<Estimate, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let request = form.asked(&platform, &principal).await.map_err(crate::ssr::fail_aside)?;
    platform::jobs::estimate(&platform, &principal, request).await.map_err(crate::ssr::fail_aside)
}

/// Ends a job after its current step.
#[server(prefix = "/api/fn", endpoint = "stop_job")]
pub async fn stop_job(id: JobId) -> Result<JobStatus, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::jobs::stop(&platform, &principal, id).await.map_err(crate::ssr::fail)
}

/// Lets a stopped or failed job go on from its last checkpoint, and a completed one for more epochs.
#[server(prefix = "/api/fn", endpoint = "resume_job")]
pub async fn resume_job(id: JobId, #[server(default)] epochs: String) -> Result<JobStatus, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let changes = super::train_form::continuation(&epochs).map_err(|error| crate::ssr::fail(error.into()))?;
    platform::jobs::resume(&platform, &principal, id, &changes).await.map_err(crate::ssr::fail)
}

/// Trains a stopped or failed job again from the beginning.
#[server(prefix = "/api/fn", endpoint = "retry_job")]
pub async fn retry_job(id: JobId) -> Result<JobStatus, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::jobs::retry(&platform, &principal, id).await.map_err(crate::ssr::fail)
}

/// Submits a new job with the parameters of this one, and goes to its page.
#[server(prefix = "/api/fn", endpoint = "clone_job")]
pub async fn clone_job(id: JobId) -> Result<JobId, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let same = domain::job::TrainingRequest::default();
    let job = platform::jobs::clone(&platform, &principal, id, same).await.map_err(crate::ssr::fail)?;
    leptos_axum::redirect(&format!("/jobs/{}", job.summary.job_id));
    Ok(job.summary.job_id)
}

/// Removes a job that has ended, and goes to the list.
#[server(prefix = "/api/fn", endpoint = "delete_job")]
pub async fn delete_job(id: JobId) -> Result<(), UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::jobs::delete(&platform, &principal, id).await.map_err(crate::ssr::fail)?;
    leptos_axum::redirect("/jobs");
    Ok(())
}

/// What came of a change to many jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BulkOutcome {
    /// "stopped", "deleted".
    pub what: String,
    pub done: u64,
    /// Name of a job, and why not.
    pub refused: Vec<(String, String)>,
    /// What makes jobs again what they were; nothing for what cannot be undone, or has changed nothing.
    pub undo: Vec<BulkAct>,
}

/// What [`bulk_jobs`] is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BulkAct {
    pub action: String,
    pub jobs: BTreeMap<String, JobId>,
    pub tag: String,
    pub experiment_id: String,
}

/// One act on many jobs: `stop`, `delete`, `tag`, `untag`, `experiment`. One that is refused keeps none of the others back.
#[server(prefix = "/api/fn", endpoint = "bulk_jobs")]
pub async fn bulk_jobs(
    action: String,
    #[server(default)] jobs: BTreeMap<String, JobId>,
    #[server(default)] tag: String,
    #[server(default)] experiment_id: String,
) -> Result<BulkOutcome, UiError> {
    use domain::ApiError;
    let (platform, principal) = crate::ssr::caller()?;
    let what = match action.as_str() {
        "stop" => "stopped",
        "delete" => "deleted",
        "tag" | "untag" if tag.trim().is_empty() => {
            return Err(crate::ssr::fail(ApiError::field("tag", "Type a tag.").into()));
        }
        "tag" => "tagged",
        "untag" => "without the tag",
        "experiment" => "moved",
        _ => return Err(crate::ssr::fail(ApiError::field("action", "Is not one of the buttons.").into())),
    };
    let mut outcome = BulkOutcome { what: what.to_owned(), done: 0, refused: Vec::new(), undo: Vec::new() };
    // Jobs that came from different experiments go back in different acts.
    let mut undo: BTreeMap<Undoing, BTreeMap<String, JobId>> = BTreeMap::new();
    let act = BulkAct { action, jobs, tag, experiment_id };
    for (key, &id) in &act.jobs {
        match act_on(&platform, &principal, id, &act).await {
            Ok(undoing) => {
                outcome.done += 1;
                if let Some(undoing) = undoing {
                    undo.entry(undoing).or_default().insert(key.clone(), id);
                }
            }
            Err(error) => {
                // One that does not exist has no name.
                let job = platform::jobs::get(&platform, &principal, id).await;
                let name = job.map_or(id.to_string(), |job| job.summary.name);
                outcome.refused.push((name, crate::ssr::told(error).message));
            }
        }
    }
    let back = |((action, experiment_id), jobs): (Undoing, _)| BulkAct {
        action: action.to_owned(),
        jobs,
        tag: act.tag.clone(),
        experiment_id,
    };
    outcome.undo = undo.into_iter().map(back).collect();
    Ok(outcome)
}

/// The action that undoes another one, and the experiment that a job goes back to.
#[cfg(feature = "ssr")]
type Undoing = (&'static str, String);

/// One act on one job, and what undoes it if it has changed something.
#[cfg(feature = "ssr")]
async fn act_on(
    platform: &platform::Platform,
    principal: &domain::Principal,
    id: JobId,
    act: &BulkAct,
) -> Result<Option<Undoing>, platform::Error> {
    use domain::job::JobChanges;
    use platform::jobs as all;
    match act.action.as_str() {
        "stop" => all::stop(platform, principal, id).await.map(|_| None),
        "delete" => all::delete(platform, principal, id).await.map(|()| None),
        "experiment" => {
            let before = all::get(platform, principal, id).await?.summary.experiment_id;
            let changes = JobChanges { experiment_id: Some(act.experiment_id.clone()), ..JobChanges::default() };
            let after = all::change(platform, principal, id, changes).await?.summary.experiment_id;
            let experiment = before.map_or_else(String::new, |id| id.to_string());
            Ok((before != after).then_some(("experiment", experiment)))
        }
        action => {
            let add = action == "tag";
            let before = all::get(platform, principal, id).await?.summary.tags;
            let after = all::tag(platform, principal, id, &act.tag, add).await?.summary.tags;
            Ok((before.len() != after.len()).then_some((if add { "untag" } else { "tag" }, String::new())))
        }
    }
}
