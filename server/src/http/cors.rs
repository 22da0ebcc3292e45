//! Pages of other origins that may call the API, such as Trunk's while developing. There are none unless `CORS_ORIGIN`
//! names them.

use axum::http::{HeaderValue, Method, header};
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
            .allow_headers([header::CONTENT_TYPE, header::AUTHORIZATION])
            .expose_headers([header::RETRY_AFTER, header::HeaderName::from_static("x-request-id")])
    })
}
