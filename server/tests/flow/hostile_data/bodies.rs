//! Messages that are deep, long or many, and numbers beyond all bounds: RELIABILITY S45 and S47.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::{encoded, get, status};
use crate::harness::{Person, Server, answer, assert_refused};

/// Levels, of what no reader may descend into by its own stack.
const DEEP: usize = 100_000;

fn deep(open: &str, close: &str) -> String {
    format!("{}1{}", open.repeat(DEEP), close.repeat(DEEP))
}

async fn send(person: &Person, method: Method, path: &str, body: String) -> (u16, Value) {
    let request = person.request(method, path).header("content-type", "application/json");
    answer(request.body(body)).await
}

#[tokio::test]
async fn what_is_nested_without_end_is_not_descended_into() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let job = ada.train(json!({"dataset": "iris", "epochs": 1, "model": "linear"})).await;
    let done = ada.wait_for(&job, "COMPLETED").await;
    let predict = format!("/api/models/{}/predict", done["model_id"].as_str().unwrap());
    let job = format!("/api/training/{job}");
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let nested = deep(open, close);
        for (method, path, before, after) in [
            (Method::POST, "/api/training", "", ""),
            (Method::POST, "/api/training", "{\"dataset\":", "}"),
            (Method::POST, "/api/training", "{\"dataset\":\"iris\",\"model\":", "}"),
            (Method::POST, "/api/training/estimate", "{\"dataset\":\"iris\",\"features\":", "}"),
            (Method::POST, "/api/auth/login", "{\"email\":", ",\"password\":\"x\"}"),
            (Method::POST, "/api/experiments", "{\"name\":", "}"),
            (Method::PATCH, &job, "{\"tags\":", "}"),
            (Method::POST, &predict, "{\"rows\":[{\"petal_length\":", "}]}"),
            (Method::POST, &predict, "{\"rows\":", "}"),
        ] {
            // Once whole, and once without an end.
            for body in [format!("{before}{nested}{after}"), format!("{before}{}", open.repeat(DEEP))] {
                let (status, told) = send(&ada, method.clone(), path, body).await;
                // Whoever signs in too often is told so first.
                assert!(matches!(status, 400 | 422 | 429), "{method} {path} {before}{open}: {status} {told}");
                assert!(told.to_string().len() < 2_000, "{path}");
            }
        }
    }
    for query in ["(".repeat(9_000), "-".repeat(9_000), "\"".repeat(9_000), "a,".repeat(9_000), "lr<1 ".repeat(1_000)] {
        let asked = encoded(&[("query", &query)]);
        assert_refused(&ada.get(&format!("/api/training/jobs?{asked}")).await, 422, "validation_failed");
    }
    assert_eq!(ada.get("/api/training/jobs").await.1["count"], 1);
}

#[tokio::test]
async fn a_socket_survives_what_is_said_on_it_or_is_closed() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let connect = async || {
        let mut request = format!("{}/ws", ada.url.replace("http", "ws")).into_client_request().unwrap();
        request.headers_mut().insert("authorization", format!("Bearer {}", ada.token).parse().unwrap());
        connect_async(request).await.unwrap().0
    };
    let mut socket = connect().await;
    let nested = "[".repeat(16_000);
    let job = |id: &str| format!("{{\"type\":\"subscribe_job\",\"job_id\":{id}}}");
    for message in [
        nested.clone(),
        "{\"type\":".repeat(2_000),
        job(&nested[..15_000]),
        job("\"../../athanor.db\""),
        job("\"\\u0000\""),
        "{\"type\":\"subscribe_job\"}".into(),
        "{\"type\":\"no such thing\"}".into(),
        "{\"type\":\"ping\",\"type\":\"ping\"}".into(),
        "null".into(),
        String::new(),
        "\u{0}".into(),
    ] {
        socket.send(Message::text(message.clone())).await.unwrap();
        let said = timeout(Duration::from_secs(10), socket.next()).await.expect("it answers").unwrap().unwrap();
        let said: Value = serde_json::from_str(said.to_text().unwrap()).unwrap();
        assert_eq!(said["type"], "error", "{message:.40}: {said}");
        assert!(said.to_string().len() < 1_000, "{message:.40}: {said}");
    }
    socket.send(Message::text("{\"type\":\"ping\"}")).await.unwrap();
    let said = timeout(Duration::from_secs(10), socket.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(said.to_text().unwrap(), "{\"type\":\"pong\"}");
    // What is longer than any message is not kept to its end.
    for long in [Message::text("[".repeat(1 << 20)), Message::binary(vec![0_u8; 1 << 20])] {
        let mut socket = connect().await;
        let _ = socket.send(long).await;
        let ended = async {
            while let Some(Ok(message)) = socket.next().await {
                assert!(!message.is_text());
            }
        };
        timeout(Duration::from_secs(10), ended).await.expect("it is closed");
    }
    assert_eq!(server.anybody().get("/health").await.0, 200);
}

