//! What is asked of a request before anything is done for it: where it came from, under which name, from whose page, how
//! large and how fast.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder, Response};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    harness::{Person, Server, answer, assert_refused, athanor},
    route_inventory::{functions, registered},
};

/// What the server says on a connection of its own, until it closes it; fails when it does not within 20 seconds.
async fn said(url: &str, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(sent).await.unwrap();
    let mut heard = Vec::new();
    // Reset or closed: both are an end.
    let _ = timeout(Duration::from_secs(20), stream.read_to_end(&mut heard)).await.expect("it is closed");
    String::from_utf8_lossy(&heard).into_owned()
}

fn head(person: &Person, line: &str, more: &str) -> String {
    let host = person.url.strip_prefix("http://").unwrap();
    let token = &person.token;
    format!(
        "{line} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n{more}\r\n\r\n"
    )
}

fn text<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// As a browser sends what a page of `origin` asks for.
fn from_page(server: &Server, person: &Person, method: Method, path: &str, origin: &str) -> RequestBuilder {
    let cookie = format!("athanor_session={}", person.token);
    let request = server.anybody().request(method, path).header("cookie", cookie);
    let request = request.header("accept", "application/json");
    if origin.is_empty() { request } else { request.header("origin", origin) }
}

#[tokio::test]
async fn a_token_counts_as_bearer_and_cookie_and_nowhere_else() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let token = &ada.token;
    let get = |path: &str| server.anybody().request(Method::GET, path);
    assert_eq!(answer(get("/api/auth/me").bearer_auth(token)).await.0, 200);
    assert_eq!(answer(get("/api/auth/me").header("cookie", format!("athanor_session={token}"))).await.0, 200);
    for name in ["token", "access_token", "api_key", "authorization", "athanor_session"] {
        let refused = answer(get(&format!("/api/auth/me?{name}={token}"))).await;
        assert_refused(&refused, 401, "unauthenticated");
        assert_refused(&answer(get("/api/auth/me").header(name, token)).await, 401, "unauthenticated");
    }
    assert_refused(&answer(get("/api/auth/me").basic_auth(token, Some(token))).await, 401, "unauthenticated");
    let socket = get(&format!("/ws?token={token}")).header("connection", "upgrade").header("upgrade", "websocket");
    assert_refused(&answer(socket.header("origin", &server.url)).await, 401, "unauthenticated");
    assert!(!server.log().contains(token.as_str()), "and it is not in the log");
}

#[tokio::test]
async fn no_other_site_can_act_for_a_person() {
    // It asks the door more often than anybody by hand.
    let server = Server::start_with(&[("ATHANOR_RATE_LIMIT", "0")]);
    let ada = server.person("ada").await;
    let port = server.url.rsplit(':').next().unwrap();
    let dataset = ada.small().await;
    let sites = [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        format!("http://127.0.0.1.evil.example:{port}"),
        format!("http://sub.127.0.0.1:{port}"),
        "http://127.0.0.1:1".to_owned(),
        "http://127.0.0.1".to_owned(),
        // None at all: no browser omits both this and what it says of the site.
        String::new(),
    ];
    for site in &sites {
        for name in functions(&server) {
            for kind in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"] {
                let path = format!("/api/fn/{name}");
                let request = from_page(&server, &ada, Method::POST, &path, site).header("content-type", kind);
                assert_refused(&answer(request.body("theme=dark")).await, 403, "forbidden");
            }
        }
        for (method, path) in [
            (Method::DELETE, format!("/api/datasets/{dataset}")),
            (Method::POST, "/api/training".to_owned()),
            (Method::POST, "/api/auth/logout".to_owned()),
            (Method::POST, "/api/datasets/upload".to_owned()),
        ] {
            let request = from_page(&server, &ada, method, &path, site).json(&json!({"dataset": "iris"}));
            assert_refused(&answer(request).await, 403, "forbidden");
        }
    }
    // What a browser says of itself is enough, where it names no origin.
    for site in ["cross-site", "same-site", "none"] {
        let request = from_page(&server, &ada, Method::POST, "/api/auth/logout", "").header("sec-fetch-site", site);
        assert_refused(&answer(request).await, 403, "forbidden");
    }
    // It is believed beside an origin, too.
    for site in ["cross-site", "same-site"] {
        let request = from_page(&server, &ada, Method::POST, "/api/auth/logout", &server.url);
        assert_refused(&answer(request.header("sec-fetch-site", site)).await, 403, "forbidden");
    }
    // Nor may they sign anybody in, as whom they like.
    let form = json!({"email": ada.email, "password": "correct horse"});
    let login = || server.anybody().request(Method::POST, "/api/auth/login").json(&form);
    assert_refused(&answer(login().header("origin", "https://evil.example")).await, 403, "forbidden");
    assert_eq!(answer(login()).await.0, 200, "a program names no origin");
    assert_eq!(answer(login().header("origin", &server.url)).await.0, 200);
    assert_eq!(ada.get(&format!("/api/datasets/{dataset}")).await.0, 200, "nothing was deleted");
    assert_eq!(ada.get("/api/training/jobs").await.1["count"], 0);
    let own = from_page(&server, &ada, Method::POST, "/api/auth/logout", &server.url);
    assert_eq!(answer(own.header("sec-fetch-site", "same-origin")).await.0, 200);
    assert_eq!(ada.get("/api/auth/me").await.0, 401);
}

