//! Several real processes on one PostgreSQL and one data directory: two servers and two workers share the queue, watch each
//! other's jobs, and take over from whoever is gone.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::{
    harness::{Person, Role, Server, signal},
    postgres,
    survival::{request, undisturbed},
};

fn on_postgres(fault: &str) -> Server {
    let url = postgres::database();
    Server::start_with(&[("DATABASE_URL", &url), ("ATHANOR_LEASE_SECONDS", "3"), ("ATHANOR_TRAINER_FAULT", fault)])
}

/// The server's own agent has two slots: two long jobs fill them, so that others go to a worker.
async fn fill_the_slots(person: &Person) -> [String; 2] {
    let long = || json!({"dataset": "iris", "epochs": 2000, "early_stopping": false});
    let jobs = [person.train(long()).await, person.train(long()).await];
    for job in &jobs {
        person.wait_for(job, "RUNNING").await;
    }
    jobs
}

#[tokio::test]
async fn two_servers_and_two_workers_share_the_queue_without_double_work() {
    let server = on_postgres("sleep_ms_per_step=1");
    let (second, first_worker, second_worker) =
        (server.companion(Role::Serve), server.companion(Role::Worker), server.companion(Role::Worker));
    let ada = server.person("ada").await;
    let elsewhere = Person { url: second.url.clone(), ..server.anybody() };
    let elsewhere = Person { token: ada.token.clone(), ..elsewhere };
    let mut jobs = Vec::new();
    for number in 0..16 {
        let through = if number % 2 == 0 { &ada } else { &elsewhere };
        jobs.push(
            through.train(json!({"dataset": "iris", "epochs": 20, "early_stopping": false, "seed": number})).await,
        );
    }
    let busy = Instant::now();
    while first_worker.trainers().is_empty() || second_worker.trainers().is_empty() || second.trainers().is_empty() {
        assert!(busy.elapsed() < Duration::from_secs(20), "not everybody works");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for job in &jobs {
        let done = elsewhere.wait_for(job, "COMPLETED").await;
        assert_eq!(done["attempt"], 1, "{done:#}");
        let (_, curve) = ada.get(&format!("/api/training/{job}/metrics?name=loss")).await;
        let validation = curve["metrics"].as_array().unwrap().iter().filter(|point| point["split"] == "validation");
        assert_eq!(validation.count(), 20);
    }
}

#[tokio::test]
async fn the_jobs_of_a_killed_worker_go_on_elsewhere_with_the_same_weights() {
    let expected = undisturbed().await;
    let server = on_postgres("sleep_ms_per_step=10");
    let ada = server.person("ada").await;
    let fillers = fill_the_slots(&ada).await;
    let mut worker = server.companion(Role::Worker);
    let job = ada.train(request()).await;
    ada.wait_until(&job, |job| job["epoch"].as_u64() > Some(3)).await;
    assert_eq!(worker.trainers().len(), 1);
    for filler in &fillers {
        ada.post(&format!("/api/training/{filler}/stop"), &json!({})).await;
        ada.wait_for(filler, "STOPPED").await;
    }
    let died = Instant::now();
    worker.kill();
    ada.wait_until(&job, |job| job["attempt"] == 2).await;
    assert!(died.elapsed() < Duration::from_secs(3 + 5), "within the lease and five seconds: {:?}", died.elapsed());
    let done = ada.wait_for(&job, "COMPLETED").await;
    assert_eq!(ada.weights(&done).await, expected);
    let (_, log) = ada.get(&format!("/api/training/{job}/logs")).await;
    assert!(log.to_string().contains("The lease ran out"), "{log}");
}

#[tokio::test]
async fn a_worker_that_wakes_up_too_late_writes_nothing_more() {
    let expected = undisturbed().await;
    let server = on_postgres("sleep_ms_per_step=10");
    let ada = server.person("ada").await;
    let fillers = fill_the_slots(&ada).await;
    let worker = server.companion(Role::Worker);
    let job = ada.train(request()).await;
    ada.wait_until(&job, |job| job["epoch"].as_u64() > Some(3)).await;
    let zombie = worker.trainers();
    signal(worker.pid(), "STOP");
    for filler in &fillers {
        ada.post(&format!("/api/training/{filler}/stop"), &json!({})).await;
    }
    // The trainer hears nothing from its suspended agent and ends before another one begins.
    ada.wait_until(&job, |job| job["attempt"] == 2 && job["status"] == "RUNNING").await;
    assert!(!crate::harness::is_running(zombie[0]), "two trainers of one job");
    signal(worker.pid(), "CONT");
    let done = ada.wait_for(&job, "COMPLETED").await;
    assert_eq!((&done["attempt"], ada.weights(&done).await), (&json!(2), expected));
    let (_, curve) = ada.get(&format!("/api/training/{job}/metrics?name=loss")).await;
    let epochs: Vec<u64> = curve["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|point| point["split"] == "validation")
        .map(|point| point["epoch"].as_u64().unwrap())
        .collect();
    assert_eq!(epochs, (1..=30).collect::<Vec<u64>>());
    // It is a worker like any other again.
    let next = ada.train(request()).await;
    ada.wait_for(&next, "COMPLETED").await;
}

#[tokio::test]
async fn a_worker_that_is_stopped_gives_its_job_back() {
    let expected = undisturbed().await;
    let server = on_postgres("sleep_ms_per_step=5");
    let ada = server.person("ada").await;
    let mut worker = server.companion(Role::Worker);
    let jobs = [ada.train(request()).await, ada.train(request()).await, ada.train(request()).await];
    for job in &jobs {
        ada.wait_until(job, |job| job["epoch"].as_u64() > Some(2)).await;
    }
    worker.terminate();
    for job in &jobs {
        let done = ada.wait_for(job, "COMPLETED").await;
        assert_eq!(ada.weights(&done).await, expected);
        let (_, log) = ada.get(&format!("/api/training/{job}/logs")).await;
        assert!(!log.to_string().contains("The lease ran out"), "{log}");
    }
}

#[tokio::test]
async fn a_worker_without_a_shared_database_says_what_it_needs() {
    let server = Server::start();
    let said = std::process::Command::new(env!("CARGO_BIN_EXE_athanor"))
        .args(["worker", "--data-dir"])
        .arg(server.data())
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    assert!(!said.status.success());
    assert!(String::from_utf8_lossy(&said.stderr).contains("--database-url"), "{said:?}");
    let wrong = std::process::Command::new(env!("CARGO_BIN_EXE_athanor"))
        .args(["worker", "--database-url", "mysql://nothing", "--data-dir"])
        .arg(server.data().parent().unwrap().join("other"))
        .output()
        .unwrap();
    assert!(!wrong.status.success());
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("DATABASE_URL cannot be used"), "{wrong:?}");
}
