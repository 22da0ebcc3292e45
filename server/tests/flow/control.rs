//! Stopping and resuming at awkward moments.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Person, Server};

async fn weights(person: &Person, job: &Value) -> Value {
    let id = job["model_id"].as_str().unwrap();
    person.get(&format!("/api/models/{id}")).await.1["model"]["sha256"].clone()
}

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
    assert_eq!(weights(&ada, &done).await, weights(&ada, &whole).await, "as if it had never failed");
}
