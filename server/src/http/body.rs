//! Bodies while they come in: not larger than the route takes, and not so slow that they hold a place for ever.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::{ApiError, ErrorCode};
use futures::{Stream, StreamExt, stream::unfold};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::error::Failure;

/// Cancelled once nobody waits for the answer any more: what has not come of the body by then is not waited for either.
#[derive(Clone)]
pub struct GivenUp(pub CancellationToken);

/// What a client has to send in every second that it is waited for, on average.
const LEAST_BYTES_A_SECOND: u64 = 1_000;

/// Answers with `too_large` for a body of more than `most` bytes: before it is sent, when it says so.
pub async fn watch(request: Request, next: Next, most: Option<u64>, idle: Duration) -> Response {
    // Handlers ask whether there is a body at all.
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if most.zip(announced).is_some_and(|(most, announced): (u64, u64)| announced > most) {
        return too_large();
    }
    let overran = Arc::new(AtomicBool::new(false));
    let noticed = Arc::clone(&overran);
    let given_up =
        request.extensions().get::<GivenUp>().map_or_else(CancellationToken::new, |GivenUp(token)| token.clone());
    let request = request.map(|body| Body::from_stream(watched(body, most, idle, noticed, given_up)));
    let response = next.run(request).await;
    // Not every reader can tell why a body broke off.
    if overran.load(Ordering::Relaxed) { too_large() } else { response }
}

fn too_large() -> Response {
    Failure(ApiError::new(ErrorCode::TooLarge, "The body is too large.")).into_response()
}

fn watched(
    body: Body,
    most: Option<u64>,
    idle: Duration,
    overran: Arc<AtomicBool>,
    given_up: CancellationToken,
) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static {
    let start = Some((body.into_data_stream(), Came::default()));
    unfold(start, move |reading| {
        let (overran, given_up) = (Arc::clone(&overran), given_up.clone());
        async move {
            let (mut body, mut came) = reading?;
            let begun = Instant::now();
            let next = given_up.run_until_cancelled(timeout(idle, body.next())).await;
            let Some(Ok(chunk)) = next else { return Some((Err(silent()), None)) };
            let chunk = match chunk? {
                Ok(chunk) => chunk,
                Err(error) => return Some((Err(io::Error::other(error)), None)),
            };
            came.waited += begun.elapsed();
            came.bytes += chunk.len() as u64;
            if most.is_some_and(|most| came.bytes > most) {
                overran.store(true, Ordering::Relaxed);
                return Some((Err(io::Error::other("the body is too large")), None));
            }
            if came.is_too_slow(idle) {
                return Some((Err(silent()), None));
            }
            Some((Ok(chunk), Some((body, came))))
        }
    })
}

fn silent() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the client sends too slowly")
}

/// What has come of a body, and how long we have waited for it. The time in which we were busy is not the client's.
#[derive(Default)]
struct Came {
    bytes: u64,
    waited: Duration,
}

impl Came {
    fn is_too_slow(&self, patience: Duration) -> bool {
        self.waited > patience && self.bytes < self.waited.as_secs() * LEAST_BYTES_A_SECOND
    }
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        sync::{Arc, atomic::AtomicBool},
        time::Duration,
    };

    use axum::body::Body;
    use bytes::Bytes;
    use futures::{StreamExt, stream};
    use tokio_util::sync::CancellationToken;

    use super::{Came, watched};

    const IDLE: Duration = Duration::from_millis(50);

    async fn read(body: Body, most: u64) -> (Vec<u8>, Option<String>) {
        let overran = Arc::new(AtomicBool::new(false));
        let mut chunks = Box::pin(watched(body, Some(most), IDLE, overran, CancellationToken::new()));
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.next().await {
            match chunk {
                Ok(chunk) => bytes.extend_from_slice(&chunk),
                Err(error) => return (bytes, Some(error.to_string())),
            }
        }
        (bytes, None)
    }

    #[tokio::test]
    async fn what_is_sent_in_time_and_fits_comes_through() {
        assert_eq!(read(Body::from("hello"), 5).await, (b"hello".to_vec(), None));
        assert_eq!(read(Body::from("hello!"), 5).await.1.as_deref(), Some("the body is too large"));
    }

    #[tokio::test]
    async fn whoever_falls_silent_is_not_waited_for() {
        let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"a"))]);
        let body = Body::from_stream(first.chain(stream::pending()));
        assert_eq!(read(body, 5).await, (b"a".to_vec(), Some("the client sends too slowly".to_owned())));
    }

    #[test]
    fn whoever_drips_is_not_waited_for_either() {
        let minute = Duration::from_mins(1);
        let came = |bytes, seconds| Came { bytes, waited: Duration::from_secs(seconds) }.is_too_slow(minute);
        assert!(came(600, 61) && came(100_000, 300));
        assert!(!came(600, 60) && !came(1 << 20, 600));
    }
}
