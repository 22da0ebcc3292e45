//! How long a request may take, how large it may be, and how many costly ones are worked on at once, by kind of route.

use std::time::Duration;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{ApiError, ErrorCode};
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    body::{self, GivenUp},
    error::Failure,
    extract::BODY_BYTES,
};
use crate::state::AppState;

/// Predictions and bundles of large models are worth waiting for.
const LONG: Duration = Duration::from_mins(10);
/// How long a costly request waits for its turn before it is sent away.
const QUEUE: Duration = Duration::from_secs(2);
/// What a form of a page may have.
const FORM_BYTES: u64 = 2 << 20;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ordinary,
    /// The form of a page: Leptos reads whatever comes, so its size is limited here.
    Form,
    /// Computes, or reads much: asking models, looking into datasets.
    Costly,
    /// The same, in the form of a page.
    CostlyForm,
    /// Made while it is waited for.
    Bundle,
    /// As long as the client has something to send.
    Upload,
    Socket,
}

fn kind(pattern: &str) -> Kind {
    match pattern {
        "/ws" => Kind::Socket,
        "/api/datasets/upload" | "/api/datasets/validate" | "/api/fn/upload_dataset" => Kind::Upload,
        "/api/models/{id}/predict" | "/api/datasets/{id}/preview" | "/api/datasets/{id}/images/{row}" => Kind::Costly,
        "/api/fn/predict" => Kind::CostlyForm,
        "/api/models/{id}/download" | "/api/training/{id}/download" => Kind::Bundle,
        function if function.starts_with("/api/fn/") => Kind::Form,
        _ => Kind::Ordinary,
    }
}

fn kind_of(request: &Request) -> Kind {
    request.extensions().get::<MatchedPath>().map_or(Kind::Ordinary, |pattern| kind(pattern.as_str()))
}

pub struct Limits {
    /// From the head of an ordinary request to the head of its answer.
    request: Duration,
    /// How long a client may send nothing in the middle of a request.
    idle: Duration,
    /// Costly requests that are worked on at once; uploads apart, because slow clients hold theirs for long.
    computing: Semaphore,
    uploading: Semaphore,
}

impl Limits {
    pub fn new(request: Duration, idle: Duration, at_once: usize) -> Self {
        Self { request, idle, computing: Semaphore::new(at_once), uploading: Semaphore::new(at_once) }
    }

    pub fn idle(&self) -> Duration {
        self.idle
    }
}

/// Answers when a request takes too long. What was begun is carried out all the same, with what has come of the body.
pub async fn time(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let limit = match kind_of(&request) {
        Kind::Ordinary | Kind::Form => state.rules.limits.request,
        Kind::Costly | Kind::CostlyForm | Kind::Bundle => LONG,
        Kind::Upload | Kind::Socket => return next.run(request).await,
    };
    let given_up = CancellationToken::new();
    request.extensions_mut().insert(GivenUp(given_up.clone()));
    let Ok(response) = timeout(limit, next.run(request)).await else {
        given_up.cancel();
        return later("The request took too long. Try again in a moment.");
    };
    response
}

/// Lets so many costly requests through as are worked on at once. The others wait a moment, and are then told to come again.
pub async fn turn(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let limits = &state.rules.limits;
    let turns = match kind_of(&request) {
        Kind::Costly | Kind::CostlyForm => &limits.computing,
        Kind::Upload => &limits.uploading,
        Kind::Ordinary | Kind::Form | Kind::Bundle | Kind::Socket => return next.run(request).await,
    };
    match timeout(QUEUE, turns.acquire()).await {
        Ok(_turn) => next.run(request).await,
        Err(_) => later("The server has too many requests of this kind. Try again in a moment."),
    }
}

/// Watches over the body while it comes in.
pub async fn size(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let most = match kind_of(&request) {
        Kind::Form => Some(FORM_BYTES),
        // Of their own: uploads by what the server takes.
        Kind::Upload => None,
        Kind::Ordinary | Kind::Costly | Kind::CostlyForm | Kind::Bundle | Kind::Socket => Some(BODY_BYTES as u64),
    };
    body::watch(request, next, most, state.rules.limits.idle).await
}

fn later(sentence: &str) -> Response {
    Failure(ApiError::new(ErrorCode::Unavailable, sentence)).into_response()
}
