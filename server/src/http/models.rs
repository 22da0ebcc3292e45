//! `/api/models`: looking at trained models and asking them.

use axum::{
    extract::{Request, State},
    http::header,
    response::Response,
};
use domain::{
    ModelId,
    model::{ModelView, PredictRequest, Prediction},
};
use platform::models;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Answer,
    answer::Done,
    conditional::Conditions,
    error::Failure,
    extract::{self, Id, IdAnd, Parameters},
    listing::ListQuery,
    principal::CurrentUser,
    send_file::send_file,
};
use crate::state::AppState;

#[derive(Serialize, ToSchema)]
pub struct OneModel {
    model: ModelView,
}

#[derive(Serialize, ToSchema)]
pub struct ManyModels {
    models: Vec<ModelView>,
    /// How many match on all pages.
    count: u64,
    /// Give it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Predictions {
    /// In the order of the rows.
    predictions: Vec<Prediction>,
}

/// The caller's models, newest first.
#[utoipa::path(get, path = "/api/models", tag = "models", params(ListQuery), responses(
    (status = 200, body = Answer<ManyModels>)))]
pub async fn list(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Answer<ManyModels>, Failure> {
    let page = models::list(&state.platform, &principal, &query.filter()?).await?;
    Ok(Answer::new(ManyModels { models: page.items, count: page.count, next_cursor: page.next_cursor }))
}

/// One model: what it asks for, what it answers, how good it is, with its evaluation report.
#[utoipa::path(get, path = "/api/models/{id}", tag = "models", params(("id" = ModelId, Path)), responses(
    (status = 200, body = Answer<OneModel>)))]
pub async fn get(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<ModelId>,
) -> Result<Answer<OneModel>, Failure> {
    Ok(Answer::new(OneModel { model: models::with_report(&state.platform, &principal, id).await? }))
}

/// Removes a model; its job stays.
#[utoipa::path(delete, path = "/api/models/{id}", tag = "models", params(("id" = ModelId, Path)), responses(
    (status = 200, body = Answer<Done>)))]
pub async fn delete(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<ModelId>,
) -> Result<Answer<Done>, Failure> {
    models::delete(&state.platform, &principal, id).await?;
    Ok(Answer::new(Done {}))
}

/// Predicts rows: JSON `{"rows":[{"column":value}]}`, or a CSV body with a header.
#[utoipa::path(post, path = "/api/models/{id}/predict", tag = "models", params(("id" = ModelId, Path)),
    request_body(content((PredictRequest = "application/json"), (String = "text/csv"))), responses(
    (status = 200, body = Answer<Predictions>),
    (status = 422, description = "A row is wrong; `fields` names it")))]
pub async fn predict(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<ModelId>,
    request: Request,
) -> Result<Answer<Predictions>, Failure> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let csv = kind.starts_with("text/csv");
    let body = extract::whole_body(request, &state).await?;
    let rows = if csv { models::rows_from_csv(&body)? } else { extract::parse_json::<PredictRequest>(&body)?.rows };
    let predictions = models::predict(&state.platform, &principal, id, rows).await?;
    Ok(Answer::new(Predictions { predictions }))
}

/// The bundle: weights, encoder, card, in one zip.
#[utoipa::path(get, path = "/api/models/{id}/download", tag = "models", params(("id" = ModelId, Path)), responses(
    (status = 200, description = "The bundle", body = Vec<u8>, content_type = "application/zip")))]
pub async fn download(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    Id(id): Id<ModelId>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    send_file(models::bundle(&state.platform, &principal, id).await?, "application/zip", &conditions).await
}

/// One file of the bundle: `model.safetensors`, `model.onnx`, `encoder.json`, `model.json`, `report.json` or `model-card.md`.
#[utoipa::path(get, path = "/api/models/{id}/files/{file}", tag = "models",
    params(("id" = ModelId, Path), ("file" = String, Path)), responses(
    (status = 200, description = "The file", content(
        (Vec<u8> = "application/octet-stream"), (serde_json::Value = "application/json"), (String = "text/markdown")))))]
pub async fn file(
    State(state): State<AppState>,
    CurrentUser(principal): CurrentUser,
    IdAnd(id, name): IdAnd<ModelId>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    let (file, content_type) = models::file(&state.platform, &principal, id, &name).await?;
    send_file(file, content_type, &conditions).await
}
