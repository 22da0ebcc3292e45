//! `/api/training`: submitting jobs, watching them, controlling them.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{
    ApiError, DatasetId, ExperimentId, JobId,
    job::{
        Continuation, Estimate, JobChanges, JobQuery, JobState, JobStatus, JobSummary, LogLine, MetricPoint,
        TrainingRequest, Usage,
    },
};
use platform::{
    jobs::{self, IdempotencyKey, JobFilter, JobOrder, MetricsQuery},
    models,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Answer,
    answer::Done,
    conditional::Conditions,
    error::Failure,
    extract::{Body, Id, OptionalBody, Parameters, sequence},
    listing,
    principal::CurrentUser,
    send_file::send_file,
};
use crate::state::AppState;

#[derive(Serialize, ToSchema)]
pub struct Accepted {
    /// The new job.
    job_id: JobId,
    /// Where it begins.
    status: JobState,
    /// A sentence for a person.
    message: String,
}

#[derive(Serialize, ToSchema)]
pub struct OneJob {
    status: JobStatus,
}

#[derive(Serialize, ToSchema)]
pub struct ManyJobs {
    jobs: Vec<JobSummary>,
    /// How many match on all pages.
    count: u64,
    /// Give it as `cursor` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Metrics {
    metrics: Vec<MetricPoint>,
    /// The newest sequence number of the job.
    last_seq: u64,
}

#[derive(Serialize, ToSchema)]
pub struct Samples {
    /// Oldest first.
    usage: Vec<Usage>,
}

#[derive(Serialize, ToSchema)]
pub struct Log {
    lines: Vec<LogLine>,
}

/// The same for a submission that is sent again, wherever the job stands by now.
fn accepted(job: &JobStatus) -> (StatusCode, Answer<Accepted>) {
    let message = "Waiting for a free slot.".to_owned();
    let body = Accepted { job_id: job.summary.job_id, status: JobState::Queued, message };
    (StatusCode::CREATED, Answer::new(body))
}

/// Submits a job. Only `dataset` is required; what is absent is chosen well and recorded in `params`. Sent again with the
/// same `Idempotency-Key` within a day it gives the same job.
#[utoipa::path(post, path = "/api/training", tag = "training", request_body = TrainingRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters", pattern = "^[!-~]+$",
        min_length = 1, max_length = 255)), responses(
    (status = 201, body = Answer<Accepted>),
    (status = 409, description = "The job that this key made has been deleted")))]
pub async fn submit(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    headers: HeaderMap,
    Body(request): Body<TrainingRequest>,
) -> Result<(StatusCode, Answer<Accepted>), Failure> {
    // What is not ASCII is refused like any other wrong key.
    let key = headers.get("idempotency-key").map(|key| IdempotencyKey::parse(key.to_str().unwrap_or_default()));
    Ok(accepted(&jobs::submit(&state.platform, &principal, request, key.transpose()?.as_ref()).await?))
}

#[derive(Serialize, ToSchema)]
pub struct Estimated {
    estimate: Estimate,
}

/// What a job would take: the same request as to submit it, and nothing is submitted.
#[utoipa::path(post, path = "/api/training/estimate", tag = "training", request_body = TrainingRequest, responses(
    (status = 200, body = Answer<Estimated>)))]
pub async fn estimate(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Body(request): Body<TrainingRequest>,
) -> Result<Answer<Estimated>, Failure> {
    Ok(Answer::new(Estimated { estimate: jobs::estimate(&state.platform, &principal, request).await? }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StatusQuery {
    /// The id of the job.
    #[param(value_type = JobId)]
    job_id: String,
}

/// One job, by query.
#[utoipa::path(get, path = "/api/training/status", tag = "training", params(StatusQuery), responses(
    (status = 200, body = Answer<OneJob>)))]
pub async fn status(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Parameters(query): Parameters<StatusQuery>,
) -> Result<Answer<OneJob>, Failure> {
    let id = query.job_id.parse().map_err(|_| ApiError::not_found("job"))?;
    Ok(Answer::new(OneJob { status: jobs::get(&state.platform, &principal, id).await? }))
}

/// One job.
#[utoipa::path(get, path = "/api/training/{id}", tag = "training", params(("id" = JobId, Path)), responses(
    (status = 200, body = Answer<OneJob>)))]
