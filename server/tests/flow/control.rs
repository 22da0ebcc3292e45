//! Stopping and resuming at awkward moments.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, Server, answer, assert_refused};

#[tokio::test]
async fn a_job_is_stopped_while_it_reads_its_data_and_goes_on_from_there() {
    let server = Server::start();
    let ada = server.person("ada").await;
    // Seconds to read, so that the stop comes in between.
    let mut table = String::from("a,b,c,d,e,f,y\n");
    for row in 0..1_200_000_u32 {
        let noise = row.wrapping_mul(2_654_435_761) >> 16;
        table += &format!(
            "{}.{},{},{noise},{}.5,{},{},{}\n",
            row % 97,
            row % 89,
            row % 83,
            row % 79,
            row % 73,
            row % 71,
            row % 61
        );
    }
    let (status, body) = ada.upload("/api/datasets/upload", "large.csv", table).await;
    assert_eq!(status, 201, "{body}");
    let job = ada.train(json!({"dataset": body["dataset"]["id"], "epochs": 1_000, "early_stopping": false})).await;
    ada.wait_for(&job, "LOADING").await;
    let asked = Instant::now();
    let (status, answer) = ada.post(&format!("/api/training/{job}/stop"), &json!({})).await;
    assert_eq!(
        (status, &answer["status"]["status"], &answer["status"]["stopping"]),
        (200, &json!("LOADING"), &json!(true))
    );
    let stopped = ada.wait_for(&job, "STOPPED").await;
    assert!(asked.elapsed() < Duration::from_secs(20), "it took {:?}", asked.elapsed());
    assert_eq!((&stopped["step"], &stopped["epoch"]), (&json!(0), &json!(0)));
    ada.post(&format!("/api/training/{job}/resume"), &json!({})).await;
    ada.wait_until(&job, |job| job["status"] == "RUNNING" && job["step"].as_u64() > Some(0)).await;
    ada.post(&format!("/api/training/{job}/stop"), &json!({})).await;
    ada.wait_for(&job, "STOPPED").await;
}

#[tokio::test]
async fn a_job_that_failed_goes_on_from_its_checkpoint_once_the_reason_is_gone() {
    let request = json!({"dataset": "iris", "epochs": 30, "early_stopping": false});
    let mut server = Server::start_with(&[("ATHANOR_TRAINER_FAULT", "panic_always@epoch=5")]);
    let mut ada = server.person("ada").await;
    let job = ada.train(request.clone()).await;
    let failed = ada.wait_for(&job, "FAILED").await;
    assert_eq!((&failed["failure"]["code"], &failed["has_checkpoint"]), (&json!("trainer_died"), &json!(true)));
    server.terminate();
    server.start_again_without_faults();
    ada.url.clone_from(&server.url);
    assert_eq!(ada.get(&format!("/api/training/{job}")).await.1["status"]["status"], "FAILED", "nobody asked yet");
    let (status, body) = ada.post(&format!("/api/training/{job}/resume"), &json!({})).await;
    assert_eq!((status, &body["status"]["status"], &body["status"]["failure"]), (200, &json!("QUEUED"), &Value::Null));
    let done = ada.wait_for(&job, "COMPLETED").await;
    assert_eq!((&done["epoch"], &done["failure"]), (&json!(30), &Value::Null));
    let (_, log) = ada.get(&format!("/api/training/{job}/logs")).await;
    assert!(log.to_string().contains("Going on from epoch "), "{log:#}");

    let whole = ada.train(request).await;
    let whole = ada.wait_for(&whole, "COMPLETED").await;
    assert_eq!(ada.weights(&done).await, ada.weights(&whole).await, "as if it had never failed");
}

#[tokio::test]
async fn a_completed_job_trains_on_and_a_clone_may_differ() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let short = json!({"dataset": "iris", "epochs": 10, "early_stopping": false});
    let job = ada.train(short).await;
    ada.wait_for(&job, "COMPLETED").await;
    let resume = format!("/api/training/{job}/resume");
    let nothing = answer(ada.request(Method::POST, &resume)).await;
    assert_refused(&nothing, 422, "validation_failed");
    assert!(nothing.1["fields"]["epochs"].as_str().unwrap().contains("10 epochs"), "{}", nothing.1);
    assert_refused(&ada.post(&resume, &json!({"epochs": 10})).await, 422, "validation_failed");
    assert_refused(&ada.post(&resume, &json!({"epochs": "many"})).await, 422, "validation_failed");
    assert_eq!(ada.post(&resume, &json!({"epochs": 20})).await.0, 200);
    let on = ada.wait_for(&job, "COMPLETED").await;
    assert_eq!(on["epoch"], 20);
    // As if it had been asked for twenty at once.
    let clone = ada.post(&format!("/api/training/{job}/clone"), &json!({"name": "at once"})).await;
    assert_eq!(clone.0, 201, "{}", clone.1);
    let at_once = ada.wait_for(clone.1["job_id"].as_str().unwrap(), "COMPLETED").await;
    assert_eq!((&at_once["name"], &at_once["params"]["epochs"]), (&json!("at once"), &json!(20)));
    let mut weights = Vec::new();
    for done in [&on, &at_once] {
        let model = ada.get(&format!("/api/models/{}", done["model_id"].as_str().unwrap())).await.1;
        weights.push(model["model"]["sha256"].clone());
    }
    assert_eq!(weights[0], weights[1]);
}

#[tokio::test]
async fn a_submission_may_be_sent_again() {
    let mut server = Server::start();
    let mut ada = server.person("ada").await;
    let send = |person: &Person, key: &str, epochs: u32| {
        let body = json!({"dataset": "iris", "epochs": epochs});
        answer(person.request(Method::POST, "/api/training").header("Idempotency-Key", key).json(&body))
    };
    let first = send(&ada, "one", 2).await;
    assert_eq!(first.0, 201, "{}", first.1);
    let together = futures_util::future::join_all((0..20).map(|_| send(&ada, "one", 2))).await;
    assert!(together.iter().all(|again| *again == first));
    // The answer of a server that died before it could send it.
    server.kill();
    server.start_again();
    ada.url.clone_from(&server.url);
    assert_eq!(send(&ada, "one", 2).await, first);
    let other = send(&ada, "one", 3).await;
    assert_refused(&other, 422, "validation_failed");
    assert!(other.1["fields"]["Idempotency-Key"].is_string(), "{}", other.1);
    assert_refused(&send(&ada, "two words", 2).await, 422, "validation_failed");
    assert_eq!(ada.get("/api/training/jobs").await.1["count"], 1);
}
