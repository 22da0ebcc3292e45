//! `GET /metrics` for Prometheus: what the platform counts, and what HTTP and the sockets do.
//!
//! Labels are patterns of routes, methods and statuses: nothing that anybody typed.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use platform::metrics::{self, Gauge, Histogram, SECONDS, Text};
use sha2::{Digest, Sha256};

use super::{
    error::no_such_path,
    principal::{From, credentials},
};
use crate::state::AppState;

/// Open WebSockets, and what they follow.
pub static SOCKETS: Gauge = Gauge::new();
pub static FOLLOWED: Gauge = Gauge::new();
/// From the commit of an event to the moment it was written to a socket.
pub static FEED_LAG: Histogram<14> = Histogram::new(SECONDS);

/// Method, then the route's pattern.
type Route = (&'static str, String);

/// Grows with the routes of the router and no further.
#[derive(Default)]
struct Requests {
    answered: BTreeMap<(Route, u16), u64>,
    seconds: BTreeMap<Route, Histogram<14>>,
}

static REQUESTS: Mutex<Requests> = Mutex::new(Requests { answered: BTreeMap::new(), seconds: BTreeMap::new() });

/// Counts a request, and measures the time until the head of its answer.
pub async fn count(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let pattern = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let route = (method(request.method()), pattern);
    let response = next.run(request).await;
    let mut requests = REQUESTS.lock().unwrap_or_else(PoisonError::into_inner);
    let seconds = requests.seconds.entry(route.clone()).or_insert_with(|| Histogram::new(SECONDS));
    seconds.observe(begun.elapsed().as_secs_f64());
    *requests.answered.entry((route, response.status().as_u16())).or_default() += 1;
    response
}

/// A client may send any word as a method.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// The figures, for whoever may have them; for anybody else there is nothing here.
pub async fn read(State(state): State<AppState>, From(origin): From, headers: HeaderMap) -> Response {
    if !may_read(&headers, origin.here, state.metrics_token.as_deref()) {
        return no_such_path().into_response();
    }
    let mut text = Text::default();
    metrics::write(&state.platform, &mut text).await;
    write_http(&mut text);
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, text.into_string()).into_response()
}

/// A program with the token; without one only a program of this machine.
fn may_read(headers: &HeaderMap, here: bool, token: Option<&str>) -> bool {
    if let (Some(expected), Some((given, _))) = (token, credentials(headers)) {
        // Of hashes, so that the time it takes tells nothing about the token.
        return Sha256::digest(expected) == Sha256::digest(given);
    }
    here
}

fn write_http(text: &mut Text) {
    text.gauge("athanor_sockets", "Open WebSockets.", SOCKETS.get() as f64);
    text.gauge("athanor_subscriptions", "Jobs and lists that sockets follow.", FOLLOWED.get() as f64);
    let name = "athanor_feed_lag_seconds";
    let help = "From the commit of a job's event (or, with PostgreSQL, this process's hearing of it) to its socket.";
    text.family(name, "histogram", help);
    text.histogram(name, &[], &FEED_LAG);
    let requests = REQUESTS.lock().unwrap_or_else(PoisonError::into_inner);
    let name = "athanor_http_requests_total";
    text.family(name, "counter", "Requests answered, by the pattern of the route.");
    for (((method, route), status), count) in &requests.answered {
        let labels = [("method", *method), ("route", route), ("status", &status.to_string())];
        text.sample(name, &labels, *count as f64);
    }
    let name = "athanor_http_request_duration_seconds";
    text.family(name, "histogram", "From the head of a request to the head of its answer.");
    for ((method, route), seconds) in &requests.seconds {
        text.histogram(name, &[("method", method), ("route", route)], seconds);
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::may_read;

    fn asked(here: bool, token: Option<&str>, authorization: Option<&'static str>) -> bool {
        let sent = authorization.map(|value| (header::AUTHORIZATION, HeaderValue::from_static(value)));
        may_read(&HeaderMap::from_iter(sent), here, token)
    }

    #[test]
    fn with_the_token_everybody_may_and_a_wrong_one_is_worse_than_none() {
        assert!(asked(true, None, None) && !asked(false, None, None));
        assert!(asked(false, Some("sesame"), Some("Bearer sesame")));
        assert!(!asked(false, Some("sesame"), Some("Bearer sesam")));
        assert!(!asked(false, Some("sesame"), None));
        assert!(!asked(false, None, Some("Bearer sesame")));
        assert!(!asked(true, Some("sesame"), Some("Bearer x")));
        assert!(asked(true, Some("sesame"), None));
    }
}