pub async fn get(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<JobId>,
) -> Result<Answer<OneJob>, Failure> {
    Ok(Answer::new(OneJob { status: jobs::get(&state.platform, &principal, id).await? }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// QUEUED, STARTING, LOADING, RUNNING, COMPLETED, FAILED or STOPPED.
    status: Option<String>,
    /// Only jobs on this dataset.
    dataset_id: Option<String>,
    /// Only jobs of this experiment.
    experiment_id: Option<String>,
    /// Conditions that all hold: `status:running lr<0.01 tag:baseline accuracy>0.9 iris`.
    query: Option<String>,
    /// Part of the name, the dataset's name or the target.
    search: Option<String>,
    /// created_at, name, status, loss, finished_at, or the name of a metric or parameter; with a minus the other way round;
    /// -created_at when absent.
    sort: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200, example = 50)]
    #[serde(default = "listing::usual")]
    limit: u32,
}

/// The caller's jobs, newest first unless asked otherwise.
#[utoipa::path(get, path = "/api/training/jobs", tag = "training", params(ListQuery), responses(
    (status = 200, body = Answer<ManyJobs>)))]
pub async fn list(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Answer<ManyJobs>, Failure> {
    let filter = JobFilter {
        state: query.status.as_deref().filter(|text| !text.is_empty()).map(parse_state).transpose()?,
        dataset: query.dataset_id.as_deref().filter(|text| !text.is_empty()).map(parse_dataset).transpose()?,
        experiment: query.experiment_id.as_deref().filter(|text| !text.is_empty()).map(parse_experiment).transpose()?,
        query: JobQuery::parse(query.query.as_deref().unwrap_or_default()).map_err(ApiError::from)?,
        search: query.search,
        order: query
            .sort
            .as_deref()
            .filter(|text| !text.is_empty())
            .map_or(Ok(JobOrder::default()), JobOrder::parse)?,
        cursor: query.cursor.filter(|text| !text.is_empty()),
        limit: listing::checked(query.limit)?,
    };
    let page = jobs::list(&state.platform, &principal, filter).await?;
    Ok(Answer::new(ManyJobs { jobs: page.jobs, count: page.count, next_cursor: page.next_cursor }))
}

fn parse_state(text: &str) -> Result<JobState, ApiError> {
    JobState::parse(&text.to_ascii_uppercase()).ok_or_else(|| {
        let all = JobState::ALL.map(JobState::as_str).join(", ");
        ApiError::field("status", format!("Must be one of {all}."))
    })
}

fn parse_dataset(text: &str) -> Result<DatasetId, ApiError> {
    text.parse().map_err(|_| ApiError::field("dataset_id", "Is not an id."))
}

fn parse_experiment(text: &str) -> Result<ExperimentId, ApiError> {
    text.parse().map_err(|_| ApiError::field("experiment_id", "Is not an id."))
}

/// Changes a job's name, tags, note or experiment, at any time; what is absent stays as it is.
#[utoipa::path(patch, path = "/api/training/{id}", tag = "training", params(("id" = JobId, Path)),
    request_body = JobChanges, responses(
    (status = 200, body = Answer<OneJob>)))]
pub async fn change(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<JobId>,
    Body(changes): Body<JobChanges>,
) -> Result<Answer<OneJob>, Failure> {
    Ok(Answer::new(OneJob { status: jobs::change(&state.platform, &principal, id, changes).await? }))
}

/// Ends a job after its current step, keeping a checkpoint. Stopping what has ended changes nothing.
#[utoipa::path(post, path = "/api/training/{id}/stop", tag = "training", params(("id" = JobId, Path)), responses(
    (status = 200, body = Answer<OneJob>)))]
pub async fn stop(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<JobId>,
) -> Result<Answer<OneJob>, Failure> {
    Ok(Answer::new(OneJob { status: jobs::stop(&state.platform, &principal, id).await? }))
}

/// Lets a stopped or failed job go on from its last checkpoint, and a completed one for more epochs. The body may be left
/// out when nothing changes.
#[utoipa::path(post, path = "/api/training/{id}/resume", tag = "training", params(("id" = JobId, Path)),
    request_body = Option<Continuation>, responses(
    (status = 200, body = Answer<OneJob>), (status = 409)))]
pub async fn resume(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<JobId>,
    OptionalBody(changes): OptionalBody<Continuation>,
) -> Result<Answer<OneJob>, Failure> {
    Ok(Answer::new(OneJob { status: jobs::resume(&state.platform, &principal, id, &changes).await? }))
}

/// Trains a stopped or failed job again from the beginning.
#[utoipa::path(post, path = "/api/training/{id}/retry", tag = "training", params(("id" = JobId, Path)), responses(
    (status = 200, body = Answer<OneJob>), (status = 409)))]
