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
    // As it is typed: what is before and after it counts, and one byte less than eight is too few, however odd they are.
    let entering = |password: &str| json!({"email": "bea@example.org", "password": password});
    let short = anybody.post("/api/auth/register", &entering("x9$Kq2!")).await;
    assert_eq!(short.1["fields"]["password"], "Use at least 8 characters.", "{}", short.1);
    assert_eq!(anybody.post("/api/auth/register", &entering("  x9$Kq2! ")).await.0, 201);
    assert_eq!(anybody.post("/api/auth/login", &entering("x9$Kq2!")).await.0, 401);
    assert_eq!(anybody.post("/api/auth/login", &entering("  x9$Kq2! ")).await.0, 200);
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
    let other = Server::start();
    let mut known = std::collections::BTreeSet::new();
    for name in ["jwt", "pepper"] {
        let file = server.data().join("secrets").join(name);
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        let secret = std::fs::read(&file).unwrap();
        assert_eq!(secret.len(), 32);
        // Neither of them, nor those of another installation, are the same.
        assert!(known.insert(secret), "{name}");
        assert!(known.insert(std::fs::read(other.data().join("secrets").join(name)).unwrap()), "{name}");
    }
    server.terminate();
    server.start_again();
    let again = crate::harness::Person { url: server.url.clone(), ..ada };
    assert_eq!(again.get("/api/auth/me").await.0, 200, "tokens outlive the process");
    assert!(!server.log().contains("correct horse") && !server.log().contains(&again.token));
}

/// RELIABILITY S19: guessing gets slower, whether or not there is such an account, and the owner gets in from home.
#[tokio::test]
async fn guessing_passwords_gets_slower_and_keeps_nobody_out() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let anybody = server.anybody();
    for email in ["nobody@example.org", ada.email.as_str()] {
        let mut answers = Vec::new();
        for number in 0..12 {
            let form = json!({"email": email, "password": format!("wrong horse {number}")});
            let response = anybody.request(Method::POST, "/api/auth/login").json(&form).send().await.unwrap();
            let wait = response.headers().get("retry-after").map(|wait| wait.to_str().unwrap().to_owned());
            assert_eq!(wait.is_some(), response.status() == 429);
            answers.push(response.status().as_u16());
        }
        let tried = answers.iter().filter(|status| **status == 401).count();
        assert!((5..=8).contains(&tried), "{email}: {answers:?}");
        assert!(answers.ends_with(&[429, 429]), "{email}: {answers:?}");
    }
    // Registering signed ada in from this address: her own tries are counted apart from a stranger's, and are forgotten with
    // the first right one. Here both come from the same place, so she waits as long as it says.
    let (status, body) =
        anybody.post("/api/auth/login", &json!({"email": ada.email, "password": "correct horse"})).await;
    assert_eq!((status, &body["code"]), (429, &json!("busy")));
    let wait = body["retry_after_seconds"].as_u64().unwrap();
    assert!((1..=8).contains(&wait), "{body}");
    tokio::time::sleep(std::time::Duration::from_secs(wait)).await;
    let (status, body) =
        anybody.post("/api/auth/login", &json!({"email": ada.email, "password": "correct horse"})).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(ada.get("/api/auth/me").await.0, 200, "who is in stays in");
}

/// The same from two places: a stranger who guesses all day keeps the owner out where the stranger is, not at home.
#[tokio::test]
async fn whoever_guesses_keeps_nobody_out_who_is_at_home() {
    let server = Server::start_with(&[("ATHANOR_TRUSTED_PROXIES", "127.0.0.0/8")]);
    let at = async |address: &str, path: &str, form: &serde_json::Value| {
        let request = server.anybody().request(Method::POST, path).header("x-forwarded-for", address).json(form);
        answer(request).await
    };
    let (home, elsewhere, away) = ("203.0.113.1", "203.0.113.66", "203.0.113.2");
    let form = |password: &str| json!({"email": "ada@example.org", "password": password});
    // The first account is made on the machine.
    server.person("grace").await;
    assert_eq!(at(home, "/api/auth/register", &form("correct horse")).await.0, 201);
    let mut tried = 0;
    while at(elsewhere, "/api/auth/login", &form("wrong horse")).await.0 == 401 {
        tried += 1;
        assert!(tried < 20, "it may be tried for ever");
    }
    assert_refused(&at(away, "/api/auth/login", &form("correct horse")).await, 429, "busy");
    let (status, body) = at(home, "/api/auth/login", &form("correct horse")).await;
    assert_eq!(status, 200, "{body}");
}

#[tokio::test]
async fn what_everybody_tries_first_is_no_password() {
    let server = Server::start();
    for password in ["password", "12345678", "athanor123", "ada.lovelace1"] {
        let form = json!({"email": "ada.lovelace@example.org", "password": password});
        let refused = server.anybody().post("/api/auth/register", &form).await;
        assert_refused(&refused, 422, "validation_failed");
        assert!(refused.1["fields"]["password"].is_string(), "{password}: {}", refused.1);
    }
}

