//! `/api/datasets`: uploading, looking, downloading, deleting.

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    ApiError, DatasetId,
    dataset::{DatasetFormat, DatasetProfile, DatasetView, Preview, Problem},
};
use platform::datasets::{self, MAX_PREVIEW_ROWS};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Answer,
    answer::Done,
    conditional::Conditions,
    error::Failure,
    extract::{Id, IdAnd, Parameters},
    listing::ListQuery,
    principal::CurrentUser,
    send_file::send_file,
    upload,
};
use crate::state::AppState;

/// The parts of a multipart upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body in the specification")]
pub struct UploadForm {
    /// CSV, TSV or JSONL, gzipped or not, or a zip with one folder of images for each class.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// What to call it; the file name without its ending when absent.
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct OneDataset {
    dataset: DatasetView,
}

#[derive(Serialize, ToSchema)]
pub struct ManyDatasets {
    datasets: Vec<DatasetView>,
    /// How many match on all pages.
    count: u64,
    /// Give it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Check {
    valid: bool,
    /// What is wrong and where, at most a hundred.
    problems: Vec<Problem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<DatasetProfile>,
}

/// Uploads a table: streamed to disk, read once, profiled, kept if it is one.
#[utoipa::path(post, path = "/api/datasets/upload", tag = "datasets",
    request_body(content = UploadForm, content_type = "multipart/form-data"), responses(
    (status = 201, body = Answer<OneDataset>),
    (status = 422, description = "Not a table; `fields.file` names line and reason")))]
pub async fn upload(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    request: Request,
) -> Result<(StatusCode, Answer<OneDataset>), Failure> {
    let (file, name) = upload::open(&state, request).await?.read(&state, &principal).await?;
    Ok(stored(datasets::store(&state.platform, &principal, file, name).await?))
}

/// What is answered to an upload that was kept.
pub fn stored(dataset: DatasetView) -> (StatusCode, Answer<OneDataset>) {
    (StatusCode::CREATED, Answer::new(OneDataset { dataset }))
}

/// Says what is wrong with a file, without keeping it.
#[utoipa::path(post, path = "/api/datasets/validate", tag = "datasets",
    request_body(content = UploadForm, content_type = "multipart/form-data"), responses(
    (status = 200, body = Answer<Check>)))]
pub async fn validate(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    request: Request,
) -> Result<Answer<Check>, Failure> {
    let (file, _) = upload::open(&state, request).await?.read(&state, &principal).await?;
    let checked = datasets::check(file).await?;
    Ok(Answer::new(Check { valid: checked.valid, problems: checked.problems, profile: checked.profile }))
}

/// The caller's datasets, newest first, and then the samples.
#[utoipa::path(get, path = "/api/datasets", tag = "datasets", params(ListQuery), responses(
    (status = 200, body = Answer<ManyDatasets>)))]
pub async fn list(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Answer<ManyDatasets>, Failure> {
    let page = datasets::list(&state.platform, &principal, &query.filter()?).await?;
    Ok(Answer::new(ManyDatasets { datasets: page.items, count: page.count, next_cursor: page.next_cursor }))
}

/// One dataset with its profile.
#[utoipa::path(get, path = "/api/datasets/{id}", tag = "datasets", params(("id" = DatasetId, Path)), responses(
    (status = 200, body = Answer<OneDataset>)))]
pub async fn get(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<DatasetId>,
) -> Result<Answer<OneDataset>, Failure> {
    let dataset = datasets::get(&state.platform, &principal, id).await?;
    Ok(Answer::new(OneDataset { dataset }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PreviewQuery {
    /// Rows that are shown.
    #[param(minimum = 1, maximum = 1000, example = 20)]
    #[serde(default = "default_preview")]
    limit: usize,
}

fn default_preview() -> usize {
    20
}

/// The first rows as text.
#[utoipa::path(get, path = "/api/datasets/{id}/preview", tag = "datasets",
    params(("id" = DatasetId, Path), PreviewQuery), responses(
    (status = 200, body = Answer<Preview>)))]
pub async fn preview(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<DatasetId>,
    Parameters(query): Parameters<PreviewQuery>,
) -> Result<Answer<Preview>, Failure> {
    if !(1..=MAX_PREVIEW_ROWS).contains(&query.limit) {
        return Err(ApiError::field("limit", format!("Must be between 1 and {MAX_PREVIEW_ROWS}.")).into());
    }
    Ok(Answer::new(datasets::preview(&state.platform, &principal, id, query.limit).await?))
}

/// A PNG of 96 x 96 pixels of the image in a row, counted from 0.
#[utoipa::path(get, path = "/api/datasets/{id}/images/{row}", tag = "datasets",
    params(("id" = DatasetId, Path), ("row" = usize, Path)), responses(
    (status = 200, description = "The picture", body = Vec<u8>, content_type = "image/png")))]
pub async fn image(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    IdAnd(id, row): IdAnd<DatasetId>,
) -> Result<Response, Failure> {
    let row = row.parse().map_err(|_| ApiError::not_found("image"))?;
    let png = datasets::thumbnail(&state.platform, &principal, id, row).await?;
    // A dataset never changes, but who may see it does.
    let headers = [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "private, max-age=3600")];
    Ok((headers, png).into_response())
}

/// The bytes as uploaded.
#[utoipa::path(get, path = "/api/datasets/{id}/download", tag = "datasets", params(("id" = DatasetId, Path)), responses(
    (status = 200, description = "The file", content(
        (String = "text/csv"), (String = "text/tab-separated-values"), (String = "application/jsonl"),
        (Vec<u8> = "application/gzip"), (Vec<u8> = "application/zip")))))]
pub async fn download(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<DatasetId>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    let view = datasets::get(&state.platform, &principal, id).await?;
    let content_type = match (view.gzip, view.format) {
        (true, _) => "application/gzip",
        (false, DatasetFormat::Csv) => "text/csv; charset=utf-8",
        (false, DatasetFormat::Tsv) => "text/tab-separated-values; charset=utf-8",
        (false, DatasetFormat::Jsonl) => "application/jsonl",
        (false, DatasetFormat::Images) => "application/zip",
    };
    send_file(datasets::file(&state.platform, &principal, id).await?, content_type, &conditions).await
}

/// Removes a dataset; its jobs and models stay.
#[utoipa::path(delete, path = "/api/datasets/{id}", tag = "datasets", params(("id" = DatasetId, Path)), responses(
    (status = 200, body = Answer<Done>),
    (status = 409, description = "A job is still using it")))]
pub async fn delete(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<DatasetId>,
) -> Result<Answer<Done>, Failure> {
    datasets::delete(&state.platform, &principal, id).await?;
    Ok(Answer::new(Done {}))
}