#[tokio::test]
async fn many_parameters_and_long_headers_cost_little() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let begun = Instant::now();
    let many = "a=1&".repeat(10_000);
    let same = "limit=1&".repeat(5_000);
    for path in ["/api/training/jobs", "/api/datasets", "/jobs", "/", "/login", "/api/openapi.json", "/nothing"] {
        for query in [&many, &same] {
            let said = get(&ada, &format!("{path}?{query}"), "").await;
            assert!(status(&said) < 500, "{path}: {said:.200}");
        }
    }
    let long = "x".repeat(64 << 10);
    let lines: String = (0..500).map(|at| format!("X-{at}: {}\r\n", "y".repeat(100))).collect();
    for headers in [
        format!("X-Long: {long}\r\n"),
        format!("Cookie: athanor_session={long}\r\n"),
        format!("Cookie: {}\r\n", "a=b; ".repeat(12_000)),
        format!("Accept-Language: {}\r\n", "fa;q=0.1,".repeat(7_000)),
        format!("Accept-Encoding: {}\r\n", "br,".repeat(20_000)),
        format!("If-None-Match: {}\r\n", "\"x\",".repeat(15_000)),
        format!("Idempotency-Key: {long}\r\n"),
        lines,
    ] {
        for path in ["/api/training/jobs", "/", "/favicon.svg"] {
            let said = get(&ada, path, &headers).await;
            assert!(said.is_empty() || status(&said) < 500, "{headers:.30} {path}: {said:.200}");
        }
    }
    // Without end: it is cut off, not kept.
    let said = get(&ada, "/", &format!("X-Long: {}\r\n", "x".repeat(8 << 20))).await;
    assert!(said.is_empty() || status(&said) == 431, "{said:.200}");
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
    assert_eq!(ada.get("/api/training/jobs").await.0, 200);
}

