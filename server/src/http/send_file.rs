//! Sends a stored file without reading it into memory.

use std::io::SeekFrom;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{ApiError, ErrorCode};
use platform::datasets::StoredFile;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::{
    conditional::{Conditions, Part, not_modified, put_tag},
    error::Failure,
};

const PIECE_BYTES: usize = 65_536;

/// An attachment under its own name, or the part of it that is asked for, unless the caller has it already.
pub async fn send_file(
    file: StoredFile,
    content_type: &'static str,
    conditions: &Conditions,
) -> Result<Response, Failure> {
    let tag = format!("\"{}\"", file.sha256);
    if conditions.has(&tag) {
        return Ok(not_modified(&tag));
    }
    let out_of_order = |error: std::io::Error| {
        tracing::error!(path = %file.path.display(), %error, "a recorded file cannot be opened");
        ApiError::new(ErrorCode::Unavailable, "The file is missing on the server.")
    };
    let mut opened = tokio::fs::File::open(&file.path).await.map_err(out_of_order)?;
    let length = opened.metadata().await.map_err(out_of_order)?.len();
    let (status, first, count) = match conditions.part(&tag, length) {
        Part::Whole => (StatusCode::OK, 0, length),
        Part::Range(range) => (StatusCode::PARTIAL_CONTENT, *range.start(), range.end() - range.start() + 1),
        Part::Nothing => return Ok(no_such_part(length)),
    };
    opened.seek(SeekFrom::Start(first)).await.map_err(out_of_order)?;
    let body = Body::from_stream(ReaderStream::with_capacity(opened.take(count), PIECE_BYTES));
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(count));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if status == StatusCode::PARTIAL_CONTENT {
        put(headers, header::CONTENT_RANGE, &format!("bytes {first}-{}/{length}", first + count - 1));
    }
    put(headers, header::CONTENT_DISPOSITION, &disposition(&file.file_name));
    put_tag(headers, &tag);
    Ok(response)
}

fn no_such_part(length: u64) -> Response {
    let sentence = format!("The file has {length} bytes; the range begins behind them.");
    let mut response = Failure(ApiError::new(ErrorCode::RangeNotSatisfiable, sentence)).into_response();
    put(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{length}"));
    response
}

fn put(headers: &mut header::HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
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