/// RELIABILITY S10: what a token may do, and that it may do nothing a moment after it was revoked.
#[tokio::test]
async fn a_token_is_shown_once_and_revoked_at_once() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let wanted = json!({"name": "nightly", "scope": "train", "expires_in_days": 30});
    let (status, made) = ada.post("/api/tokens", &wanted).await;
    assert_eq!(status, 201, "{made}");
    let program = crate::harness::Person { token: made["secret"].as_str().unwrap().to_owned(), ..server.anybody() };
    assert_eq!(program.get("/api/training/jobs").await.0, 200);
    program.small().await;
    assert_refused(&program.get("/api/tokens").await, 403, "forbidden");
    let (_, listed) = ada.get("/api/tokens").await;
    assert!(!listed.to_string().contains(&program.token), "{listed}");
    assert_eq!(listed["tokens"][0]["name"], "nightly");
    let query = format!("/api/training/jobs?access_token={0}&token={0}", program.token);
    assert_refused(&server.anybody().get(&query).await, 401, "unauthenticated");
    let basic = server.anybody().request(Method::GET, "/api/training/jobs").basic_auth("ada", Some(&program.token));
    assert_refused(&answer(basic).await, 401, "unauthenticated");
    assert_eq!(ada.delete(&format!("/api/tokens/{}", made["id"].as_str().unwrap())).await.0, 200);
    assert_refused(&program.get("/api/training/jobs").await, 401, "unauthenticated");
    for wrong in [
        json!({"name": "", "scope": "read"}),
        json!({"name": "x", "scope": "everything"}),
        json!({"name": "x", "scope": "read", "expires_in_days": 0}),
        json!({"name": "x", "scope": "read", "role": "admin"}),
    ] {
        assert_refused(&ada.post("/api/tokens", &wrong).await, 422, "validation_failed");
    }
    assert!(!server.log().contains(&program.token));
}

/// RELIABILITY S22: a secret is replaced without anybody being signed out, and then the old one is worth nothing.
#[tokio::test]
async fn a_new_secret_signs_nobody_out_while_the_old_one_is_known() {
    let (old, new) = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
    let mut server = Server::start_with(&[("JWT_SECRET", old)]);
    let ada = server.person("ada").await;
    server.terminate();
    server.start_again_with(&[("JWT_SECRET", new), ("JWT_SECRET_PREVIOUS", old)]);
    let ada = crate::harness::Person { url: server.url.clone(), ..ada };
    assert_eq!(ada.get("/api/auth/me").await.0, 200);
    server.terminate();
    server.start_again_with(&[("JWT_SECRET", new)]);
    let ada = crate::harness::Person { url: server.url.clone(), ..ada };
    assert_refused(&ada.get("/api/auth/me").await, 401, "unauthenticated");
}

/// When nobody can log in: beside a server that runs.
#[tokio::test]
async fn the_shell_makes_accounts_and_new_passwords() {
    let server = Server::start_with(&[("ATHANOR_REGISTRATION", "closed")]);
    let data = server.data();
    let run = |arguments: &[&str]| {
        let place = ["--data-dir", data.to_str().unwrap()];
        crate::harness::athanor(&[&["admin"], arguments, &place].concat())
    };
    let form = json!({"email": "eve@example.org", "password": "correct horse"});
    assert_refused(&server.anybody().post("/api/auth/register", &form).await, 403, "forbidden");
    let (code, said, complaint) = run(&["create-user", "ada@example.org", "--role", "admin"]);
    assert_eq!(code, 0, "{said}{complaint}");
    let link = said.split("link=").nth(1).unwrap().trim().to_owned();
    let reset = |password: &str| json!({"link": link, "password": password});
    assert_refused(&server.anybody().post("/api/auth/reset", &reset("password")).await, 422, "validation_failed");
    assert_eq!(server.anybody().post("/api/auth/reset", &reset("correct horse")).await.0, 200);
    assert_refused(&server.anybody().post("/api/auth/reset", &reset("another horse")).await, 422, "validation_failed");
    let login = json!({"email": "ada@example.org", "password": "correct horse"});
    let (status, body) = server.anybody().post("/api/auth/login", &login).await;
    assert_eq!((status, &body["user"]["role"]), (200, &json!("admin")));
    let (code, said, _) = run(&["reset-password", "ADA@example.org"]);
    assert!(code == 0 && said.contains("/reset?link="), "{said}");
    let (code, said, _) = run(&["list-users"]);
    assert!(code == 0 && said.starts_with("ada@example.org\tadmin\tseen "), "{said}");
    for wrong in [
        &["create-user", "ada@example.org"][..],
        &["create-user", "no address"],
        &["reset-password", "eve@example.org"],
    ] {
        let (code, said, complaint) = run(wrong);
        assert!(code == 1 && complaint.starts_with("athanor: "), "{said}{complaint}");
    }
}
