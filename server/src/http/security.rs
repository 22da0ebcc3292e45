//! What protects people from other sites: the origin gate and the security headers.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{ApiError, ErrorCode};

use super::{
    client_address::Scheme,
    error::Failure,
    host::{Reach, host},
    origin::Origin,
    principal::{Proof, credentials},
};
use crate::state::AppState;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses requests that another site made a browser send. Browsers name the page's origin in every request that can
/// change something; programs, which send no cookies by themselves, prove themselves with a Bearer token.
pub async fn origin_gate(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let upgrade = request.headers().contains_key(header::UPGRADE);
    let sent = Sent {
        headers: request.headers(),
        host: host(&request),
        scheme: request.extensions().get().copied().unwrap_or(Scheme::Http),
        upgrade,
    };
    if (!safe || upgrade) && !sent.may_act(&state.rules.reach, &state.rules.cors) {
        let sentence = "This request came from another site.";
        return Failure(ApiError::new(ErrorCode::Forbidden, sentence)).into_response();
    }
    next.run(request).await
}

struct Sent<'a> {
    headers: &'a HeaderMap,
    host: Option<Authority>,
    scheme: Scheme,
    /// To a WebSocket, which no rule of browsers keeps other sites from opening.
    upgrade: bool,
}

impl Sent<'_> {
    fn may_act(&self, reach: &Reach, others: &[Origin]) -> bool {
        let proof = credentials(self.headers).map(|(_, proof)| proof);
        if proof == Some(Proof::Bearer) {
            return true;
        }
        let text = |name: &HeaderName| self.headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let invited = |origin: &str| Origin::of_header(origin).is_some_and(|origin| others.contains(&origin));
        let site = text(&SEC_FETCH_SITE);
        match text(&header::ORIGIN) {
            Some(origin) if invited(origin) => true,
            Some(origin) => {
                matches!(site, None | Some("same-origin" | "none"))
                    && reach.is_own(origin, self.host.as_ref(), self.scheme)
            }
            // Every browser names the origin of a page that opens a socket. Who shows nothing at all is asked to sign in.
            None if self.upgrade => proof.is_none(),
            None if site.is_some() => site == Some("same-origin"),
            // No browser, then, or one from before 2020: it may not act by a cookie that another site made it send.
            None => proof.is_none(),
        }
    }
}

/// Pages bring a policy of their own, with a nonce. This is for answers that are no documents.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
/// Whatever is in a file: a browser that shows it all the same runs nothing of it, and not as this site.
const SANDBOX: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";
/// A worker has the policy of its own file: ours fetches a model and compiles the module that asks it.
const SCRIPT: &str =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'";
/// Drawings of ours may have a style within them.
const DRAWING: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
/// Swagger UI draws with styles in its elements and with pictures in its style sheet, and asks the API.
const DOCUMENTATION: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Of a year. Browsers hear it over HTTPS alone.
const HTTPS_FROM_NOW_ON: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

/// On every answer. Scripts of other origins that `CORS_ORIGIN` names are not kept out by the resource policy: it is
/// about pictures and scripts in foreign pages, not about what asks with CORS.
const FIXED: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), display-capture=()",
    ),
];

/// Headers of every answer. What a handler has said of its policy and its caching stays.
pub async fn headers(request: Request, next: Next) -> Response {
    let https = request.extensions().get::<Scheme>() == Some(&Scheme::Https);
    let documentation = request.uri().path().starts_with("/api/docs");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_FROM_NOW_ON);
    }
    let policy = if documentation { DOCUMENTATION } else { policy(headers) };
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(policy));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn policy(headers: &HeaderMap) -> &'static str {
    if headers.contains_key(header::CONTENT_DISPOSITION) {
        return SANDBOX;
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default() {
        "text/javascript" => SCRIPT,
        "image/svg+xml" => DRAWING,
        _ => NOTHING,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{SANDBOX, SCRIPT, Sent, policy};
    use crate::http::{client_address::Scheme, host::Reach};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        pairs.collect()
    }

    fn sent(upgrade: bool, pairs: &[(&'static str, &'static str)]) -> bool {
        let reach = Reach::new(Vec::new(), "0.0.0.0:3000".parse().unwrap());
        let host = "a.example".parse().ok();
        let headers = headers(pairs);
        let sent = Sent { headers: &headers, host, scheme: Scheme::Http, upgrade };
        sent.may_act(&reach, &["http://127.0.0.1:8080".parse().unwrap()])
    }

    const COOKIE: (&str, &str) = ("cookie", "athanor_session=x");

    #[test]
    fn only_our_own_pages_and_programs_may_act() {
        let asked = |pairs: &[(&'static str, &'static str)]| sent(false, pairs);
        assert!(asked(&[("origin", "https://a.example"), COOKIE]));
        assert!(asked(&[("origin", "https://a.example"), ("sec-fetch-site", "same-origin"), COOKIE]));
        assert!(asked(&[("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "cross-site"), COOKIE]));
        assert!(!asked(&[("origin", "https://evil.example")]), "also where nobody is signed in: it would sign them in");
        assert!(!asked(&[("origin", "null")]));
        assert!(!asked(&[("origin", "https://a.example"), ("sec-fetch-site", "cross-site")]));
        for site in ["cross-site", "same-site", "none"] {
            let site = [("sec-fetch-site", site)];
            assert!(!asked(&site), "{site:?}");
        }
        assert!(asked(&[("sec-fetch-site", "same-origin"), COOKIE]));
        assert!(!asked(&[COOKIE]), "a cookie alone proves nothing");
        assert!(asked(&[]), "a program that signs in");
        assert!(asked(&[("origin", "https://evil.example"), ("authorization", "Bearer x")]));
        assert!(!asked(&[("origin", "https://evil.example"), ("authorization", "Basic x")]));
    }

    #[test]
    fn a_socket_needs_an_origin_or_a_token() {
        let opened = |pairs: &[(&'static str, &'static str)]| sent(true, pairs);
        assert!(opened(&[COOKIE, ("origin", "https://a.example")]));
        assert!(opened(&[("authorization", "Bearer x")]));
        assert!(opened(&[]), "it will be asked to sign in");
        assert!(!opened(&[COOKIE]));
        assert!(!opened(&[COOKIE, ("sec-fetch-site", "same-origin")]));
        for origin in
            ["null", "https://A.example", "https://a.example.evil", "https://good.a.example", "https://a.example:1"]
        {
            assert!(!opened(&[COOKIE, ("origin", origin)]), "{origin}");
        }
    }

    #[test]
    fn what_is_sent_to_be_kept_has_no_rights_and_a_worker_those_it_needs() {
        assert_eq!(
            policy(&headers(&[("content-disposition", "attachment"), ("content-type", "image/svg+xml")])),
            SANDBOX
        );
        assert_eq!(policy(&headers(&[("content-type", "text/javascript; charset=utf-8")])), SCRIPT);
        assert!(!policy(&headers(&[("content-type", "application/json")])).contains("self"));
    }
}
