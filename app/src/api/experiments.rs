//! Experiments, and jobs side by side.

use std::collections::BTreeMap;

use domain::{
    ExperimentId, JobId,
    comparison::Comparison,
    experiment::ExperimentView,
    job::{JobStatus, Split},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{error::UiError, list_page::ListPage, shown::Compared};

/// An experiment's page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExperimentContent {
    pub experiment: ExperimentView,
    /// The note as HTML.
    pub note_html: String,
    pub compared: Compared,
}

/// A page of the caller's experiments, the one that was changed last first.
#[server(prefix = "/api/fn", endpoint = "experiments")]
pub async fn list_experiments(#[server(default)] cursor: String) -> Result<ListPage<ExperimentView>, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let page = platform::experiments::list(&platform, &principal, &super::list_page::page_at(cursor)).await;
    page.map(ListPage::from).map_err(crate::ssr::fail)
}

/// Names of the caller's own experiments, for a choice.
#[server(prefix = "/api/fn", endpoint = "experiment_names")]
pub async fn experiment_names() -> Result<Vec<(ExperimentId, String)>, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::experiments::names(&platform, &principal, None).await.map_err(crate::ssr::fail)
}

/// One experiment with its jobs, and a coarse curve of each.
#[server(prefix = "/api/fn", endpoint = "experiment")]
pub async fn fetch_experiment(
    id: ExperimentId,
    metric: String,
    split: Split,
    #[server(default)] result: String,
) -> Result<ExperimentContent, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let experiment = platform::experiments::get(&platform, &principal, id).await.map_err(crate::ssr::fail)?;
    let curves = platform::jobs::CurvesOf::coarse(&metric, split);
    let comparison = platform::jobs::compare_in(&platform, &principal, id, None, curves);
    let comparison = comparison.await.map_err(crate::ssr::fail)?;
    let compared = super::shown::compared(comparison, &result);
    Ok(ExperimentContent { note_html: crate::markdown::to_html(&experiment.note), experiment, compared })
}

/// Some jobs, and a coarse curve of each.
#[server(prefix = "/api/fn", endpoint = "compared")]
pub async fn fetch_comparison(
    #[server(default)] jobs: Vec<JobId>,
    metric: String,
    split: Split,
    #[server(default)] result: String,
) -> Result<Compared, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let curves = platform::jobs::CurvesOf::coarse(&metric, split);
    let comparison = platform::jobs::compare(&platform, &principal, &jobs, curves).await.map_err(crate::ssr::fail)?;
    Ok(super::shown::compared(comparison, &result))
}

/// The same jobs with curves as fine as a browser can draw, and as they stand now.
#[server(prefix = "/api/fn", endpoint = "compare_again")]
pub async fn compare_again(
    #[server(default)] jobs: Vec<JobId>,
    metric: String,
    split: Split,
    #[server(default)] result: String,
) -> Result<Comparison, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let curves = platform::jobs::CurvesOf::fine(&metric, split);
    let comparison = platform::jobs::compare(&platform, &principal, &jobs, curves).await.map_err(crate::ssr::fail)?;
    Ok(super::shown::compared(comparison, &result).comparison)
}

/// A new experiment; goes to its page.
#[server(prefix = "/api/fn", endpoint = "create_experiment")]
pub async fn create_experiment(name: String) -> Result<ExperimentId, UiError> {
    use domain::experiment::ExperimentChanges;
    let (platform, principal) = crate::ssr::caller()?;
    let wanted = ExperimentChanges { name: Some(name), ..ExperimentChanges::default() };
    let made = platform::experiments::create(&platform, &principal, wanted).await.map_err(crate::ssr::fail)?;
    leptos_axum::redirect(&format!("/experiments/{}", made.id));
    Ok(made.id)
}

/// Name, tags and note as they were typed; goes back to the page.
#[server(prefix = "/api/fn", endpoint = "change_experiment")]
pub async fn change_experiment(
    id: ExperimentId,
    name: String,
    #[server(default)] tags: String,
    #[server(default)] note: String,
) -> Result<(), UiError> {
    use domain::experiment::ExperimentChanges;
    let (platform, principal) = crate::ssr::caller()?;
    let changes = ExperimentChanges { name: Some(name), note: Some(note), tags: Some(typed_tags(&tags)) };
    platform::experiments::change(&platform, &principal, id, changes).await.map_err(crate::ssr::fail)?;
    leptos_axum::redirect(&format!("/experiments/{id}"));
    Ok(())
}

/// Removes an experiment, and goes to the list; its jobs stay.
#[server(prefix = "/api/fn", endpoint = "delete_experiment")]
pub async fn delete_experiment(id: ExperimentId) -> Result<(), UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::experiments::delete(&platform, &principal, id).await.map_err(crate::ssr::fail)?;
    leptos_axum::redirect("/experiments");
    Ok(())
}

/// What people say about a job, as it was typed; a form without a script goes back to its page. What is as it was when the
/// form was shown (`before`) stays as somebody else may have changed it meanwhile.
#[server(prefix = "/api/fn", endpoint = "label_job")]
pub async fn label_job(
    id: JobId,
    name: String,
    #[server(default)] tags: String,
    #[server(default)] note: String,
    #[server(default)] experiment_id: String,
    #[server(default)] before: BTreeMap<String, String>,
) -> Result<JobStatus, UiError> {
    use domain::job::JobChanges;
    let (platform, principal) = crate::ssr::caller()?;
    let changed = |field: &str, value: &str| before.get(field).is_none_or(|before| before != value);
    let changes = JobChanges {
        name: Some(name).filter(|name| changed("name", name)),
        tags: Some(typed_tags(&tags)).filter(|_| changed("tags", &tags)),
        note: Some(note).filter(|note| changed("note", note)),
        experiment_id: Some(experiment_id).filter(|id| changed("experiment_id", id)),
    };
    let job = platform::jobs::change(&platform, &principal, id, changes).await.map_err(crate::ssr::fail)?;
    // Whoever undoes it may have gone to another page by then.
    if crate::ssr::is_plain_form() {
        leptos_axum::redirect(&format!("/jobs/{id}"));
    }
    Ok(job)
}

/// Tags with commas between them, English or Persian ones.
#[cfg(feature = "ssr")]
pub(in crate::api) fn typed_tags(text: &str) -> Vec<String> {
    text.split([',', '،']).map(str::to_owned).collect()
}
