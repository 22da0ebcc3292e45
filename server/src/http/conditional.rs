//! Conditional requests: who has an answer already is not sent it again, and who has half of a file gets the other half
//! (RFC 9110, sections 8.8, 13 and 14).

use std::ops::RangeInclusive;

use axum::{
    body::{Body, HttpBody},
    extract::{FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

/// Longer answers are sent without a tag: hashing them takes longer than what it may save is worth.
const MOST_HASHED: u64 = 16 << 20;

/// What a request says about what the caller has.
pub struct Conditions {
    reads: bool,
    if_none_match: Option<String>,
    range: Option<String>,
    if_range: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Conditions {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.method, &parts.headers))
    }
}

/// Which part of a file to send.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    Whole,
    /// First and last byte.
    Range(RangeInclusive<u64>),
    /// The range begins behind the end.
    Nothing,
}

impl Conditions {
    fn of(method: &Method, headers: &HeaderMap) -> Self {
        // A header that comes several times means the same as one with commas.
        let text = |name| {
            let values: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
            (!values.is_empty()).then(|| values.join(", "))
        };
        Self {
            reads: matches!(*method, Method::GET | Method::HEAD),
            if_none_match: text(header::IF_NONE_MATCH),
            // Only GET knows ranges.
            range: text(header::RANGE).filter(|_| *method == Method::GET),
            if_range: text(header::IF_RANGE),
        }
    }

    /// Whether the caller has what this tag names.
    pub fn has(&self, tag: &str) -> bool {
        self.reads && self.if_none_match.as_deref().is_some_and(|tags| names(tags, tag))
    }

    /// What is asked for of a file that this tag names.
    pub fn part(&self, tag: &str, length: u64) -> Part {
        let Some(range) = self.range.as_deref() else { return Part::Whole };
        // A date is no proof that it is the same file: then the whole is right in any case.
        let same = self.if_range.as_deref().is_none_or(|given| given.trim() == tag);
        if same { part(range, length) } else { Part::Whole }
    }
}

/// Whether a list of tags has this one. What is compared to save a transfer may be weak.
fn names(tags: &str, tag: &str) -> bool {
    tags.split(',').map(str::trim).any(|given| given == "*" || given.strip_prefix("W/").unwrap_or(given) == tag)
}

/// What cannot be read is as if it had not been said, and so are several ranges at once.
fn part(range: &str, length: u64) -> Part {
    let Some((unit, range)) = range.split_once('=') else { return Part::Whole };
    let Some((first, last)) = range.trim().split_once('-') else { return Part::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") || range.contains(',') {
        return Part::Whole;
    }
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // More than any file has.
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let (first, last) = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => (first, last),
        (Some(first), None) if last.is_empty() => (first, u64::MAX),
        (None, Some(0)) if first.is_empty() => return Part::Nothing,
        (None, Some(count)) if first.is_empty() => (length.saturating_sub(count), u64::MAX),
        _ => return Part::Whole,
    };
    if first >= length { Part::Nothing } else { Part::Range(first..=last.min(length - 1)) }
}

/// An answer to who has it already.
pub fn not_modified(tag: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    put_tag(response.headers_mut(), tag);
    response
}

/// Names what is sent. It may be kept by who asked, and nobody else, and has to be asked about before it is used again:
/// it changes, and who may see it does.
pub fn put_tag(headers: &mut HeaderMap, tag: &str) {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
}

/// Gives every whole answer that has no tag yet the hash of its bytes.
pub async fn tag(request: Request, next: Next) -> Response {
    let conditions = Conditions::of(request.method(), request.headers());
    let response = next.run(request).await;
    let whole = response.body().size_hint().exact().is_some_and(|length| length <= MOST_HASHED);
    let tagged = response.headers().contains_key(header::ETAG);
    if !conditions.reads || response.status() != StatusCode::OK || tagged || !whole {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // It is in memory already, so it cannot fail.
    let bytes = axum::body::to_bytes(body, MOST_HASHED as usize).await.unwrap_or_default();
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(&bytes)[..16]));
    put_tag(&mut parts.headers, &tag);
    if conditions.has(&tag) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};

    use super::{Conditions, Part, part};

    fn asked(method: Method, pairs: &[(&'static str, &'static str)]) -> Conditions {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        Conditions::of(&method, &headers)
    }

    #[test]
    fn tags_are_compared_one_by_one() {
        let has = |method, tags| asked(method, &[("if-none-match", tags)]).has("\"a\"");
        for tags in ["\"a\"", "*", "W/\"a\"", "\"b\", \"a\"", "\"b\",W/\"a\""] {
            assert!(has(Method::GET, tags) && has(Method::HEAD, tags), "{tags}");
        }
        for tags in ["a", "\"ab\"", "\"b\"", ""] {
            assert!(!has(Method::GET, tags), "{tags}");
        }
        assert!(!has(Method::POST, "*"));
        assert!(asked(Method::GET, &[("if-none-match", "\"b\""), ("if-none-match", "\"a\"")]).has("\"a\""));
    }

    #[test]
    fn ranges_end_with_the_file() {
        assert_eq!(part("bytes=0-0", 10), Part::Range(0..=0));
        assert_eq!(part("bytes=2-4", 10), Part::Range(2..=4));
        assert_eq!(part("Bytes = 2-99", 10), Part::Range(2..=9));
        assert_eq!(part("bytes=3-", 10), Part::Range(3..=9));
        assert_eq!(part("bytes=-3", 10), Part::Range(7..=9));
        assert_eq!(part("bytes=-99", 10), Part::Range(0..=9));
        assert_eq!(part("bytes=0-99999999999999999999999", 10), Part::Range(0..=9));
        for nothing in ["bytes=10-", "bytes=10-11", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(part(nothing, 10), Part::Nothing, "{nothing}");
        }
        assert_eq!(part("bytes=0-", 0), Part::Nothing);
        for unread in
            ["", "bytes", "bytes=", "bytes=-", "bytes=4-2", "bytes=a-b", "bytes=1-2,4-5", "rows=1-2", "bytes=+1-2"]
        {
            assert_eq!(part(unread, 10), Part::Whole, "{unread}");
        }
    }

    #[test]
    fn a_part_of_another_file_is_never_sent() {
        let of = |pairs: &[_]| asked(Method::GET, pairs).part("\"a\"", 10);
        assert_eq!(of(&[("range", "bytes=1-2"), ("if-range", "\"a\"")]), Part::Range(1..=2));
        for other in ["\"b\"", "W/\"a\"", "Sat, 28 Nov 2026 12:00:00 GMT"] {
            assert_eq!(of(&[("range", "bytes=1-2"), ("if-range", other)]), Part::Whole, "{other}");
        }
        assert_eq!(asked(Method::HEAD, &[("range", "bytes=1-2")]).part("\"a\"", 10), Part::Whole);
    }
}
