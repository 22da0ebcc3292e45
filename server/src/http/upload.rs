//! Multipart bodies: one part `file`, streamed to disk, and an optional part `name`, in any order. REST and the form of the
//! page read them here, so that both have the same limits.

use std::{
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Poll, ready},
};

use axum::{
    body::Body,
    extract::{FromRequest, Multipart, Request, multipart::Field},
    http::{StatusCode, header},
};
use bytes::Bytes;
use domain::{ApiError, ErrorCode, Principal};
use futures::{Stream, StreamExt, stream::poll_fn};
use platform::datasets::{self, Upload};

use super::error::Failure;
use crate::state::AppState;

/// Longest name that is read; the platform says how long it may be.
const NAME_BYTES: usize = 4_096;
/// What boundaries, part headers and the name may add to the file.
const OVERHEAD_BYTES: u64 = 65_536;
/// Bytes that the parser may hold without making anything of them. What arrives at once can be 400 kB; part headers that
/// do not end, and bytes before the first boundary, would be held for ever.
const HELD_BYTES: usize = 1 << 20;
/// Letters of a part's name that are repeated in an answer.
const SHOWN_CHARS: usize = 100;

/// An upload that may be read: it has a boundary, and is not announced as too large.
pub struct Form {
    multipart: Multipart,
    watch: Arc<Watch>,
}

/// Looks at the headers only.
///
/// # Errors
/// `unsupported_media_type` when it is no multipart body with a boundary, `too_large` by its announced length.
pub async fn open(state: &AppState, request: Request) -> Result<Form, Failure> {
    let most = state.max_upload_bytes.saturating_add(OVERHEAD_BYTES);
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let watch =
        Arc::new(Watch { most, max_file: state.max_upload_bytes, held: AtomicUsize::new(0), refused: OnceLock::new() });
    if announced.is_some_and(|length| length > most) {
        return Err(watch.too_large().into());
    }
    let watched = Arc::clone(&watch);
    let request = request.map(|body| Body::from_stream(watched.over(body)));
    let multipart = Multipart::from_request(request, state).await.map_err(|_| {
        let sentence = "Send multipart/form-data with a part named file.";
        Failure(ApiError::new(ErrorCode::UnsupportedMediaType, sentence))
    })?;
    Ok(Form { multipart, watch })
}

impl Form {
    /// The file on disk, and the name that was given.
    ///
    /// # Errors
    /// `validation_failed` for a part that is missing or wrong, `too_large`, `bad_request` when it breaks off.
    pub async fn read(mut self, state: &AppState, principal: &Principal) -> Result<(Upload, Option<String>), Failure> {
        let watch = self.watch;
        let (mut upload, mut name) = (None, None);
        while let Some(field) = self.multipart.next_field().await.map_err(|error| watch.explain(&error))? {
            watch.moved_on();
            match field.name() {
                Some("file") if upload.is_none() => {
                    let file_name = field.file_name().unwrap_or_default().to_owned();
                    if file_name.is_empty() {
                        return Err(ApiError::field("file", "Choose a file; its name says what it holds.").into());
                    }
                    let field = field.inspect(|_| watch.moved_on());
                    upload = Some(datasets::receive(&state.platform, principal, &file_name, field).await?);
                }
                Some("file") => return Err(ApiError::field("file", "Send one file at a time.").into()),
                Some("name") => name = Some(text(field, &watch).await?),
                Some(other) => {
                    let shown: String = other.chars().take(SHOWN_CHARS).collect();
                    return Err(ApiError::field(&shown, "There is no such field.").into());
                }
                None => return Err(ApiError::new(ErrorCode::BadRequest, "A part of the body has no name.").into()),
            }
        }
        let upload = upload.ok_or_else(|| ApiError::field("file", "Choose a file."))?;
        Ok((upload, name))
    }
}

async fn text(mut field: Field<'_>, watch: &Watch) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| watch.explain(&error))? {
        watch.moved_on();
        bytes.extend_from_slice(&chunk);
        if bytes.len() > NAME_BYTES {
            return Err(ApiError::field("name", "Is too long.").into());
        }
    }
    String::from_utf8(bytes).map_err(|_| ApiError::field("name", "Is not UTF-8.").into())
}

/// Limits on a body while it is parsed.
struct Watch {
    most: u64,
    max_file: u64,
    /// Bytes that the parser got since it last made something of them.
    held: AtomicUsize,
    /// Why the body was cut off.
    refused: OnceLock<ApiError>,
}

impl Watch {
    fn over(self: Arc<Self>, body: Body) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static {
        let mut body = body.into_data_stream();
        let (mut total, mut gave) = (0_u64, false);
        poll_fn(move |context| {
            // The parser takes all that there is before it looks at any of it: it gets one piece at a time.
            if std::mem::take(&mut gave) {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let Some(chunk) = ready!(body.poll_next_unpin(context)) else { return Poll::Ready(None) };
            let chunk = chunk.map_err(io::Error::other)?;
            gave = true;
            total += chunk.len() as u64;
            let held = self.held.fetch_add(chunk.len(), Ordering::Relaxed) + chunk.len();
            let refused = match () {
                () if total > self.most => self.too_large(),
                () if held > HELD_BYTES => ApiError::new(ErrorCode::BadRequest, "The headers of a part are too long."),
                () => return Poll::Ready(Some(Ok(chunk))),
            };
            let sentence = refused.message.clone();
            let _ = self.refused.set(refused);
            Poll::Ready(Some(Err(io::Error::other(sentence))))
        })
    }

    fn moved_on(&self) {
        self.held.store(0, Ordering::Relaxed);
    }

    fn too_large(&self) -> ApiError {
        let why = format!("The file is larger than {} MB, the most this server takes.", self.max_file / 1_000_000);
        ApiError::new(ErrorCode::TooLarge, why.clone()).with_field("file", why)
    }

    fn explain(&self, error: &axum::extract::multipart::MultipartError) -> Failure {
        if let Some(refused) = self.refused.get() {
            return refused.clone().into();
        }
        let code =
            if error.status() == StatusCode::PAYLOAD_TOO_LARGE { ErrorCode::TooLarge } else { ErrorCode::BadRequest };
        ApiError::new(code, format!("The upload could not be read: {}.", error.body_text())).into()
    }
}
