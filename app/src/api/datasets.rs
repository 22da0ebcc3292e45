//! Datasets for the pages.

use domain::{
    DatasetId,
    dataset::{DatasetView, Preview},
};
use leptos::{
    prelude::*,
    server_fn::codec::{MultipartData, MultipartFormData},
};
use serde::{Deserialize, Serialize};

use super::error::UiError;

/// A dataset with its first rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DatasetDetail {
    pub dataset: DatasetView,
    pub preview: Preview,
}

#[cfg(feature = "ssr")]
const PREVIEW_ROWS: usize = 20;

/// The caller's datasets and the samples.
#[server(prefix = "/api/fn", endpoint = "list_datasets")]
pub async fn list_datasets() -> Result<Vec<DatasetView>, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::datasets::list(&platform, &principal).await.map_err(crate::ssr::fail)
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

/// A form with a part `file` and an optional part `name`; goes to the dataset's page.
#[server(prefix = "/api/fn", endpoint = "upload_dataset", input = MultipartFormData)]
pub async fn upload_dataset(data: MultipartData) -> Result<DatasetView, UiError> {
    use domain::{ApiError, ErrorCode};
    use platform::datasets;
    let (platform, principal) = crate::ssr::caller()?;
    let broken = |error: &dyn std::fmt::Display| {
        let sentence = format!("The upload could not be read: {error}.");
        crate::ssr::fail(ApiError::new(ErrorCode::BadRequest, sentence).into())
    };
    let mut parts = data.into_inner().ok_or_else(|| UiError(ApiError::internal()))?;
    let (mut upload, mut name) = (None, None);
    while let Some(field) = parts.next_field().await.map_err(|error| broken(&error))? {
        match field.name() {
            Some("file") => {
                let file_name = field.file_name().unwrap_or_default().to_owned();
                if file_name.is_empty() {
                    return Err(crate::ssr::fail(ApiError::field("file", "Choose a file.").into()));
                }
                let received = datasets::receive(&platform, &principal, &file_name, field).await;
                upload = Some(received.map_err(crate::ssr::fail)?);
            }
            Some("name") => name = Some(field.text().await.map_err(|error| broken(&error))?),
            _ => {}
        }
    }
    let missing = || crate::ssr::fail(ApiError::field("file", "Choose a file.").into());
    let dataset =
        datasets::store(&platform, &principal, upload.ok_or_else(missing)?, name).await.map_err(crate::ssr::fail)?;
    leptos_axum::redirect(&format!("/datasets/{}", dataset.id));
    Ok(dataset)
}

/// Removes a dataset and goes to the list.
#[server(prefix = "/api/fn", endpoint = "delete_dataset")]
pub async fn delete_dataset(id: DatasetId) -> Result<(), UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::datasets::delete(&platform, &principal, id).await.map_err(crate::ssr::fail)?;
    leptos_axum::redirect("/datasets");
    Ok(())
}
