//! `/api/experiments`: jobs that belong together, side by side.

use axum::{extract::State, http::StatusCode};
use domain::{
    ApiError, ExperimentId, JobId,
    comparison::{Comparison, MAX_COMPARED},
    experiment::{ExperimentChanges, ExperimentView},
    job::Split,
};
use platform::{
    experiments,
    jobs::{self, CurvesOf},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Answer,
    answer::Done,
    error::Failure,
    extract::{Body, Id, Parameters},
    listing::ListQuery,
    principal::CurrentUser,
};
use crate::state::AppState;

#[derive(Serialize, ToSchema)]
pub struct OneExperiment {
    experiment: ExperimentView,
}

#[derive(Serialize, ToSchema)]
pub struct ManyExperiments {
    experiments: Vec<ExperimentView>,
    /// How many match on all pages.
    count: u64,
    /// Give it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The caller's experiments, the one that was changed last first.
#[utoipa::path(get, path = "/api/experiments", tag = "experiments", params(ListQuery), responses(
    (status = 200, body = Answer<ManyExperiments>)))]
pub async fn list(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Answer<ManyExperiments>, Failure> {
    let page = experiments::list(&state.platform, &principal, &query.filter()?).await?;
    Ok(Answer::new(ManyExperiments { experiments: page.items, count: page.count, next_cursor: page.next_cursor }))
}

/// A new experiment. Jobs are put into it by their `experiment_id`.
#[utoipa::path(post, path = "/api/experiments", tag = "experiments", request_body = ExperimentChanges, responses(
    (status = 201, body = Answer<OneExperiment>)))]
pub async fn create(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Body(wanted): Body<ExperimentChanges>,
) -> Result<(StatusCode, Answer<OneExperiment>), Failure> {
    let experiment = experiments::create(&state.platform, &principal, wanted).await?;
    Ok((StatusCode::CREATED, Answer::new(OneExperiment { experiment })))
}

/// One experiment.
#[utoipa::path(get, path = "/api/experiments/{id}", tag = "experiments", params(("id" = ExperimentId, Path)), responses(
    (status = 200, body = Answer<OneExperiment>)))]
pub async fn get(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<ExperimentId>,
) -> Result<Answer<OneExperiment>, Failure> {
    Ok(Answer::new(OneExperiment { experiment: experiments::get(&state.platform, &principal, id).await? }))
}

/// Changes its name, note or tags; what is absent stays as it is.
#[utoipa::path(patch, path = "/api/experiments/{id}", tag = "experiments", params(("id" = ExperimentId, Path)),
    request_body = ExperimentChanges, responses(
    (status = 200, body = Answer<OneExperiment>)))]
pub async fn change(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<ExperimentId>,
    Body(changes): Body<ExperimentChanges>,
) -> Result<Answer<OneExperiment>, Failure> {
    let experiment = experiments::change(&state.platform, &principal, id, changes).await?;
    Ok(Answer::new(OneExperiment { experiment }))
}

/// Removes an experiment; its jobs stay.
#[utoipa::path(delete, path = "/api/experiments/{id}", tag = "experiments", params(("id" = ExperimentId, Path)), responses(
    (status = 200, body = Answer<Done>)))]
pub async fn delete(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<ExperimentId>,
) -> Result<Answer<Done>, Failure> {
    experiments::delete(&state.platform, &principal, id).await?;
    Ok(Answer::new(Done {}))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CompareQuery {
    /// Ids with commas between them; the newest 200 of the experiment when absent.
    jobs: Option<String>,
    /// The metric of the curves, `loss` when absent.
    metric: Option<String>,
    /// train, validation (when absent) or test.
    split: Option<String>,
}

/// Jobs of an experiment side by side: parameters, results, and one metric of each over time.
#[utoipa::path(get, path = "/api/experiments/{id}/compare", tag = "experiments",
    params(("id" = ExperimentId, Path), CompareQuery), responses(
    (status = 200, body = Answer<Comparison>)))]
pub async fn compare(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<ExperimentId>,
    Parameters(query): Parameters<CompareQuery>,
) -> Result<Answer<Comparison>, Failure> {
    let experiment = experiments::get(&state.platform, &principal, id).await?;
    let split = match query.split.as_deref().filter(|text| !text.is_empty()) {
        None => Split::Validation,
        Some(text) => {
            Split::parse(text).ok_or_else(|| ApiError::field("split", "Must be train, validation or test."))?
        }
    };
    let ids = query.jobs.as_deref().filter(|text| !text.is_empty()).map(parse_ids).transpose()?;
    let metric = query.metric.as_deref().filter(|text| !text.is_empty()).unwrap_or("loss");
    let curves = CurvesOf::fine(metric, split);
    let compared = jobs::compare_in(&state.platform, &principal, experiment.id, ids.as_deref(), curves).await?;
    Ok(Answer::new(compared))
}

fn parse_ids(text: &str) -> Result<Vec<JobId>, ApiError> {
    let ids: Result<Vec<JobId>, _> = text.split(',').map(|id| id.trim().parse()).collect();
    ids.map_err(|_| ApiError::field("jobs", format!("Must be at most {MAX_COMPARED} ids with commas between them.")))
}