#[tokio::test]
async fn numbers_beyond_all_bounds_train_nothing() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let huge = 1_000_000_000_000_u64;
    let mlp = |hidden: Value| json!({"model": {"kind": "mlp", "hidden": hidden}});
    let resnet = |field: &str, value: Value| json!({"model": {"kind": "resnet", field: value}});
    let transformer =
        |field: &str, value: Value| json!({"dataset": "messages", "model": {"kind": "transformer", field: value}});
    let wrong = [
        mlp(json!([huge])),
        mlp(json!([u32::MAX, u32::MAX])),
        mlp(json!([])),
        mlp(json!([0])),
        mlp(json!([-1])),
        mlp(json!(vec![8; 100_000])),
        mlp(json!(vec![4_096; 16])),
        json!({"model": {"kind": "mlp", "members": huge}}),
        json!({"model": {"kind": "mlp", "members": u32::MAX}}),
        json!({"model": {"kind": "mlp", "pieces": u32::MAX}}),
        json!({"model": {"kind": "mlp", "dropout": 1.0}}),
        json!({"model": {"kind": "mlp", "dropout": -1e300}}),
        json!({"model": {"kind": "mlp", "__proto__": 1}}),
        json!({"model": "os.system"}),
        resnet("blocks", json!(u32::MAX)),
        resnet("width", json!(u32::MAX)),
        resnet("hidden", json!(0)),
        transformer("layers", json!(u32::MAX)),
        transformer("width", json!(u32::MAX)),
        transformer("heads", json!(0)),
        transformer("max_tokens", json!(u32::MAX)),
        transformer("vocabulary", json!(u32::MAX)),
        json!({"model": {"kind": "cnn", "image_size": u32::MAX}}),
        json!({"model": {"kind": "cnn", "channels": vec![u32::MAX; 64]}}),
        json!({"epochs": huge}),
        json!({"epochs": u32::MAX}),
        json!({"batch_size": 0}),
        json!({"batch_size": u32::MAX}),
        json!({"lr": 1e308}),
        json!({"lr": -0.0}),
        json!({"lr": "NaN"}),
        json!({"weight_decay": 1e300}),
        json!({"momentum": 1.0, "optimizer": "sgd"}),
        json!({"gradient_clip": -1}),
        json!({"label_smoothing": 2}),
        json!({"validation": 1}),
        json!({"folds": u32::MAX}),
        json!({"early_stopping": u32::MAX}),
        json!({"seed": u64::MAX}),
        json!({"priority": i32::MIN}),
        json!({"max_seconds": u64::MAX}),
        json!({"name": "x".repeat(1 << 20)}),
        json!({"features": vec!["petal_length"; 100_000]}),
        json!({"schedule": {"kind": "cosine", "warmup": 1e300}}),
    ];
    for change in wrong {
        let mut body = json!({"dataset": "iris"});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        for at in ["/api/training", "/api/training/estimate"] {
            let refused = ada.post(at, &body).await;
            assert_refused(&refused, 422, "validation_failed");
            assert!(refused.1.to_string().len() < 20_000, "{at} {:.100}", change.to_string());
        }
    }
    let tags: Vec<String> = (0..100_000).map(|at| format!("x{at}")).collect();
    let refused = ada.post("/api/training", &json!({"dataset": "iris", "tags": tags})).await;
    assert_refused(&refused, 422, "validation_failed");
    // JSON has no such numbers; what reads them all the same finds nothing to compute with.
    for number in ["NaN", "Infinity", "-Infinity", "1e400", "1e-400000000000", "0x10"] {
        let (status, told) =
            send(&ada, Method::POST, "/api/training", format!("{{\"dataset\":\"iris\",\"lr\":{number}}}")).await;
        assert!(matches!(status, 400 | 422), "{number}: {status} {told}");
    }
    assert_eq!(ada.get("/api/training/jobs").await.1["count"], 0);
    assert_eq!(server.trainers(), Vec::<u32>::new());
}

#[tokio::test]
async fn names_are_no_commands() {
    let server = Server::start();
    let ada = server.person("ada").await;
    // Ray CVE-2023-48022 runs what is submitted; CVE-2024-52803 (LLaMA-Factory) put names into a shell. A trainer has its
    // job on its input, and no name is an argument of a process.
    let name = "$(touch pwned);`touch pwned`|touch pwned&&touch pwned\"'$IFS --help %s %n {{7*7}} ${jndi:ldap://x}";
    let table = format!("\"$(touch pwned)\",\"`touch pwned`\"\n{}", "1,yes\n2,no\n".repeat(12));
    assert_eq!(ada.upload("/api/datasets/upload", "names.csv", table).await.0, 201);
    let job = ada.train(json!({"dataset": "names", "name": name, "epochs": 1, "model": "linear"})).await;
    let done = ada.wait_for(&job, "COMPLETED").await;
    assert_eq!(done["name"], name);
    let made = super::below(&server.data().join(".."));
    assert!(!made.iter().any(|path| path.to_string_lossy().contains("pwned")), "{made:?}");
}
