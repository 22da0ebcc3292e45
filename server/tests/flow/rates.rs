//! How often somebody may ask.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::{task::JoinSet, time::sleep};

use crate::harness::{Person, Server, answer, assert_refused};

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_again_and_others_go_on() {
    // Of a stranger 30 a minute, 15 at once.
    let server = Server::start_with(&[("ATHANOR_RATE_LIMIT", "240")]);
    let ada = server.person("ada").await;
    ada.get("/api/auth/me").await;
    let stranger = server.anybody();
    let mut refused = None;
    for _ in 0..30 {
        let response = stranger.request(Method::GET, "/api/auth/me").send().await.unwrap();
        if response.status() == 429 {
            refused = Some(response);
            break;
        }
    }
    let refused = refused.expect("there is a limit");
    let seconds: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    let body: serde_json::Value = refused.json().await.unwrap();
    assert_refused(&(429, body.clone()), 429, "busy");
    assert!(body["error"].as_str().unwrap().contains(&format!(" {seconds} s")), "{body}");
    // From the same address.
    assert_eq!(ada.get("/api/auth/me").await.0, 200);
    let made_up = stranger.request(Method::GET, "/api/auth/me").bearer_auth("made.up.1");
    assert_eq!(answer(made_up).await.0, 429, "a new token for each request is no way around it");
    for path in ["/health", "/metrics", "/favicon.svg"] {
        assert_eq!(stranger.request(Method::GET, path).send().await.unwrap().status(), 200, "{path}");
    }
    sleep(Duration::from_secs(seconds)).await;
    assert_eq!(stranger.get("/api/auth/me").await.0, 401, "it was true");
}

#[tokio::test]
async fn a_flood_of_sign_ins_reaches_few_passwords_and_many_tabs_are_no_flood() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let form = json!({"email": ada.email, "password": "wrong"});
    let begun = Instant::now();
    let mut flood = JoinSet::new();
    for _ in 0..20 {
        let (door, form) = (server.anybody(), form.clone());
        flood.spawn(async move {
            let mut heard = 0;
            for _ in 0..50 {
                heard += usize::from(door.post("/api/auth/login", &form).await.0 != 429);
            }
            heard
        });
    }
    // Twenty tabs of somebody who is signed in, at the same time.
    let mut tabs = JoinSet::new();
    for _ in 0..20 {
        let tab =
            Person { client: ada.client.clone(), url: ada.url.clone(), token: ada.token.clone(), email: String::new() };
        tabs.spawn(async move {
            for _ in 0..50 {
                assert_eq!(tab.get("/api/training/jobs").await.0, 200);
            }
        });
    }
    tabs.join_all().await;
    let heard: usize = flood.join_all().await.into_iter().sum();
    let most = 60 + 2 * begun.elapsed().as_secs() as usize + 2;
    assert!(heard <= most, "{heard} of 1,000 were looked at, not {most}");
}

/// Where nothing counts the tries at an account: who makes accounts or tries links by the hundred.
#[tokio::test]
async fn the_door_has_a_limit_of_its_own() {
    // Twelve a minute at the door of one address, six at once; of a stranger 75, 37 at once.
    let server = Server::start_with(&[("ATHANOR_RATE_LIMIT", "600")]);
    let (begun, stranger) = (Instant::now(), server.anybody());
    let mut heard = 0;
    for number in 0..30 {
        let (path, form) = if number % 2 == 0 {
            ("/api/auth/reset", json!({"link": format!("guess{number}"), "password": "correct horse"}))
        } else {
            ("/api/auth/register", json!({"email": "no address", "password": "correct horse"}))
        };
        let (status, body) = stranger.post(path, &form).await;
        assert!(matches!(status, 422 | 429), "{status} {body}");
        heard += usize::from(status == 422);
    }
    let most = 6 + begun.elapsed().as_secs() as usize / 5 + 1;
    assert!((6..=most).contains(&heard), "{heard} of 30 were looked at, not {most}");
    assert_eq!(stranger.get("/api/auth/me").await.0, 401, "elsewhere the same address may go on");
}
