//! Wrong requests get the right status and the failure shape, and change nothing.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Server, answer, assert_refused};

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

#[tokio::test]
async fn training_requests_name_every_wrong_field() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let wrong: [(Value, &[&str]); 12] = [
        (json!({}), &["dataset"]),
        (json!({"dataset": ""}), &["dataset"]),
        (json!({"dataset": "nothing"}), &["dataset"]),
        (json!({"dataset": NOBODY}), &["dataset"]),
        (json!({"dataset": 7}), &["dataset"]),
        (json!({"dataset": "iris", "epochs": 0, "batch_size": 0, "lr": -1}), &["batch_size", "epochs", "lr"]),
        (json!({"dataset": "iris", "epochs": "ten"}), &["epochs"]),
        (json!({"dataset": "iris", "epochs": -1}), &["epochs"]),
        (json!({"dataset": "iris", "epocs": 3}), &["epocs"]),
        (json!({"dataset": "iris", "target": "nope"}), &["target"]),
        (json!({"dataset": "iris", "features": ["species"]}), &["features"]),
        (json!({"dataset": "iris", "optimizer": "magic"}), &["optimizer"]),
    ];
    for (body, fields) in wrong {
        let refused = ada.post("/api/training", &body).await;
        assert_refused(&refused, 422, "validation_failed");
        let named: Vec<&str> = refused.1["fields"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(named, fields, "{body}");
    }
    assert_eq!(ada.get("/api/training/jobs").await.1["count"], 0);
}

#[tokio::test]
async fn bodies_that_are_no_json_methods_that_are_none_and_paths_that_lead_nowhere() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let raw = async |method: Method, path: &str, kind: &str, body: &str| {
        answer(ada.request(method, path).header("content-type", kind).body(body.to_owned())).await
    };
    for path in ["/api/auth/register", "/api/auth/login", "/api/training"] {
        assert_refused(&raw(Method::POST, path, "application/json", "{").await, 400, "bad_request");
        assert_refused(&raw(Method::POST, path, "application/json", "").await, 400, "bad_request");
        assert_refused(&raw(Method::POST, path, "application/json", "[1]").await, 422, "validation_failed");
        assert_refused(&raw(Method::POST, path, "text/plain", "{}").await, 415, "unsupported_media_type");
        let announced = ada.announce(path, "application/json", 17 << 20).await;
        assert!(announced.starts_with("HTTP/1.1 413") && announced.contains("\"code\":\"too_large\""), "{announced}");
    }
    assert_refused(
        &raw(Method::POST, "/api/datasets/upload", "text/csv", "a\n1\n").await,
        415,
        "unsupported_media_type",
    );
    let broken = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\na,b\n1";
    let broken = raw(Method::POST, "/api/datasets/upload", "multipart/form-data; boundary=x", broken).await;
    assert_refused(&broken, 400, "bad_request");
    assert_refused(&raw(Method::PUT, "/api/training", "application/json", "{}").await, 405, "method_not_allowed");
    assert_refused(&raw(Method::GET, "/api/nothing", "application/json", "").await, 404, "not_found");
    for path in ["training", "datasets", "models"] {
        for id in [NOBODY, "x", "%00", "..%2f..%2fsecrets"] {
            assert_refused(&ada.get(&format!("/api/{path}/{id}")).await, 404, "not_found");
            assert_refused(&ada.delete(&format!("/api/{path}/{id}")).await, 404, "not_found");
        }
    }
    assert_refused(&ada.get("/api/training/status").await, 422, "validation_failed");
    assert_refused(&ada.get("/api/training/status?job_id=x").await, 404, "not_found");
}

#[tokio::test]
async fn nothing_is_shown_to_somebody_who_is_not_signed_in() {
    let server = Server::start();
    let anybody = server.anybody();
    let (_, specification) = anybody.get("/api/openapi.json").await;
    let mut asked = 0;
    for (path, methods) in specification["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            // Endpoints that are open say so with an empty requirement.
            if operation["security"] == json!([{}]) {
                continue;
            }
            let method: Method = method.to_uppercase().parse().unwrap();
            let path = path.replace("{id}", NOBODY);
            assert_refused(&answer(anybody.request(method, &path).json(&json!({}))).await, 401, "unauthenticated");
            asked += 1;
        }
    }
    assert!(asked > 20, "{asked}");
}
