//! Pages of other origins that may call the API, such as Trunk's while developing. There are none unless `CORS_ORIGIN`
//! names them.

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::origin::Origin;

/// For exactly these, with their cookies. Every answer says that it varies by origin.
pub fn layer(origins: &[Origin]) -> Option<CorsLayer> {
    let values: Vec<_> = origins.iter().filter_map(|origin| HeaderValue::try_from(origin.to_string()).ok()).collect();
    (!values.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(values))
            .allow_credentials(true)
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            .allow_headers([
                header::CONTENT_TYPE,
                header::AUTHORIZATION,
                header::IF_NONE_MATCH,
                header::RANGE,
                header::IF_RANGE,
                HeaderName::from_static("idempotency-key"),
            ])
            .expose_headers([
                header::ETAG,
                header::ACCEPT_RANGES,
                header::CONTENT_RANGE,
                header::CONTENT_DISPOSITION,
                header::RETRY_AFTER,
                HeaderName::from_static("x-request-id"),
            ])
    })
}