pub async fn retry(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<JobId>,
) -> Result<Answer<OneJob>, Failure> {
    Ok(Answer::new(OneJob { status: jobs::retry(&state.platform, &principal, id).await? }))
}

/// Submits a new job with the parameters of this one, but for those in the body, which may be left out.
#[utoipa::path(post, path = "/api/training/{id}/clone", tag = "training", params(("id" = JobId, Path)),
    request_body = Option<TrainingRequest>, responses(
    (status = 201, body = Answer<Accepted>), (status = 409)))]
pub async fn clone(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<JobId>,
    OptionalBody(changes): OptionalBody<TrainingRequest>,
) -> Result<(StatusCode, Answer<Accepted>), Failure> {
    Ok(accepted(&jobs::clone(&state.platform, &principal, id, changes).await?))
}

/// Removes a job that has ended, with its checkpoints. Its model stays.
#[utoipa::path(delete, path = "/api/training/{id}", tag = "training", params(("id" = JobId, Path)), responses(
    (status = 200, body = Answer<Done>),
    (status = 409, description = "It has not ended")))]
pub async fn delete(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<JobId>,
) -> Result<Answer<Done>, Failure> {
    jobs::delete(&state.platform, &principal, id).await?;
    Ok(Answer::new(Done {}))
}

const MOST_POINTS: usize = 1_000_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CurveQuery {
    /// `loss`, `accuracy`, `rmse`, ...; all when absent.
    name: Option<String>,
    /// At most about this many points of each curve; extremes are kept.
    #[param(minimum = 2, maximum = 1_000_000, example = 200)]
    max_points: Option<usize>,
    /// Only what came after this sequence number.
    #[param(maximum = 9_223_372_036_854_775_807_i64, example = 0)]
    #[serde(default, deserialize_with = "sequence")]
    after: u64,
}

/// The curves of a job.
#[utoipa::path(get, path = "/api/training/{id}/metrics", tag = "training",
    params(("id" = JobId, Path), CurveQuery), responses(
    (status = 200, body = Answer<Metrics>)))]
pub async fn metrics(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<JobId>,
    Parameters(query): Parameters<CurveQuery>,
) -> Result<Answer<Metrics>, Failure> {
    if query.max_points.is_some_and(|most| !(2..=MOST_POINTS).contains(&most)) {
        return Err(ApiError::field("max_points", format!("Must be between 2 and {MOST_POINTS}.")).into());
    }
    let query = MetricsQuery { name: query.name, after: query.after, max_points: query.max_points };
    let (metrics, last_seq) = jobs::metrics(&state.platform, &principal, id, query).await?;
    Ok(Answer::new(Metrics { metrics, last_seq }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// Only lines after this sequence number.
    #[param(maximum = 9_223_372_036_854_775_807_i64, example = 0)]
    #[serde(default, deserialize_with = "sequence")]
    after: u64,
}

/// The log of a job.
#[utoipa::path(get, path = "/api/training/{id}/logs", tag = "training",
    params(("id" = JobId, Path), LogQuery), responses(
    (status = 200, body = Answer<Log>)))]
pub async fn logs(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<JobId>,
    Parameters(query): Parameters<LogQuery>,
) -> Result<Answer<Log>, Failure> {
    Ok(Answer::new(Log { lines: jobs::logs(&state.platform, &principal, id, query.after).await? }))
}

/// What training took of its machine: a sample soon after each start, every five seconds from then on, and more seldom in
/// jobs of more than forty minutes.
#[utoipa::path(get, path = "/api/training/{id}/usage", tag = "training", params(("id" = JobId, Path)), responses(
    (status = 200, body = Answer<Samples>)))]
pub async fn usage(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<JobId>,
) -> Result<Answer<Samples>, Failure> {
    Ok(Answer::new(Samples { usage: jobs::usage(&state.platform, &principal, id).await? }))
}

/// The bundle of the job's model.
#[utoipa::path(get, path = "/api/training/{id}/download", tag = "training", params(("id" = JobId, Path)), responses(
    (status = 200, description = "The bundle", body = Vec<u8>, content_type = "application/zip"),
    (status = 409, description = "There is no model yet")))]
pub async fn download(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<JobId>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    let job = jobs::get(&state.platform, &principal, id).await?;
    let none = || ApiError::conflict("This job has no model (yet).");
    let model = job.summary.progress.model_id.ok_or_else(none)?;
    send_file(models::bundle(&state.platform, &principal, model).await?, "application/zip", &conditions).await
}