#[tokio::test]
async fn a_socket_is_opened_by_our_pages_and_by_programs_only() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let upgrade = |request: RequestBuilder| async move {
        let request = request.header("connection", "upgrade").header("upgrade", "websocket");
        let request =
            request.header("sec-websocket-version", "13").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        request.send().await.unwrap().status().as_u16()
    };
    let by_cookie = |origin: &str| from_page(&server, &ada, Method::GET, "/ws", origin);
    let own = &server.url;
    for origin in
        ["", "null", "https://evil.example", &own.replace("http", "https"), &own.to_uppercase(), &format!("{own}0")]
    {
        // By HTTPS a proxy may well have been asked: then it is no other origin, but this cookie is none that was set there.
        let expected = if *origin == own.replace("http", "https") { 401 } else { 403 };
        assert_eq!(upgrade(by_cookie(origin)).await, expected, "{origin:?}");
    }
    assert_eq!(upgrade(by_cookie(own)).await, 101);
    assert_eq!(upgrade(ada.request(Method::GET, "/ws")).await, 101, "a program");
    assert_eq!(upgrade(server.anybody().request(Method::GET, "/ws")).await, 401);
}

#[tokio::test]
async fn only_the_names_of_this_machine_are_answered_when_it_is_alone() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let port = server.url.rsplit(':').next().unwrap();
    for host in ["evil.example", &format!("127.0.0.1.evil.example:{port}"), "10.0.0.7", "a@127.0.0.1", ""] {
        for path in ["/login", "/api/auth/me", "/favicon.svg", "/nothing", "/api/openapi.json"] {
            let refused = answer(ada.request(Method::GET, path).header("host", host)).await;
            assert_refused(&refused, 421, "misdirected");
        }
    }
    for host in ["localhost", &format!("LOCALHOST:{port}"), "127.0.0.1", "[::1]:9"] {
        assert_eq!(answer(ada.request(Method::GET, "/api/auth/me").header("host", host)).await.0, 200, "{host}");
    }
    assert_eq!(answer(ada.request(Method::GET, "/health").header("host", "10.0.0.7")).await.0, 200, "a probe");
    let twice =
        said(&server.url, b"GET /login HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert!(twice.await.starts_with("HTTP/1.1 421"));
    let absolute = b"GET http://evil.example/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert!(said(&server.url, absolute).await.starts_with("HTTP/1.1 421"));
    // What a redirect says never comes from the caller.
    let jobs = server.anybody().request(Method::GET, "/jobs").header("accept", "text/html");
    let sent = jobs.header("x-forwarded-host", "evil.example").send().await.unwrap();
    assert_eq!(text(&sent, "location"), "/login?next=/jobs");
}

