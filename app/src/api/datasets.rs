//! Datasets for the pages.

use domain::{
    DatasetId, ErrorCode,
    dataset::{DatasetView, Preview},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{error::UiError, list_page::ListPage};

/// A dataset with its first rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DatasetDetail {
    pub dataset: DatasetView,
    pub preview: Preview,
}

#[cfg(feature = "ssr")]
const PREVIEW_ROWS: usize = 24;

/// A page of the caller's datasets and the samples, which come last.
#[server(prefix = "/api/fn", endpoint = "page_of_datasets")]
pub async fn page_of_datasets(#[server(default)] cursor: String) -> Result<ListPage<DatasetView>, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let page = platform::datasets::list(&platform, &principal, &super::list_page::page_at(cursor)).await;
    page.map(ListPage::from).map_err(crate::ssr::fail)
}

/// All of them, for a choice.
#[server(prefix = "/api/fn", endpoint = "list_datasets")]
pub async fn list_datasets() -> Result<Vec<DatasetView>, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::datasets::all(&platform, &principal).await.map_err(crate::ssr::fail)
}

/// One dataset.
#[server(prefix = "/api/fn", endpoint = "get_dataset")]
pub async fn get_dataset(id: DatasetId) -> Result<DatasetDetail, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let dataset = platform::datasets::get(&platform, &principal, id).await.map_err(crate::ssr::fail)?;
    let preview =
        platform::datasets::preview(&platform, &principal, id, PREVIEW_ROWS).await.map_err(crate::ssr::fail)?;
    Ok(DatasetDetail { dataset, preview })
}

/// Where the upload form goes: to a handler of the server's, which limits what it reads as REST does.
pub const UPLOAD_PATH: &str = "/api/fn/upload_dataset";

#[derive(Deserialize)]
struct Uploaded {
    dataset: DatasetView,
}

/// Sends the upload form from the browser: a part `file` and an optional part `name`.
///
/// # Errors
/// What the server refused, or `offline`.
pub async fn upload_dataset(form: web_sys::FormData) -> Result<DatasetView, UiError> {
    let offline = |_| UiError::of(ErrorCode::Offline);
    let request = gloo_net::http::Request::post(UPLOAD_PATH).header("accept", "application/json");
    let answer = request.body(form).map_err(offline)?.send().await.map_err(offline)?;
    if answer.ok() {
        return answer.json::<Uploaded>().await.map(|uploaded| uploaded.dataset).map_err(offline);
    }
    // Something between us and the server may have answered instead of it.
    Err(answer.json().await.map_or_else(|_| UiError::of(ErrorCode::Unavailable), UiError))
}

/// Removes a dataset and goes to the list.
#[server(prefix = "/api/fn", endpoint = "delete_dataset")]
pub async fn delete_dataset(id: DatasetId) -> Result<(), UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::datasets::delete(&platform, &principal, id).await.map_err(crate::ssr::fail)?;
    leptos_axum::redirect("/datasets");
    Ok(())
}
