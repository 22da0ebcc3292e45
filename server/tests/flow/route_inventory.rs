//! Every route that is registered is in `routes.txt`, with who may ask it, and keeps to that: a new one that somebody forgot to
//! protect cannot go unnoticed, for it has to be written down there, and is asked here.

use std::{collections::BTreeMap, process::Command};

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::harness::{Person, Server};

const LISTED: &str = include_str!("routes.txt");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Policy {
    Public,
    SignedIn,
    /// Programs of this machine, and whoever has a token of its own: nobody whom a proxy speaks for.
    Local,
}

/// Method and pattern of every route of the router, as the executable says.
pub fn registered(server: &Server) -> Vec<(String, String)> {
    let directory = tempfile::tempdir().unwrap();
    let printed = Command::new(env!("CARGO_BIN_EXE_athanor"))
        .args(["routes", "--data-dir"])
        .arg(directory.path().join("data"))
        .arg("--site-dir")
        .arg(server.data().parent().unwrap().join("site"))
        .env_remove("DATABASE_URL")
        .env_remove("JWT_SECRET")
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let text = String::from_utf8(printed.stdout).unwrap();
    let routes = text.lines().map(|line| line.split_once(' ').unwrap());
    routes.map(|(method, pattern)| (method.to_owned(), pattern.to_owned())).collect()
}

/// The names of the functions behind the pages.
pub fn functions(server: &Server) -> Vec<String> {
    let routes = registered(server);
    routes.iter().filter_map(|(_, pattern)| pattern.strip_prefix("/api/fn/").map(str::to_owned)).collect()
}

fn listed() -> BTreeMap<(String, String), Policy> {
    let lines = LISTED.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let read = lines.map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [method, pattern, policy] = words[..] else { panic!("routes.txt: {line:?}") };
        let policy = match policy {
            "public" => Policy::Public,
            "signed-in" => Policy::SignedIn,
            "local" => Policy::Local,
            other => panic!("routes.txt: there is no {other:?}"),
        };
        ((method.to_owned(), pattern.to_owned()), policy)
    });
    read.collect()
}

/// An address of this pattern.
fn example(pattern: &str) -> String {
    let parts = pattern.split('/').map(|part| match part {
        "{id}" | ":id" => "00000000-0000-7000-8000-000000000000",
        "{row}" => "0",
        "{file}" => "model.onnx",
        "{*rest}" => "index.css",
        part => {
            assert!(!part.starts_with(['{', ':']), "{pattern}: what stands for {part}?");
            part
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

fn method(name: &str) -> Method {
    if name == "ANY" { Method::GET } else { name.parse().unwrap() }
}

async fn asked(person: &Person, method: Method, path: &str, page: bool) -> (StatusCode, String) {
    let accept = if page { "text/html" } else { "application/json" };
    let mut request = person.request(method.clone(), path).header("accept", accept);
    if path == "/metrics" {
        request = request.header("x-forwarded-for", "203.0.113.7");
    }
    if method != Method::GET && method != Method::HEAD {
        request = request.json(&json!({}));
    }
    let response = request.send().await.unwrap();
    let to = response.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
    (response.status(), to.unwrap_or_default())
}

#[tokio::test]
async fn every_route_is_written_down_and_lets_in_whom_it_says() {
    let server = Server::start_with(&[("ATHANOR_RATE_LIMIT", "0")]);
    server.person("ada").await;
    let (registered, listed) = (registered(&server), listed());
    assert!(registered.len() > 80, "{registered:?}");
    let forgotten: Vec<_> = registered.iter().filter(|route| !listed.contains_key(*route)).collect();
    assert!(forgotten.is_empty(), "add to server/tests/flow/routes.txt who may ask {forgotten:?}");
    let gone: Vec<_> = listed.keys().filter(|route| !registered.contains(route)).collect();
    assert!(gone.is_empty(), "there is no such route any more: {gone:?}");

    let stranger = server.anybody();
    for ((name, pattern), policy) in &listed {
        let page = name == "GET" && !pattern.starts_with("/api") && pattern != "/metrics" && pattern != "/health";
        let (status, to) = asked(&stranger, method(name), &example(pattern), page).await;
        let to_the_door = status.is_redirection() && (to.starts_with("/login") || to.starts_with("/register"));
        let kept_out = if page { to_the_door } else { status == 401 };
        match policy {
            Policy::Public => assert!(status != 401 && !to_the_door, "{name} {pattern}: {status} {to}"),
            Policy::SignedIn => assert!(kept_out, "{name} {pattern} answers {status} {to:?} to a stranger"),
            Policy::Local => assert_eq!(status, 404, "{name} {pattern}"),
        }
    }
}

#[tokio::test]
async fn other_methods_than_those_of_a_route_are_refused_also_in_disguise() {
    // Nobody asks so often by hand.
    let server = Server::start_with(&[("ATHANOR_RATE_LIMIT", "0")]);
    let ada = server.person("ada").await;
    let mut by_path: BTreeMap<String, Vec<Method>> = BTreeMap::new();
    for (name, pattern) in registered(&server) {
        if name != "ANY" {
            by_path.entry(pattern).or_default().push(method(&name));
        }
    }
    let all = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE, Method::OPTIONS];
    for (pattern, known) in &by_path {
        for other in all.iter().filter(|other| !known.contains(other)) {
            let (status, _) = asked(&ada, other.clone(), &example(pattern), false).await;
            assert_eq!(status, 405, "{other} {pattern}");
        }
    }
    let dataset = ada.small().await;
    let path = format!("/api/datasets/{dataset}");
    for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
        for carrier in [Method::GET, Method::POST] {
            ada.request(carrier, &format!("{path}?_method=DELETE")).header(name, "DELETE").send().await.unwrap();
        }
    }
    assert_eq!(ada.get(&path).await.0, 200, "it is still there");
}
