//! What dies, and what lives on: a job ends as it would have ended, with the same weights.

use serde_json::{Value, json};

use crate::harness::{Server, is_running, signal};

pub fn request() -> Value {
    json!({"dataset": "iris", "epochs": 30, "early_stopping": false})
}

/// The weights of the job when nothing dies.
pub async fn undisturbed() -> Value {
    let server = Server::start();
    let ada = server.person("ada").await;
    let job = ada.train(request()).await;
    let done = ada.wait_for(&job, "COMPLETED").await;
    ada.weights(&done).await
}

#[tokio::test]
async fn a_trainer_that_panics_is_replaced_and_ends_with_the_same_weights() {
    let expected = undisturbed().await;
    for fault in ["panic@epoch=12", "abort@epoch=12"] {
        let server = Server::start_with(&[("ATHANOR_TRAINER_FAULT", fault)]);
        let ada = server.person("ada").await;
        let job = ada.train(request()).await;
        let done = ada.wait_for(&job, "COMPLETED").await;
        assert_eq!(done["attempt"], 2, "{fault}");
        assert_eq!(ada.weights(&done).await, expected, "{fault}");
        let (_, log) = ada.get(&format!("/api/training/{job}/logs")).await;
        let died = log["lines"].as_array().unwrap().iter().find(|line| line["level"] == "warning").unwrap();
        assert!(died["text"].as_str().unwrap().starts_with("The trainer "), "{died}");
        // Curves have neither gaps nor doubles.
        let (_, curves) = ada.get(&format!("/api/training/{job}/metrics?name=loss")).await;
        let epochs: Vec<u64> = curves["metrics"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|point| point["split"] == "validation")
            .map(|point| point["epoch"].as_u64().unwrap())
            .collect();
        assert_eq!(epochs, (1..=30).collect::<Vec<u64>>(), "{fault}");
    }
}

#[tokio::test]
async fn three_deaths_are_enough() {
    let server = Server::start_with(&[("ATHANOR_TRAINER_FAULT", "panic_always@epoch=2")]);
    let ada = server.person("ada").await;
    let job = ada.train(request()).await;
    let failed = ada.wait_for(&job, "FAILED").await;
    assert_eq!((&failed["attempt"], &failed["failure"]["code"]), (&json!(3), &json!("trainer_died")));
    let message = failed["failure"]["message"].as_str().unwrap();
    assert!(message.contains("a fault was asked for in epoch"), "{message}");
    let other = server.anybody();
    assert_eq!(other.get("/health").await.0, 200, "everything else is up");
}

#[tokio::test]
async fn a_killed_trainer_takes_nothing_with_it() {
    let expected = undisturbed().await;
    let server = Server::start_with(&[("ATHANOR_TRAINER_FAULT", "sleep_ms_per_step=5")]);
    let ada = server.person("ada").await;
    let job = ada.train(request()).await;
    ada.wait_until(&job, |job| job["epoch"].as_u64() > Some(3)).await;
    let trainers = server.trainers();
    assert_eq!(trainers.len(), 1);
    signal(trainers[0], "KILL");
    let done = ada.wait_for(&job, "COMPLETED").await;
    assert_eq!(done["attempt"], 2);
    assert_eq!(ada.weights(&done).await, expected);
}

#[tokio::test]
async fn a_killed_server_comes_back_and_finishes_its_jobs() {
    let expected = undisturbed().await;
    let mut server = Server::start_with(&[("ATHANOR_TRAINER_FAULT", "sleep_ms_per_step=10")]);
    let mut ada = server.person("ada").await;
    let job = ada.train(request()).await;
    ada.wait_until(&job, |job| job["epoch"].as_u64() > Some(3)).await;
    let trainer = server.trainers()[0];
    server.kill();
    server.start_again_without_faults();
    assert!(!is_running(trainer), "the trainer died with its agent");
    ada.url.clone_from(&server.url);
    let done = ada.wait_for(&job, "COMPLETED").await;
    assert_eq!(ada.weights(&done).await, expected);
}

#[tokio::test]
async fn a_server_that_was_suspended_blames_nobody() {
    let expected = undisturbed().await;
    let server =
        Server::start_with(&[("ATHANOR_TRAINER_FAULT", "sleep_ms_per_step=80"), ("ATHANOR_LEASE_SECONDS", "3")]);
    let ada = server.person("ada").await;
    let job = ada.train(request()).await;
    // As often as a job may lose its trainer before it is given up.
    for attempt in 1..=3 {
        ada.wait_until(&job, |job| job["attempt"] == attempt && job["status"] == "RUNNING").await;
        let trainer = server.trainers()[0];
        signal(server.pid(), "STOP");
        while is_running(trainer) {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        signal(server.pid(), "CONT");
    }
    let done = ada.wait_for(&job, "COMPLETED").await;
    assert_eq!((&done["attempt"], ada.weights(&done).await), (&json!(4), expected));
    let (_, log) = ada.get(&format!("/api/training/{job}/logs")).await;
    assert!(log.to_string().contains("had been suspended"), "{log}");
}

#[tokio::test]
async fn a_server_that_is_stopped_gives_its_jobs_back() {
    let expected = undisturbed().await;
    let mut server = Server::start_with(&[("ATHANOR_TRAINER_FAULT", "sleep_ms_per_step=10")]);
    let mut ada = server.person("ada").await;
    let job = ada.train(request()).await;
    ada.wait_until(&job, |job| job["epoch"].as_u64() > Some(3)).await;
    server.terminate();
    server.start_again_without_faults();
    ada.url.clone_from(&server.url);
    let done = ada.wait_for(&job, "COMPLETED").await;
    assert_eq!(done["attempt"], 2);
    assert_eq!(ada.weights(&done).await, expected);
    let (_, log) = ada.get(&format!("/api/training/{job}/logs")).await;
    assert!(log.to_string().contains("The server is being stopped"));
}

#[tokio::test]
async fn a_data_directory_belongs_to_one_server_and_one_user() {
    let server = Server::start();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(server.data()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    let second = std::process::Command::new(env!("CARGO_BIN_EXE_athanor"))
        .args(["serve", "--addr", "127.0.0.1:0", "--data-dir"])
        .arg(server.data())
        .arg("--site-dir")
        .arg(server.data().parent().unwrap().join("site"))
        .output()
        .unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("another athanor is running"), "{said}");
}
