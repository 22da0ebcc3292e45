//! Sends a stored file without reading it into memory.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use domain::{ApiError, ErrorCode};
use platform::datasets::StoredFile;
use tokio_util::io::ReaderStream;

use super::error::Failure;

/// An attachment under its own name.
pub async fn send_file(file: StoredFile, content_type: &'static str) -> Result<Response, Failure> {
    let opened = tokio::fs::File::open(&file.path).await.map_err(|error| {
        tracing::error!(path = %file.path.display(), %error, "a recorded file cannot be opened");
        ApiError::new(ErrorCode::Unavailable, "The file is missing on the server.")
    })?;
    let length = opened.metadata().await.map_or(file.size_bytes, |metadata| metadata.len());
    let mut response = Response::new(Body::from_stream(ReaderStream::with_capacity(opened, 65_536)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Ok(value) = HeaderValue::from_str(&disposition(&file.file_name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    if let Ok(value) = HeaderValue::from_str(&format!("\"{}\"", file.sha256)) {
        headers.insert(header::ETAG, value);
    }
    Ok(response)
}

/// RFC 6266: a plain name for old clients, the true one in UTF-8 for the others.
fn disposition(file_name: &str) -> String {
    let plain: String =
        file_name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_ ".contains(c) { c } else { '_' }).collect();
    let encoded: String = file_name
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn names_cannot_leave_their_quotes() {
        let header = disposition("a\"\r\nx: é.csv");
        assert_eq!(header, "attachment; filename=\"a___x_ _.csv\"; filename*=UTF-8''a%22%0D%0Ax%3A%20%C3%A9.csv");
    }
}
