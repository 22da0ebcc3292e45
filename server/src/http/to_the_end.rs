//! A request that was begun is carried out, also when whoever sent it hangs up.

use axum::{extract::Request, middleware::Next, response::Response};
use tracing::Instrument;

/// hyper drops what it does for a connection that is gone. Between a commit and what follows from it, such as telling
/// the watchers or removing files, that would leave half of the work undone.
pub async fn to_the_end(request: Request, next: Next) -> Response {
    match tokio::spawn(next.run(request).in_current_span()).await {
        Ok(response) => response,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // Only a runtime that shuts down cancels tasks.
        Err(_) => std::future::pending().await,
    }
}