#[tokio::test]
async fn with_a_public_url_that_is_the_one_origin() {
    const NAME: &str = "athanor.example.org";
    let server = Server::start_with(&[("ATHANOR_PUBLIC_URL", "https://athanor.example.org")]);
    let at = |method: Method, path: &str| server.anybody().request(method, path).header("host", NAME);
    the_first_account_is_made_here(&server, NAME).await;
    let ada = server.person("ada").await;
    let form = json!({"email": ada.email, "password": "correct horse"});
    let login =
        |origin: &str| at(Method::POST, "/api/auth/login").header("origin", origin.to_owned()).json(&form).send();
    let entered = login("https://athanor.example.org").await.unwrap();
    assert_eq!(entered.status(), 200);
    assert!(text(&entered, "set-cookie").ends_with("; Secure"), "everybody comes by HTTPS");
    assert!(text(&entered, "strict-transport-security").starts_with("max-age=31536000"));
    for origin in ["http://athanor.example.org", "https://athanor.example.org:444", "https://evil.example"] {
        assert_eq!(login(origin).await.unwrap().status(), 403, "{origin}");
    }
    for host in ["evil.example", "athanor.example.org:80", "www.athanor.example.org"] {
        let refused = answer(server.anybody().request(Method::GET, "/api/health").header("host", host)).await;
        assert_refused(&refused, 421, "misdirected");
    }
    let local = server.anybody().request(Method::GET, "/api/health");
    assert_eq!(local.send().await.unwrap().status(), 200, "a program of this machine");
    let through = server.anybody().request(Method::GET, "/api/health").header("x-forwarded-for", "203.0.113.7");
    assert_refused(&answer(through).await, 421, "misdirected");
}

/// Whoever asks under the public name is a stranger; so is whom a proxy speaks for.
async fn the_first_account_is_made_here(server: &Server, public: &str) {
    let form = json!({"email": "eve@example.org", "password": "correct horse"});
    let register = || server.anybody().request(Method::POST, "/api/auth/register").json(&form);
    for asked in [register().header("host", public), register().header("host", public).header("via", "1.1 proxy")] {
        let refused = answer(asked).await;
        assert_refused(&refused, 403, "forbidden");
        assert!(refused.1["error"].as_str().unwrap().contains("athanor admin create-user"), "{}", refused.1);
    }
    let page = server.anybody().request(Method::GET, "/register").header("host", public).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(
        page.contains("athanor admin create-user") && !page.contains("name=\"password\""),
        "what to do, and nothing to fill in"
    );
    let page = server.anybody().request(Method::GET, "/register").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("name=\"password\""), "on this machine there is");
}

