//! What an administrator does from a shell, and what a log may and must say.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Person, Server, assert_refused, athanor};

fn text(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn a_backup_of_a_server_at_work_is_a_whole_server_elsewhere() {
    let server = Server::start_with(&[("ATHANOR_TRAINER_FAULT", "sleep_ms_per_step=10")]);
    let ada = server.person("ada").await;
    let done = ada.train(json!({"dataset": "iris", "epochs": 3, "early_stopping": false})).await;
    let done = ada.wait_for(&done, "COMPLETED").await;
    let model = format!("/api/models/{}", done["model_id"].as_str().unwrap());
    let row = json!({"rows": [{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}]});
    let (status, predicted) = ada.post(&format!("{model}/predict"), &row).await;
    assert_eq!(status, 200, "{predicted}");
    let job = ada.train(json!({"dataset": "iris", "epochs": 30, "early_stopping": false})).await;
    ada.wait_until(&job, |job| job["epoch"].as_u64() > Some(3)).await;

    let folder = TempDir::new().unwrap();
    let file = folder.path().join("athanor.tar.gz");
    let (code, said, complaint) = athanor(&["admin", "backup", text(&file), "--data-dir", text(&server.data())]);
    assert_eq!(code, 0, "{said}{complaint}");
    let (code, said, complaint) = athanor(&["admin", "doctor", "--deep", "--data-dir", text(&server.data())]);
    assert_eq!(code, 0, "{said}{complaint}");
    assert!(said.contains("1 jobs are being trained."), "{said}");
    let (code, said, complaint) = athanor(&["admin", "jobs", "--data-dir", text(&server.data())]);
    assert_eq!(code, 0, "{complaint}");
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["job"] == *job && line["state"] == "RUNNING"), "{said}");

    let restored = Server::start_after(&[], |data| {
        let (code, said, complaint) = athanor(&["admin", "restore", text(&file), "--data-dir", text(data)]);
        assert_eq!(code, 0, "{complaint}");
        assert!(said.contains("1 jobs go on"), "{said}");
        let (code, _, complaint) = athanor(&["admin", "restore", text(&file), "--data-dir", text(data)]);
        assert!(code != 0 && complaint.contains("is not empty"), "{complaint}");
        let (code, said, _) = athanor(&["admin", "doctor", "--deep", "--data-dir", text(data)]);
        assert_eq!(code, 0, "{said}");
    });
    let anybody = restored.anybody();
    let form = json!({"email": ada.email, "password": "correct horse"});
    let (status, signed_in) = anybody.post("/api/auth/login", &form).await;
    assert_eq!(status, 200, "{signed_in}");
    let again = Person { token: signed_in["token"].as_str().unwrap().to_owned(), ..anybody };
    assert_eq!(again.post(&format!("{model}/predict"), &row).await, (200, predicted), "the same model");
    let finished = again.wait_for(&job, "COMPLETED").await;
    assert_eq!((&finished["attempt"], &finished["epoch"]), (&json!(2), &json!(30)));
    let old = Person { url: restored.url.clone(), ..ada };
    assert_eq!(old.get("/api/auth/me").await.0, 200, "tokens are still good");
}

#[tokio::test]
async fn the_doctor_says_what_is_wrong_and_a_damaged_database_does_not_start() {
    let mut server = Server::start();
    let ada = server.person("ada").await;
    let dataset = ada.small().await;
    server.terminate();
    fs::remove_file(server.data().join("datasets").join(&dataset)).unwrap();
    let (code, said, complaint) = athanor(&["admin", "doctor", "--data-dir", text(&server.data())]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(&format!("{dataset}, is missing")) && complaint.contains("1 things are wrong"), "{said}");

    let path = server.data().join("athanor.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[4_096..12 * 4_096].fill(0x5a);
    fs::write(&path, &bytes).unwrap();
    let site = server.data().with_file_name("site");
    let data = server.data();
    let serve = ["serve", "--addr", "127.0.0.1:0", "--data-dir", text(&data), "--site-dir", text(&site)];
    let (code, said, complaint) = athanor(&serve);
    assert_eq!((code, said.as_str(), complaint.lines().count()), (1, "", 1), "{complaint}");
    assert!(complaint.contains("is damaged") && complaint.contains("admin restore"), "{complaint}");
    assert!(fs::read(&path).unwrap() == bytes, "it was written to");
    let (code, said, _) = athanor(&["admin", "doctor", "--data-dir", text(&server.data())]);
    assert!(code == 1 && said.contains("WRONG The database"), "{said}");
}

#[tokio::test]
async fn logs_name_job_and_request_and_keep_secrets() {
    let token = "a-token-for-the-metrics-alone";
    let secret = "a-secret-of-at-least-thirty-two-bytes";
    let server = Server::start_with(&[
        ("ATHANOR_LOG_FORMAT", "json"),
        ("RUST_LOG", "debug"),
        ("ATHANOR_METRICS_TOKEN", token),
        ("JWT_SECRET", secret),
        ("ATHANOR_TRAINER_FAULT", "abort@epoch=2"),
    ]);
    let ada = server.person("ada").await;
    let form = json!({"email": ada.email, "password": "correct horse"});
    assert_eq!(ada.post("/api/auth/login", &form).await.0, 200);
    let wrong = json!({"email": ada.email, "password": "planted-password-7391"});
    let refused = ada.post("/api/auth/login", &wrong).await;
    assert_refused(&refused, 401, "invalid_credentials");
    ada.request(reqwest::Method::GET, "/metrics").send().await.unwrap();
    ada.get("/api/training/jobs?search=planted-query-5512").await;
    let job = ada.train(json!({"dataset": "iris", "epochs": 5})).await;
    ada.wait_for(&job, "COMPLETED").await;

    let log = server.log();
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(lines.len(), log.lines().count(), "every line is JSON");
    let about_requests = lines.iter().filter(|line| line["message"] == "answered").collect::<Vec<_>>();
    assert!(about_requests.len() > 5);
    for line in about_requests {
        assert!(line["request_id"].as_str().is_some_and(|id| id.len() == 32), "{line}");
        assert!(line["status"].is_u64() && line["path"].is_string(), "{line}");
    }
    let id = &refused.1["request_id"];
    assert!(lines.iter().any(|line| line["request_id"] == *id && line["status"] == 401));
    // What an attempt does is said in its span: its statements, and what its trainer says.
    let of_attempts = lines.iter().filter(|line| line.get("attempt").is_some()).collect::<Vec<_>>();
    assert!(of_attempts.len() > 10);
    for line in of_attempts {
        assert_eq!(line["job"], *job, "{line}");
    }
    for planted in ["correct horse", "planted-password-7391", "planted-query-5512", &ada.token, token, secret] {
        assert!(!log.contains(planted), "{planted:?} is in the log");
    }
}
