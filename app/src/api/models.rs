//! Models for the pages.

use domain::{
    ModelId,
    model::{ModelView, Prediction, Row},
};
use leptos::{prelude::*, server_fn::codec::Json};

use super::{error::UiError, list_page::ListPage};

/// A page of the caller's models, newest first.
#[server(prefix = "/api/fn", endpoint = "list_models")]
pub async fn list_models(#[server(default)] cursor: String) -> Result<ListPage<ModelView>, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let page = platform::models::list(&platform, &principal, &super::list_page::page_at(cursor)).await;
    page.map(ListPage::from).map_err(crate::ssr::fail)
}

/// One model with its evaluation report.
#[server(prefix = "/api/fn", endpoint = "get_model")]
pub async fn get_model(id: ModelId) -> Result<ModelView, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::models::with_report(&platform, &principal, id).await.map_err(crate::ssr::fail)
}

/// One prediction a row.
#[server(prefix = "/api/fn", endpoint = "predict", input = Json)]
pub async fn predict(id: ModelId, rows: Vec<Row>) -> Result<Vec<Prediction>, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::models::predict(&platform, &principal, id, rows).await.map_err(crate::ssr::fail)
}

/// Removes a model and goes to the list.
#[server(prefix = "/api/fn", endpoint = "delete_model")]
pub async fn delete_model(id: ModelId) -> Result<(), UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::models::delete(&platform, &principal, id).await.map_err(crate::ssr::fail)?;
    leptos_axum::redirect("/models");
    Ok(())
}