#[tokio::test]
async fn pages_of_listed_origins_may_call_and_no_list_has_everybody() {
    let server = Server::start_with(&[("CORS_ORIGIN", "https://a.example, https://b.example")]);
    let asked =
        |origin: &str| server.anybody().request(Method::GET, "/api/health").header("origin", origin.to_owned()).send();
    for (origin, allowed) in [
        ("https://a.example", "https://a.example"),
        ("https://b.example", "https://b.example"),
        ("https://c.example", ""),
        ("https://a.example.evil", ""),
        ("http://a.example", ""),
        ("null", ""),
    ] {
        let answered = asked(origin).await.unwrap();
        assert_eq!(text(&answered, "access-control-allow-origin"), allowed, "{origin}");
        let varies = answered.headers().get_all("vary").iter().any(|vary| vary.to_str().unwrap().contains("origin"));
        assert!(varies, "{:?}", answered.headers());
    }
    let preflight = server.anybody().request(Method::OPTIONS, "/api/training").header("origin", "https://a.example");
    let allowed = preflight.header("access-control-request-method", "DELETE").send().await.unwrap();
    let methods = text(&allowed, "access-control-allow-methods");
    assert!(["GET", "POST", "PUT", "PATCH", "DELETE"].iter().all(|method| methods.contains(method)), "{methods}");
    let failed = server.anybody().request(Method::GET, "/api/auth/me").header("origin", "https://a.example");
    let failed = failed.send().await.unwrap();
    assert_eq!((failed.status().as_u16(), text(&failed, "access-control-allow-origin")), (401, "https://a.example"));

    let closed = Server::start();
    let preflight = closed.anybody().request(Method::OPTIONS, "/api/training").header("origin", "https://a.example");
    let refused = preflight.header("access-control-request-method", "POST").send().await.unwrap();
    assert_eq!((refused.status().as_u16(), text(&refused, "access-control-allow-origin")), (405, ""));

    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let site = closed.data().parent().unwrap().join("site");
    let (data, site) = (data.to_str().unwrap(), site.to_str().unwrap());
    for (flag, value, named) in [
        ("--cors-origin", "*", "CORS_ORIGIN: \"*\" is not an origin"),
        ("--cors-origin", "https://a.example/path", "CORS_ORIGIN"),
        ("--public-url", "athanor.example.org", "ATHANOR_PUBLIC_URL"),
        ("--trusted-proxies", "10.0.0.0/99", "ATHANOR_TRUSTED_PROXIES"),
    ] {
        let serve = ["serve", "--addr", "127.0.0.1:0", "--data-dir", data, "--site-dir", site, flag, value];
        let (code, out, complaint) = athanor(&serve);
        assert!(code != 0 && out.is_empty() && complaint.contains(named), "{flag} {value}: {complaint}");
    }
}

#[tokio::test]
async fn every_answer_has_the_headers_that_protect() {
    const PAGE: &str = "default-src 'none'; script-src 'nonce-N' 'self' 'wasm-unsafe-eval'; style-src 'self'; \
        img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; \
        frame-ancestors 'none'";
    let server = Server::start();
    let mut nonces = std::collections::BTreeSet::new();
    let ada = server.person("ada").await;
    let dataset = ada.small().await;
    let download = format!("/api/datasets/{dataset}/download");
    for (method, path, status, policy, caching) in [
        (Method::GET, "/", 200, "script-src 'nonce-", "no-store"),
        (Method::GET, "/login", 200, "script-src 'nonce-", "no-store"),
        (Method::GET, "/nope", 404, "script-src 'nonce-", "no-store"),
        (Method::GET, "/api/auth/me", 200, "default-src 'none'; frame-ancestors 'none'", "private, no-cache"),
        (Method::GET, "/api/nothing", 404, "default-src 'none'; frame-ancestors 'none'", "no-store"),
        (Method::DELETE, "/api/auth/me", 405, "default-src 'none'; frame-ancestors 'none'", "no-store"),
        (Method::POST, "/api/training", 400, "default-src 'none'; frame-ancestors 'none'", "no-store"),
        (Method::GET, download.as_str(), 200, "frame-ancestors 'none'; sandbox", "private, no-cache"),
        (Method::GET, "/favicon.svg", 200, "default-src 'none'; style-src", "public, max-age=3600"),
        (Method::GET, "/health", 200, "default-src 'none'; frame-ancestors 'none'", "private, no-cache"),
        (Method::GET, "/api/docs/", 200, "script-src 'self';", "private, no-cache"),
        (Method::GET, "/metrics", 200, "default-src 'none'", "no-store"),
    ] {
        let mut request = ada.request(method.clone(), path).header("accept", "text/html");
        if method == Method::POST {
            request = request.header("content-type", "application/json").body("{");
        }
        let answered = request.send().await.unwrap();
        assert_eq!(answered.status(), status, "{path}");
        for (name, expected) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", caching),
        ] {
            assert_eq!(text(&answered, name), expected, "{path}: {name}");
        }
        let found = text(&answered, "content-security-policy").to_owned();
        assert!(found.contains(policy) && found.contains("frame-ancestors 'none'"), "{path}: {found}");
        assert!(text(&answered, "permissions-policy").contains("camera=()"), "{path}");
        assert!(!answered.headers().contains_key("strict-transport-security"), "{path}: this is not HTTPS");
        if path == download {
            assert!(text(&answered, "content-disposition").starts_with("attachment"));
        }
        if policy.ends_with("nonce-") {
            // Whole, so that nothing is loosened unseen; the nonce is that of the page's scripts, and of this answer alone.
            let nonce = found.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap().to_owned();
            assert_eq!(found.replace(&nonce, "N"), PAGE, "{path}");
            let html = answered.text().await.unwrap();
            let scripts = html.matches("<script").count();
            assert!(
                scripts > 0 && html.matches(&format!("nonce=\"{nonce}\"")).count() >= scripts,
                "{path}: {html:.500}"
            );
            assert!(nonce.len() >= 16 && nonces.insert(nonce), "{path}");
        }
    }
    assert_eq!(nonces.len(), 3);
}

