//! Scripts, styles and static files, compressed ahead of time.

use std::borrow::Cow;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use crate::site::{Asset, Site};

/// The file at `path`, if the built page has one.
pub fn serve(site: &Site, path: &str, headers: &HeaderMap) -> Option<Response> {
    site.asset(path).map(|asset| answer(asset, headers))
}

fn answer(asset: &Asset, headers: &HeaderMap) -> Response {
    let asked = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = if asked(header::IF_NONE_MATCH).contains(&asset.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let accepted = asked(header::ACCEPT_ENCODING);
        let (bytes, encoding) = match (&asset.brotli, &asset.gzip) {
            (Some(brotli), _) if accepted.contains("br") => (brotli, Some("br")),
            (_, Some(gzip)) if accepted.contains("gzip") => (gzip, Some("gzip")),
            _ => (&asset.plain, None),
        };
        let mut response = Response::new(Body::from(shared(bytes)));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
        if let Some(encoding) = encoding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    };
    let caching = if asset.immutable { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::from_str(&asset.etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}

#[expect(clippy::ptr_arg, reason = "a slice would no longer know that embedded bytes live forever")]
fn shared(bytes: &Cow<'static, [u8]>) -> Bytes {
    match bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::copy_from_slice(bytes),
    }
}
