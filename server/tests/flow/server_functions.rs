//! The functions behind the pages, called by somebody who is no page: whatever comes is answered, and nothing panics.

use reqwest::{Method, RequestBuilder};

use crate::{
    harness::{Person, Server, answer, assert_refused},
    route_inventory::functions,
};

/// Those that strangers may call.
const PUBLIC: [&str; 7] =
    ["current_user", "login", "register", "way_in", "reset_password", "set_theme", "set_language"];

fn nonsense() -> Vec<Vec<u8>> {
    let text = [
        "",
        "{",
        "[]",
        "null",
        "id=",
        "id=x",
        "id[0]=1&id[1]=2",
        "=&=&&;",
        "%ff%fe=%00",
        "a[b[c=1]]]",
        "email[]=1&password[x]=2",
        "features[0][0][0][0][0][0][0][0]=1&dataset=iris",
        "features[99999999999999999999]=x&dataset=iris",
        "dataset=iris&epochs=99999999999999999999&lr=nan&model=mlp&settings[mlp.hidden]=1,,2&seed=-1",
        "{\"id\":1,\"rows\":{}}",
        "{\"id\":\"00000000-0000-7000-8000-000000000000\",\"rows\":[{\"a\":1e999}]}",
        "--x\r\nContent-Disposition: form-data; name=\"file\"",
        "--x\r\n\r\n\r\n--x--\r\n",
    ];
    let mut all: Vec<Vec<u8>> = text.iter().map(|text| text.as_bytes().to_vec()).collect();
    all.push(vec![0xff, 0xfe, 0, 0x80]);
    all.push(b"[".repeat(100_000));
    all.push(b"id=".iter().copied().chain(std::iter::repeat_n(b'x', 3 << 20)).collect());
    all
}

const TYPES: [&str; 5] = [
    "application/x-www-form-urlencoded",
    "application/json",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "text/plain",
];

#[tokio::test]
async fn nothing_that_is_sent_is_an_error_of_ours() {
    // Nobody asks so often by hand.
    let server = Server::start_with(&[("ATHANOR_RATE_LIMIT", "0")]);
    let (ada, anybody) = (server.person("ada").await, server.anybody());
    let names = functions(&server);
    assert!(PUBLIC.iter().all(|public| names.iter().any(|name| name == public)), "{names:?}");
    for body in nonsense() {
        for name in &names {
            for (at, kind) in TYPES.into_iter().enumerate() {
                // Turn by turn: signed in or, where that is heard at all, not; from a page or from a program.
                let signed_in = at % 2 == 0 || !PUBLIC.contains(&name.as_str());
                let person = if signed_in && name != "logout" { &ada } else { &anybody };
                let accept = if at % 3 == 0 { "text/html" } else { "application/json" };
                let request = person.request(Method::POST, &format!("/api/fn/{name}"));
                let request = request.header("content-type", kind).header("accept", accept).body(body.clone());
                // A body that is refused early may not be taken whole.
                let Ok(answered) = request.send().await else { continue };
                let start = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
                assert!(answered.status().as_u16() < 500, "{name} {kind} {start:?}: {}", answered.status());
            }
        }
    }
    assert!(!server.log().contains("panicked"));
    assert!(!server.log().contains("answered with an error"));
}

#[tokio::test]
async fn a_body_without_a_boundary_is_refused() {
    let server = Server::start();
    let ada = server.person("ada").await;
    for kind in ["text/plain", "multipart/form-data", "multipart/form-data; boundary", "application/json", "\u{e9}"] {
        let send = |person: &Person| {
            let sent = person.request(Method::POST, "/api/fn/upload_dataset").header("content-type", kind.as_bytes());
            answer(sent.body("x"))
        };
        assert_refused(&send(&ada).await, 415, "unsupported_media_type");
        assert_refused(&send(&server.anybody()).await, 401, "unauthenticated");
    }
    let bare = ada.request(Method::POST, "/api/fn/upload_dataset").body("x");
    assert_refused(&answer(bare).await, 415, "unsupported_media_type");
}

#[tokio::test]
async fn arguments_that_cannot_be_read_are_the_callers_mistake() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let send = async |request: RequestBuilder| {
        let (status, body) = answer(request.header("accept", "application/json")).await;
        (status, body["code"].as_str().map(str::to_owned))
    };
    let form = |name: &str, body: &'static str| {
        let request = ada.request(Method::POST, &format!("/api/fn/{name}"));
        request.header("content-type", "application/x-www-form-urlencoded").body(body)
    };
    let mistake = (400, Some("bad_request".to_owned()));
    assert_eq!(send(form("login", "email=only")).await, mistake);
    assert_eq!(send(form("job", "id=x")).await, mistake);
    assert_eq!(send(ada.request(Method::POST, "/api/fn/predict").body("{")).await, mistake);
    assert_eq!(send(ada.request(Method::GET, "/api/fn/login")).await.0, 405);
    assert_eq!(send(ada.request(Method::POST, "/api/fn/nothing")).await.0, 404);
}
