//! Multipart bodies: one part `file`, streamed to disk, and an optional part `name`, in any order.

use axum::{
    extract::{FromRequest, Multipart, Request},
    http::{StatusCode, header},
};
use domain::{ApiError, ErrorCode, Principal};
use platform::datasets::{self, Upload};

use super::error::Failure;
use crate::state::AppState;

/// Longest name that is read; the platform says how long it may be.
const NAME_BYTES: usize = 4_096;
/// What boundaries and part headers may add to the file.
const OVERHEAD_BYTES: u64 = 65_536;

/// The file on disk, and the name that was given.
pub async fn read(
    state: &AppState,
    principal: &Principal,
    request: Request,
) -> Result<(Upload, Option<String>), Failure> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > state.max_upload_bytes + OVERHEAD_BYTES) {
        let why =
            format!("The file is larger than {} MB, the most this server takes.", state.max_upload_bytes / 1_000_000);
        return Err(ApiError::new(ErrorCode::TooLarge, why.clone()).with_field("file", why).into());
    }
    let mut multipart = Multipart::from_request(request, state).await.map_err(|_| {
        let sentence = "Send multipart/form-data with a part named file.";
        Failure(ApiError::new(ErrorCode::UnsupportedMediaType, sentence))
    })?;
    let (mut upload, mut name) = (None, None);
    while let Some(mut field) = multipart.next_field().await.map_err(|error| broken(&error))? {
        match field.name() {
            Some("file") if upload.is_none() => {
                let file_name = field.file_name().unwrap_or_default().to_owned();
                upload = Some(datasets::receive(&state.platform, principal, &file_name, field).await?);
            }
            Some("file") => return Err(ApiError::field("file", "Send one file at a time.").into()),
            Some("name") => {
                let mut bytes = Vec::new();
                while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
                    bytes.extend_from_slice(&chunk);
                    if bytes.len() > NAME_BYTES {
                        return Err(ApiError::field("name", "Is too long.").into());
                    }
                }
                let text = String::from_utf8(bytes).map_err(|_| ApiError::field("name", "Is not UTF-8."))?;
                name = Some(text);
            }
            Some(other) => return Err(ApiError::field(other, "There is no such field.").into()),
            None => return Err(ApiError::new(ErrorCode::BadRequest, "A part of the body has no name.").into()),
        }
    }
    let upload = upload.ok_or_else(|| ApiError::field("file", "Choose a file."))?;
    Ok((upload, name))
}

fn broken(error: &axum::extract::multipart::MultipartError) -> Failure {
    let code =
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE { ErrorCode::TooLarge } else { ErrorCode::BadRequest };
    ApiError::new(code, format!("The upload could not be read: {}.", error.body_text())).into()
}
