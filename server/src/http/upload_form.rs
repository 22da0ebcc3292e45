//! `POST /api/fn/upload_dataset`: what the page's upload form sends, with JavaScript and without. A handler like those of
//! REST, with their limits: a server function would read the body before it is known who sends it, and without any.

use app::api::{datasets::UPLOAD_PATH, error::UiError};
use axum::{
    extract::{Request, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::{ApiError, Principal, dataset::DatasetView};
use leptos::server_fn::error::ServerFnUrlError;
use platform::datasets;

use super::{
    datasets::stored,
    error::{Failure, wants_html},
    upload,
};
use crate::state::AppState;

/// Programs and scripts get JSON; a form gets the page of the dataset, or its own page with the error in the address.
pub async fn upload(State(state): State<AppState>, request: Request) -> Response {
    let html = wants_html(request.headers());
    match store(&state, request).await {
        Ok(dataset) if html => Redirect::to(&format!("/datasets/{}", dataset.id)).into_response(),
        Ok(dataset) => stored(dataset).into_response(),
        Err(Failure(error)) if html => Redirect::to(&form_with(error)).into_response(),
        Err(failure) => failure.into_response(),
    }
}

async fn store(state: &AppState, request: Request) -> Result<DatasetView, Failure> {
    let principal = request.extensions().get::<Principal>().cloned();
    let form = upload::open(state, request).await?;
    let principal = principal.ok_or_else(ApiError::unauthenticated)?;
    let (file, name) = form.read(state, &principal).await?;
    Ok(datasets::store(&state.platform, &principal, file, name).await?)
}

/// The address of the form's page with what went wrong, as Leptos writes and reads it.
fn form_with(error: ApiError) -> String {
    // Only a whole address can be given a query; nobody is sent to this host.
    let with = ServerFnUrlError::new(UPLOAD_PATH, UiError(error)).to_url("http://localhost/datasets");
    let query = with.ok().and_then(|url| url.query().map(str::to_owned)).unwrap_or_default();
    format!("/datasets?{query}")
}
