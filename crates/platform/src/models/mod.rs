//! Trained models: showing them, asking them, giving them out.

pub(crate) mod sql;

use std::{io, path::Path, sync::Arc};

use domain::{
    ApiError, ErrorCode, ModelId, Principal,
    job::Device,
    model::{MAX_PREDICT_ROWS, ModelView, Prediction, Row},
    report::Report,
};

use crate::{
    Breakpoint, Error, ListFilter, Page, Platform, blob,
    datasets::{self, StoredFile},
    page, shares,
};

/// Asks a model on disk. `server` implements it with `engine`, so that this crate needs no Burn.
pub trait Predictor: Send + Sync + 'static {
    /// One answer a row, in the order of the rows. Blocking.
    ///
    /// # Errors
    /// `validation_failed` with fields such as `rows[3].petal_length`.
    fn predict(&self, model_dir: &Path, rows: &[Row]) -> Result<Vec<Prediction>, ApiError>;

    /// Devices that jobs can be trained on here.
    fn devices(&self) -> Vec<Device> {
        Device::CPU.to_vec()
    }
}

/// A page of the models that the caller may see, newest first.
///
/// # Errors
/// `validation_failed` for a cursor that is none.
pub async fn list(platform: &Platform, principal: &Principal, filter: &ListFilter) -> Result<Page<ModelView>, Error> {
    page::read::<sql::Models>(&platform.db, principal, filter).await
}

/// One model, without its report.
///
/// # Errors
/// `not_found`, also when it is somebody else's.
pub async fn get(platform: &Platform, principal: &Principal, id: ModelId) -> Result<ModelView, Error> {
    sql::find(&platform.db, principal, id).await?.ok_or_else(|| ApiError::not_found("model").into())
}

/// One model with its evaluation report.
///
/// # Errors
/// `not_found`, also when it is somebody else's.
pub async fn with_report(platform: &Platform, principal: &Principal, id: ModelId) -> Result<ModelView, Error> {
    let model = get(platform, principal, id).await?;
    let report = read_report(&platform.data.model(id).join("report.json")).await;
    Ok(ModelView { report: report.map(Box::new), ..model })
}

/// `None` for a model from before there were reports. One that cannot be read is no reason to hide the model.
async fn read_report(path: &Path) -> Option<Report> {
    match tokio::fs::read(path).await.and_then(|bytes| serde_json::from_slice(&bytes).map_err(io::Error::other)) {
        Ok(report) => Some(report),
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::error!(path = %path.display(), %error, "the report of a model cannot be read");
            }
            None
        }
    }
}

/// Removes a model; its job stays.
pub async fn delete(platform: &Platform, principal: &Principal, id: ModelId) -> Result<(), Error> {
    let model = get(platform, principal, id).await?;
    let owner = sql::owner(&platform.db, id).await?.ok_or_else(|| ApiError::not_found("model"))?;
    shares::require_owner(principal, owner)?;
    sql::delete(&platform.db, model.id, model.job_id).await?;
    Breakpoint::ModelForgotten.reached();
    blob::remove(&platform.data.model(id)).map_err(Error::storage("remove the model's files"))
}

/// One prediction a row, in the order of the rows.
///
/// # Errors
/// `validation_failed` with the fields that are wrong.
pub async fn predict(
    platform: &Platform,
    principal: &Principal,
    id: ModelId,
    rows: Vec<Row>,
) -> Result<Vec<Prediction>, Error> {
    let model = get(platform, principal, id).await?;
    if rows.is_empty() {
        return Err(ApiError::field("rows", "Give at least one row.").into());
    }
    if rows.len() > MAX_PREDICT_ROWS {
        let why = format!("At most {MAX_PREDICT_ROWS} rows in one request; this has {}.", rows.len());
        return Err(ApiError::field("rows", why).into());
    }
    let (predictor, directory) = (Arc::clone(&platform.predictor), platform.data.model(model.id));
    let answered = tokio::task::spawn_blocking(move || predictor.predict(&directory, &rows)).await;
    Ok(answered.map_err(|error| Error::Internal(format!("predicting failed: {error}")))??)
}

/// Rows of a CSV body with a header.
///
/// # Errors
/// `invalid_dataset` with line and reason.
pub fn rows_from_csv(body: &[u8]) -> Result<Vec<Row>, Error> {
    dataset::parse_rows(body).map_err(datasets::refuse)
}

/// The archive with everything: weights, encoder, card.
pub async fn bundle(platform: &Platform, principal: &Principal, id: ModelId) -> Result<StoredFile, Error> {
    let model = get(platform, principal, id).await?;
    let path = platform.data.model(model.id).join("bundle.zip");
    if !path.exists() {
        tracing::error!(model = %id, "the bundle of a recorded model is missing");
        return Err(ApiError::new(ErrorCode::Unavailable, "The files of this model are missing on the server.").into());
    }
    Ok(StoredFile {
        path,
        file_name: format!("{}.zip", file_stem(&model.name)),
        size_bytes: model.size_bytes,
        sha256: model.sha256,
    })
}

/// The files of a model that are given out one by one, and what is in them.
const FILES: [(&str, &str); 6] = [
    ("model.safetensors", "application/octet-stream"),
    ("model.onnx", "application/octet-stream"),
    ("encoder.json", "application/json"),
    ("model.json", "application/json"),
    ("report.json", "application/json"),
    ("model-card.md", "text/markdown; charset=utf-8"),
];

/// One file of the archive, and its content type.
///
/// # Errors
/// `not_found`, when the model is somebody else's, or has no such file: one from before there were reports has none.
pub async fn file(
    platform: &Platform,
    principal: &Principal,
    id: ModelId,
    name: &str,
) -> Result<(StoredFile, &'static str), Error> {
    let model = get(platform, principal, id).await?;
    // What is asked for never becomes a path.
    let found = FILES.iter().find(|(known, _)| *known == name);
    let (name, content_type) = *found.ok_or_else(|| ApiError::not_found("file"))?;
    let path = platform.data.model(model.id).join(name);
    let size_bytes = tokio::fs::metadata(&path).await.map_err(|_| ApiError::not_found("file"))?.len();
    // A model never changes: its weights and the name say which file it is.
    let sha256 = format!("{}.{name}", model.sha256);
    Ok((StoredFile { path, file_name: name.to_owned(), size_bytes, sha256 }, content_type))
}

/// A name that every file system takes: `iris · mlp` becomes `iris-mlp`.
fn file_stem(name: &str) -> String {
    let mut stem = String::new();
    for c in name.chars().take(80) {
        if c.is_ascii_alphanumeric() || c == '_' {
            stem.push(c);
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
    }
    let stem = stem.trim_end_matches('-');
    if stem.is_empty() { "model".to_owned() } else { stem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::file_stem;

    #[test]
    fn file_names_are_plain() {
        assert_eq!(file_stem("iris · mlp"), "iris-mlp");
        assert_eq!(file_stem("../../x"), "x");
        assert_eq!(file_stem("«»"), "model");
    }
}
