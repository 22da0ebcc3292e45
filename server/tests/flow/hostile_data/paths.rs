//! Names and addresses never become paths: RELIABILITY S40 and S41.

use reqwest::Method;
use serde_json::json;

use super::{below, get, status};
use crate::harness::{SMALL, Server, answer, assert_refused};

/// Beside the data directory, and beside the built page.
const CANARY: &str = "the canary that nobody may read";

/// Ways to a file that is one folder up, or at the root: plain, encoded once, twice and overlong, behind a parameter, a
/// fragment or a query (MLflow CVE-2023-1177, CVE-2023-2780, CVE-2024-1483, CVE-2024-1560, CVE-2024-1593, CVE-2024-2928;
/// Gradio CVE-2023-51449; Ray CVE-2023-6021; LLaMA-Factory CVE-2025-53002), as another system would read it, or too long.
fn ways(file: &str) -> Vec<String> {
    let mut ways: Vec<String> = [
        "../",
        "../../",
        "..%2f",
        "%2e%2e/",
        "%2e%2e%2f",
        "%252e%252e%252f",
        "..%252f",
        "..%5c",
        "..\\",
        "%c0%ae%c0%ae/",
        "%c0%ae%c0%ae%c0%af",
        "%e0%80%ae%e0%80%ae/",
        "..;/",
        ";/../",
        "x;/../../",
        "x/../../",
        "#../",
        "?../",
        "x%23/../",
        "%3f../",
        "%00../",
        "..%00/",
        "....//",
        "./../",
        "/",
        "//",
        "%2f",
        "file:///",
        "file://localhost/",
        "C:\\",
        "C:%5c",
        "\\\\localhost\\",
        "//localhost/",
        "%uff0e%uff0e/",
        "..%ef%bc%8f",
        "~/",
        "CON/../",
        "%e2%80%ae../",
    ]
    .iter()
    .map(|way| format!("{way}{file}"))
    .collect();
    ways.extend([
        format!("{file}%00.json"),
        format!("{}{file}", "../".repeat(1_365)),
        format!("{}{file}", "%2e%2e%2f".repeat(455)),
    ]);
    ways
}

#[tokio::test]
async fn no_address_leads_to_a_file_that_is_not_meant() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let root = server.data().join("..").canonicalize().unwrap();
    std::fs::write(root.join("canary.txt"), CANARY).unwrap();
    std::fs::write(server.data().join("canary.txt"), CANARY).unwrap();
    let job = ada.train(json!({"dataset": "iris", "epochs": 1, "model": "linear"})).await;
    let done = ada.wait_for(&job, "COMPLETED").await;
    let (model, dataset) = (done["model_id"].as_str().unwrap(), done["dataset_id"].as_str().unwrap());
    let before = below(&root);
    let whole = root.join("canary.txt").to_string_lossy().into_owned();
    let mut targets = ways("canary.txt");
    targets.extend([whole.clone(), whole.replace('/', "%2f"), format!("file://{whole}")]);
    targets.extend(ways("athanor.db").into_iter().take(20));
    let api = [
        format!("/api/models/{model}/files/"),
        format!("/api/models/{model}/files/model.json/"),
        format!("/api/datasets/{dataset}/images/"),
        "/api/models/".into(),
        "/api/datasets/".into(),
        "/api/training/".into(),
        "/api/experiments/".into(),
        "/api/training/status?job_id=".into(),
    ];
    // The last two are those of Gradio and MLflow.
    let pages = [
        "/",
        "/pkg/",
        "/datasets/",
        "/jobs/",
        "/models/",
        "/experiments/",
        "/api/docs/",
        "/train?dataset=",
        "/file=",
        "/get-artifact?path=",
    ];
    for way in &targets {
        for begin in &api {
            let said = get(&ada, &format!("{begin}{way}"), "").await;
            // A fragment or a query leaves the list before it.
            let cut = way.starts_with(['#', '?']) && !begin.contains('?');
            assert!((400..500).contains(&status(&said)) || cut && status(&said) == 200, "{begin}{way}: {said}");
            assert!(!said.contains(CANARY) && !said.contains("SQLite format"), "{begin}{way}");
        }
        for begin in pages {
            let said = get(&ada, &format!("{begin}{way}"), "Accept: text/html\r\n").await;
            assert!(status(&said) < 500, "{begin}{way}: {said}");
            assert!(!said.contains(CANARY) && !said.contains("SQLite format"), "{begin}{way}");
        }
    }
    for (method, end) in [(Method::DELETE, ""), (Method::POST, "/stop"), (Method::PATCH, "")] {
        for way in ["..%2fcanary.txt", "%2e%2e%2f%2e%2e%2fcanary.txt", "canary.txt%00", "..%5ccanary.txt"] {
            for what in ["training", "datasets", "models", "experiments"] {
                let path = format!("/api/{what}/{way}{end}");
                let (status, body) = answer(ada.request(method.clone(), &path).json(&json!({}))).await;
                assert!((400..500).contains(&status), "{method} {path}: {status} {body}");
            }
        }
    }
    for path in before.iter().filter(|path| path.starts_with("data/datasets") || path.starts_with("data/models")) {
        assert!(root.join(path).exists(), "{} is gone", path.display());
    }
    assert_eq!(std::fs::read_to_string(root.join("canary.txt")).unwrap(), CANARY);
}