#[tokio::test]
async fn nothing_of_a_request_comes_back_as_html() {
    let server = Server::start();
    let ada = server.person("ada").await;
    const EVIL: &str = "%3Cscript%3Ealert(1)%3C/script%3E";
    for request in [
        ada.request(Method::GET, &format!("/api/{EVIL}")),
        ada.request(Method::GET, &format!("/api/training/{EVIL}")),
        ada.request(Method::GET, &format!("/api/training/status?job_id={EVIL}&{EVIL}={EVIL}")),
        ada.request(Method::GET, &format!("/api/training/jobs?q={EVIL}")),
        ada.request(Method::POST, "/api/training").header("content-type", "text/<script>alert(1)</script>").body("{}"),
        ada.request(Method::POST, "/api/training").json(&json!({"<script>alert(1)</script>": 1})),
        ada.request(Method::POST, "/api/datasets/upload")
            .header("content-type", "multipart/form-data; boundary=<script>")
            .body("x"),
        ada.request(Method::from_bytes(b"SCRIPT").unwrap(), "/api/training"),
    ] {
        for accept in ["*/*", "text/html"] {
            let answered = request.try_clone().unwrap().header("accept", accept).send().await.unwrap();
            let kind = text(&answered, "content-type").to_owned();
            assert!(kind == "application/json" || kind == "text/plain; charset=utf-8", "{kind} at {}", answered.url());
        }
    }
}

#[tokio::test]
async fn what_is_far_too_long_is_refused_and_nobody_else_notices() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let long = "x".repeat(1 << 20);
    for (path, body) in [
        ("/api/experiments", json!({"name": long})),
        ("/api/training", json!({"dataset": "iris", "name": long})),
        (
            "/api/training",
            json!({"dataset": "iris", "tags": (0..100_000).map(|tag| tag.to_string()).collect::<Vec<_>>()}),
        ),
    ] {
        let (status, said) = ada.post(path, &body).await;
        assert!((400..500).contains(&status), "{path}: {status} {said}");
    }
    let announced = ada.announce("/api/training", "application/json", (16 << 20) + 1).await;
    assert!(announced.starts_with("HTTP/1.1 413") && announced.contains("\"too_large\""), "{announced}");
    let deep = format!("{{\"dataset\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let deep = ada.request(Method::POST, "/api/training").header("content-type", "application/json").body(deep);
    assert_refused(&answer(deep).await, 422, "validation_failed");
    let many: String = (0..3_000).map(|at| format!("a{at}=1&")).collect();
    assert!((200..500).contains(&ada.get(&format!("/api/training/jobs?{many}")).await.0));
    let large = head(&ada, "GET /api/auth/me", &format!("X-Large: {}", "x".repeat(300_000)));
    let refused = said(&server.url, large.as_bytes()).await;
    // What is read at once may be a little more than the limit. The rest of it may come when nobody listens any more, and take
    // the answer with it.
    assert!(refused.is_empty() || refused.starts_with("HTTP/1.1 431"), "{refused}");
    let many: String = (0..200).map(|at| format!("X-{at}: 1\r\n")).collect();
    assert!(
        said(&server.url, head(&ada, "GET /api/auth/me", many.trim_end()).as_bytes()).await.starts_with("HTTP/1.1 431")
    );
    assert_eq!(ada.get("/api/auth/me").await.0, 200);
}

