//! What the environment says: secrets and other origins.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use reqwest::Method;
use serde_json::json;

use crate::harness::{Person, Server, answer, assert_refused};

const SECRET: &str = "a secret of more than thirty-two bytes";

#[tokio::test]
async fn a_secret_of_ones_own_signs_the_tokens() {
    let mut server = Server::start_with(&[("JWT_SECRET", SECRET)]);
    let ada = server.person("ada").await;
    assert!(!server.data().join("secrets").join("jwt").exists(), "none is made up beside it");
    assert!(!server.log().contains(SECRET));
    server.terminate();
    server.start_again();
    let again = Person { url: server.url.clone(), ..ada };
    assert_eq!(again.get("/api/auth/me").await.0, 200);
    // Another secret: the tokens of the first are worth nothing, the account is still there.
    server.terminate();
    server.start_again_with(&[("JWT_SECRET", "another secret of more than thirty-two bytes")]);
    let again = Person { url: server.url.clone(), ..again };
    assert_refused(&again.get("/api/auth/me").await, 401, "unauthenticated");
    let form = json!({"email": again.email, "password": "correct horse"});
    assert_eq!(again.post("/api/auth/login", &form).await.0, 200);
}

#[test]
fn a_secret_that_is_short_or_in_every_example_is_refused_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let site = directory.path().join("site");
    std::fs::create_dir(&site).unwrap();
    std::fs::write(
        site.join("assets.json"),
        r#"{"scripts":"/pkg/a","css":"/a.css","loader":"l","parts":{},"inference":"w"}"#,
    )
    .unwrap();
    for (secret, why) in [
        ("too short a secret", "must have at least 32 bytes"),
        ("change-me-change-me-change-me-change-me", "is made of too few different bytes"),
        ("00000000000000000000000000000000", "is made of too few different bytes"),
    ] {
        for name in ["JWT_SECRET", "JWT_SECRET_PREVIOUS"] {
            let mut serving = Command::new(env!("CARGO_BIN_EXE_athanor"))
                .args(["serve", "--addr", "127.0.0.1:0", "--data-dir"])
                .arg(directory.path().join("data"))
                .arg("--site-dir")
                .arg(&site)
                .env_remove("DATABASE_URL")
                .env(name, secret)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            // It ends by itself, or says where it listens and would go on for ever.
            let mut line = String::new();
            BufReader::new(serving.stdout.take().unwrap()).read_line(&mut line).unwrap();
            serving.kill().unwrap();
            let said = String::from_utf8(serving.wait_with_output().unwrap().stderr).unwrap();
            assert!(line.is_empty(), "{name}={secret} is a secret: {line}");
            assert!(said.contains(&format!("{name} {why}")), "{said}");
            assert!(!said.contains(secret), "{said}");
        }
    }
}

#[tokio::test]
async fn pages_of_the_one_other_origin_may_call_the_api() {
    const OTHER: &str = "http://127.0.0.1:8080";
    // A slash at its end is none of the origin.
    let server = Server::start_with(&[("CORS_ORIGIN", "http://127.0.0.1:8080/")]);
    let ada = server.person("ada").await;
    let anybody = server.anybody();
    let asked = anybody
        .request(Method::OPTIONS, "/api/training")
        .header("origin", OTHER)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,authorization");
    let allowed = asked.send().await.unwrap();
    assert_eq!(allowed.status(), 200);
    let text = |name: &str| allowed.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_lowercase();
    assert_eq!(
        (text("access-control-allow-origin"), text("access-control-allow-credentials")),
        (OTHER.into(), "true".into())
    );
    assert!(text("access-control-allow-methods").contains("post"));
    assert!(text("access-control-allow-headers").contains("authorization"));

    let cookie = format!("athanor_session={}", ada.token);
    let with = |method: Method, path: &str, origin: &str| {
        anybody.request(method, path).header("cookie", &cookie).header("origin", origin)
    };
    let read = with(Method::GET, "/api/auth/me", OTHER).send().await.unwrap();
    assert_eq!(
        (read.status().as_u16(), &read.headers()["access-control-allow-origin"]),
        (200, &OTHER.parse().unwrap())
    );
    let submitted = with(Method::POST, "/api/training", OTHER).json(&json!({"dataset": "iris", "epochs": 1}));
    let (status, body) = answer(submitted).await;
    assert_eq!(status, 201, "{body}");
    ada.wait_for(body["job_id"].as_str().unwrap(), "COMPLETED").await;
    for evil in ["https://evil.example", "http://127.0.0.1:8081", "null"] {
        let refused = with(Method::POST, "/api/auth/logout", evil);
        assert_refused(&answer(refused).await, 403, "forbidden");
        let read = with(Method::GET, "/api/auth/me", evil).send().await.unwrap();
        let shared = read.headers().get("access-control-allow-origin");
        assert_ne!(shared.map(|origin| origin.to_str().unwrap()), Some(evil), "its scripts may not read the answer");
    }
    assert_eq!(ada.get("/api/auth/me").await.0, 200, "nobody was logged out");

    let closed = Server::start();
    let read = closed.anybody().request(Method::GET, "/health").header("origin", OTHER).send().await.unwrap();
    assert!(
        !read.headers().contains_key("access-control-allow-origin"),
        "without the variable there is no other origin"
    );
}
