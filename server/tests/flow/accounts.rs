//! Registering, signing in and out.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Server, answer, assert_refused};

#[tokio::test]
async fn the_first_person_is_the_admin_and_others_are_members() {
    let server = Server::start();
    let (first, second) = (server.person("ada").await, server.person("bea").await);
    let (status, body) = first.get("/api/auth/me").await;
    assert_eq!((status, &body["ok"], &body["user"]["role"]), (200, &json!(true), &json!("admin")));
    assert_eq!(body["user"]["username"], "ada");
    assert_eq!(second.get("/api/auth/me").await.1["user"]["role"], "member");
    for method in [Method::GET, Method::POST] {
        let (status, body) = answer(first.request(method, "/api/auth/verify")).await;
        assert_eq!((status, &body["valid"]), (200, &json!(true)));
    }
}

#[tokio::test]
async fn wrong_credentials_do_not_say_which_was_wrong() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let anybody = server.anybody();
    let login = |email: &str, password: &str| json!({"email": email, "password": password});
    let wrong_password = anybody.post("/api/auth/login", &login(&ada.email, "wrong horse")).await;
    let wrong_email = anybody.post("/api/auth/login", &login("nobody@example.org", "correct horse")).await;
    assert_refused(&wrong_password, 401, "invalid_credentials");
    assert_eq!(wrong_password.1["error"], wrong_email.1["error"]);
    let (status, body) = anybody.post("/api/auth/login", &login(&ada.email.to_uppercase(), "correct horse")).await;
    assert_eq!(status, 200, "{body}");
    let taken = json!({"email": ada.email, "password": "correct horse"});
    assert_refused(&anybody.post("/api/auth/register", &taken).await, 409, "email_taken");
}

#[tokio::test]
async fn every_byte_of_a_long_password_counts() {
    let server = Server::start();
    let anybody = server.anybody();
    let long = "x".repeat(1_023);
    let form =
        |last: &str| json!({"email": "long@example.org", "password": format!("{long}{last}"), "username": "long"});
    assert_eq!(anybody.post("/api/auth/register", &form("a")).await.0, 201);
    let login = |last: &str| json!({"email": "long@example.org", "password": format!("{long}{last}")});
    assert_eq!(anybody.post("/api/auth/login", &login("a")).await.0, 200);
    assert_eq!(anybody.post("/api/auth/login", &login("b")).await.0, 401);
    assert_refused(&anybody.post("/api/auth/register", &form("ab")).await, 422, "validation_failed");
}

#[tokio::test]
async fn logging_out_revokes_the_token() {
    let server = Server::start();
    let ada = server.person("ada").await;
    assert_eq!(ada.post("/api/auth/logout", &json!({})).await.0, 200);
    assert_refused(&ada.get("/api/auth/me").await, 401, "unauthenticated");
    assert_refused(&server.anybody().get("/api/auth/verify").await, 401, "unauthenticated");
}

#[tokio::test]
async fn the_cookie_is_for_our_own_pages_only() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let form = json!({"email": ada.email, "password": "correct horse"});
    let response = server.anybody().request(Method::POST, "/api/auth/login").json(&form).send().await.unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    let pair = cookie.split(';').next().unwrap().to_owned();
    let anybody = server.anybody();
    let own = anybody.request(Method::GET, "/api/auth/me").header("cookie", &pair);
    assert_eq!(answer(own).await.0, 200);
    let forged = anybody
        .request(Method::POST, "/api/auth/logout")
        .header("cookie", &pair)
        .header("origin", "https://evil.example");
    assert_refused(&answer(forged).await, 403, "forbidden");
    let still = anybody.request(Method::GET, "/api/auth/me").header("cookie", &pair);
    assert_eq!(answer(still).await.0, 200);
}

#[cfg(unix)]
#[tokio::test]
async fn secrets_are_made_once_and_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let mut server = Server::start();
    let ada = server.person("ada").await;
    for name in ["jwt", "pepper"] {
        let file = server.data().join("secrets").join(name);
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        let secret = std::fs::read(&file).unwrap();
        assert_eq!(secret.len(), 32);
    }
    server.terminate();
    server.start_again();
    let again = crate::harness::Person { url: server.url.clone(), ..ada };
    assert_eq!(again.get("/api/auth/me").await.0, 200, "tokens outlive the process");
    assert!(!server.log().contains("correct horse") && !server.log().contains(&again.token));
}