#[tokio::test]
async fn functions_of_pages_take_no_more_than_a_form_has() {
    let server = Server::start();
    let ada = server.person("ada").await;
    for name in functions(&server).iter().filter(|name| !matches!(name.as_str(), "upload_dataset" | "predict")) {
        let path = format!("/api/fn/{name}");
        let announced = ada.announce(&path, "application/x-www-form-urlencoded", 3 << 20).await;
        assert!(announced.starts_with("HTTP/1.1 413") && announced.contains("\"too_large\""), "{name}: {announced}");
    }
    // Without saying so beforehand.
    let more = "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\nConnection: close";
    let mut sent = head(&ada, "POST /api/fn/delete_job", more).into_bytes();
    sent.extend_from_slice(format!("{:x}\r\n", 3 << 20).as_bytes());
    sent.extend(b"id=".iter().copied().chain(std::iter::repeat_n(b'x', 3 << 20)));
    let answered = said_while_sending(&server.url, sent).await;
    assert!(answered.starts_with("HTTP/1.1 413") && answered.contains("\"too_large\""), "{answered}");
}

/// Like [`said`], for so much that the server answers before it has all.
async fn said_while_sending(url: &str, sent: Vec<u8>) -> String {
    let stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let sending = tokio::spawn(async move {
        let _ = writing.write_all(&sent).await;
        writing
    });
    let mut heard = vec![0; 4_096];
    let length = timeout(Duration::from_secs(20), reading.read(&mut heard)).await.expect("it answers").unwrap();
    sending.abort();
    String::from_utf8_lossy(&heard[..length]).into_owned()
}

#[tokio::test]
async fn a_proxy_is_believed_when_it_is_trusted() {
    let form = |ada: &Person| json!({"email": ada.email, "password": "correct horse"});
    let login = |server: &Server, form: &serde_json::Value, caller: &str, scheme: &str| {
        let request = server.anybody().request(Method::POST, "/api/auth/login").json(form);
        request.header("x-forwarded-for", caller.to_owned()).header("x-forwarded-proto", scheme.to_owned()).send()
    };
    // Four a minute at the door of one address, two at once.
    let limited = ("ATHANOR_RATE_LIMIT", "200");
    let trusting = Server::start_with(&[limited, ("ATHANOR_TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.0/8")]);
    let ada = trusting.person("ada").await;
    let form_of_ada = form(&ada);
    let entered = login(&trusting, &form_of_ada, "203.0.113.1", "https").await.unwrap();
    assert_eq!(entered.status(), 200);
    assert!(
        text(&entered, "set-cookie").ends_with("; Secure")
            && entered.headers().contains_key("strict-transport-security")
    );
    let plain = login(&trusting, &form_of_ada, "203.0.113.1", "http").await.unwrap();
    assert!(!text(&plain, "set-cookie").contains("Secure"));
    assert_eq!(login(&trusting, &form_of_ada, "203.0.113.1", "http").await.unwrap().status(), 429);
    let spoofed = login(&trusting, &form_of_ada, "6.6.6.6, 203.0.113.1", "http").await.unwrap();
    assert_eq!(spoofed.status(), 429, "what a client has written before it is not believed");
    let inner = login(&trusting, &form_of_ada, "203.0.113.1, 10.1.1.1", "http").await.unwrap();
    assert_eq!(inner.status(), 429, "two proxies");
    assert_eq!(login(&trusting, &form_of_ada, "203.0.113.2", "http").await.unwrap().status(), 200, "another caller");

    let careful = Server::start_with(&[limited]);
    let bea = careful.person("bea").await;
    let form_of_bea = form(&bea);
    let entered = login(&careful, &form_of_bea, "203.0.113.1", "https").await.unwrap();
    assert_eq!(entered.status(), 200);
    assert!(
        !text(&entered, "set-cookie").contains("Secure")
            && !entered.headers().contains_key("strict-transport-security")
    );
    let other = login(&careful, &form_of_bea, "203.0.113.2", "https").await.unwrap();
    assert_eq!(other.status(), 429, "the header makes no other caller");
}