#[tokio::test]
async fn the_name_of_a_file_says_what_it_holds_and_nothing_else() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let root = server.data().join("..").canonicalize().unwrap();
    std::fs::write(root.join("canary.csv"), CANARY).unwrap();
    let whole = root.join("canary.csv").to_string_lossy().into_owned();
    let long = "x".repeat(4_096);
    // ClearML CVE-2024-24591 wrote files of a dataset wherever their names led.
    let names = [
        "../canary.csv",
        "../../canary.csv",
        "..\\..\\canary.csv",
        &whole,
        "/etc/cron.d/x.csv",
        "C:\\Windows\\x.csv",
        "\\\\host\\share\\x.csv",
        "file:///etc/x.csv",
        "..%2f..%2fcanary.csv",
        "%2e%2e%2fcanary.csv",
        "CON.csv",
        "NUL.csv",
        "x\u{202e}vsc.csv",
        "x\0.csv",
        "../x\0/../canary.csv",
        "~/x.csv",
        "$(touch pwned).csv",
        "`touch pwned`.csv",
        "|touch pwned|.csv",
        "-rf.csv",
        "....//canary.csv",
        "%00.csv",
        &format!("{long}.csv"),
        ".csv",
        "..csv",
        "...csv",
    ];
    let mut kept = 0;
    for name in names {
        for at in ["/api/datasets/upload", "/api/datasets/validate", "/api/fn/upload_dataset"] {
            let head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"";
            let body = format!("{head}{name}\"\r\n\r\n{SMALL}\r\n--x--\r\n");
            let request = ada.request(Method::POST, at).header("content-type", "multipart/form-data; boundary=x");
            let (status, told) = answer(request.body(body)).await;
            assert!(status == 200 || status == 201 || (400..500).contains(&status), "{name:?}: {status} {told}");
            if status != 201 {
                continue;
            }
            kept += 1;
            let file_name = told["dataset"]["file_name"].as_str().unwrap();
            let odd = |letter: char| letter.is_control() || matches!(letter, '/' | '\\' | '\u{202e}');
            assert!(!file_name.contains(odd) && file_name.chars().count() <= 200, "{name:?} is kept as {file_name:?}");
            let path = format!("/api/datasets/{}/download", told["dataset"]["id"].as_str().unwrap());
            let download = ada.request(Method::GET, &path).send().await.unwrap();
            let disposition = download.headers()["content-disposition"].to_str().unwrap().to_owned();
            assert!(disposition.starts_with("attachment; ") && !disposition.contains(['/', '\\']), "{disposition}");
            assert_eq!(download.text().await.unwrap(), SMALL);
        }
    }
    assert!(kept >= 30, "{kept}");
    assert_eq!(std::fs::read_to_string(root.join("canary.csv")).unwrap(), CANARY);
    // Everything that was kept is called by an id, and nothing is anywhere else.
    let top: Vec<_> = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(top.iter().all(|name| ["data", "site", "log", "canary.csv"].iter().any(|known| name == known)), "{top:?}");
    let stored = below(&server.data().join("datasets"));
    assert!(
        stored.iter().all(|path| path.to_string_lossy().len() >= 36 && path.components().count() == 1),
        "{stored:?}"
    );
}

#[tokio::test]
async fn nobody_says_where_something_is_on_the_server() {
    let server = Server::start();
    let ada = server.person("ada").await;
    // MLflow CVE-2023-6909 and CVE-2024-1560 (artifact_location), CVE-2025-11201 (source), LLaMA-Factory CVE-2025-53002
    // (checkpoint paths), H2O CVE-2024-5986 (where to export to).
    for field in
        ["path", "source", "artifact_location", "work_dir", "checkpoint", "model_dir", "output_dir", "run_uuid"]
    {
        for (at, body) in [
            ("/api/training", json!({"dataset": "iris", field: "/etc/passwd"})),
            ("/api/experiments", json!({"name": "x", field: "file:///etc"})),
        ] {
            let refused = ada.post(at, &body).await;
            assert_refused(&refused, 422, "validation_failed");
            assert_eq!(refused.1["fields"][field], "There is no such field.", "{at}");
        }
    }
    for (field, value) in [
        ("dataset", "../../etc/passwd"),
        ("dataset", "/etc/passwd"),
        ("dataset", "file:///etc/passwd"),
        ("start_from", "../models/x"),
        ("start_from", "/etc/passwd"),
        ("experiment_id", "../../x"),
        ("device", "/dev/mem"),
    ] {
        let mut body = json!({"dataset": "iris"});
        body[field] = json!(value);
        let (status, told) = ada.post("/api/training", &body).await;
        assert!(status == 422 || status == 404, "{body}: {status} {told}");
    }
    assert_eq!(ada.get("/api/training/jobs").await.1["count"], 0);
}

/// ClearML CVE-2024-24595 kept passwords as they were.
#[tokio::test]
async fn no_file_has_a_password_in_it() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let login = json!({"email": ada.email, "password": "correct horse"});
    assert_eq!(ada.post("/api/auth/login", &login).await.0, 200);
    let mut read = 0;
    for path in below(&server.data()) {
        let path = server.data().join(path);
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            read += bytes.len();
            for secret in ["correct horse", &ada.token] {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{} has {secret:.20} in it", path.display());
            }
        }
    }
    assert!(read > 10_000 && !server.log().contains("correct horse"), "{read}");
}