#[tokio::test]
async fn silent_connections_are_closed() {
    let server = Server::start_with(&[("ATHANOR_IDLE_SECONDS", "1")]);
    let ada = server.person("ada").await;
    let begun = Instant::now();
    let half =
        head(&ada, "POST /api/training", "Content-Type: application/json\r\nContent-Length: 100") + "{\"dataset\"";
    let file = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\na,b\n1,";
    let upload = |path: &str| {
        let more = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000";
        head(&ada, &format!("POST {path}"), more) + file
    };
    for sent in [
        String::new(),
        "G".to_owned(),
        "GET /login HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".to_owned(),
        head(&ada, "GET /api/auth/me", "X-Kept: alive"),
        half,
        upload("/api/datasets/upload"),
        upload("/api/fn/upload_dataset"),
    ] {
        said(&server.url, sent.as_bytes()).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
    while std::fs::read_dir(server.data().join("uploads")).unwrap().count() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(40), "something is left of them");
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(ada.get("/api/auth/me").await.0, 200);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_answered() {
    let server = Server::start_with(&[("ATHANOR_REQUEST_SECONDS", "1")]);
    let ada = server.person("ada").await;
    let half = head(&ada, "POST /api/training", "Content-Type: application/json\r\nContent-Length: 100") + "{";
    let answered = said(&server.url, half.as_bytes()).await;
    assert!(answered.starts_with("HTTP/1.1 503") && answered.contains("\"unavailable\""), "{answered}");
    assert!(answered.contains("retry-after: 5"), "{answered}");
}

#[tokio::test]
async fn costly_requests_wait_their_turn_and_hold_up_no_others() {
    let server = Server::start_with(&[("ATHANOR_COSTLY_REQUESTS", "1")]);
    let ada = server.person("ada").await;
    let dataset = ada.small().await;
    let address = server.url.strip_prefix("http://").unwrap();
    let mut held = TcpStream::connect(address).await.unwrap();
    let more = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000";
    held.write_all(head(&ada, "POST /api/datasets/validate", more).as_bytes()).await.unwrap();
    held.write_all(b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\na").await.unwrap();
    while std::fs::read_dir(server.data().join("uploads")).unwrap().count() == 0 {
        sleep(Duration::from_millis(10)).await;
    }
    let refused = ada.upload("/api/datasets/validate", "small.csv", "a\n1\n").await;
    assert_refused(&refused, 503, "unavailable");
    assert_eq!(ada.get(&format!("/api/datasets/{dataset}/preview")).await.0, 200, "another kind");
    assert_eq!(ada.get("/api/training/jobs").await.0, 200);
    drop(held);
    let deadline = Instant::now() + Duration::from_secs(20);
    while ada.upload("/api/datasets/validate", "small.csv", "a\n1\n").await.0 != 200 {
        assert!(Instant::now() < deadline, "its turn never comes");
    }
}

#[tokio::test]
async fn no_page_can_be_reached_under_a_foreign_name_or_by_a_stranger() {
    // As a rebinding page would see it: its own name, our address, and no cookie.
    let server = Server::start();
    for (method, pattern) in registered(&server) {
        if method != "GET" || pattern == "/health" || pattern == "/metrics" {
            continue;
        }
        let path = pattern.replace(['{', '}', '*', ':'], "x");
        let asked = server.anybody().request(Method::GET, &path).header("host", "rebound.example");
        assert_eq!(asked.send().await.unwrap().status(), 421, "{path}");
    }
}
