//! Many people at once: every request is answered as if they were alone, and no job is lost.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::{Person, SMALL, Server};

const CLIENTS: usize = 8;

/// Splits `count` among the clients as evenly as it goes.
fn share(count: usize, client: usize) -> usize {
    count / CLIENTS + usize::from(client < count % CLIENTS)
}

#[tokio::test]
async fn eight_clients_register_upload_and_train_at_once() {
    let server = Server::start();
    let admin = server.person("admin").await;
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let door = server.anybody();
        clients.spawn(async move {
            let mut people = Vec::new();
            for at in 0..share(40, client) {
                let email = format!("crowd.{client}.{at}@example.org");
                let form = json!({"email": email, "password": "correct horse", "name": "one of many"});
                let (status, body) = door.post("/api/auth/register", &form).await;
                assert_eq!(status, 201, "{body}");
                let token = body["token"].as_str().unwrap().to_owned();
                people.push(Person { client: door.client.clone(), url: door.url.clone(), token, email });
            }
            let mut datasets = Vec::new();
            for person in people.iter().take(share(10, client)) {
                let (status, body) = person.upload("/api/datasets/upload", "small.csv", SMALL).await;
                assert_eq!(status, 201, "{body}");
                datasets.push(body["dataset"]["id"].as_str().unwrap().to_owned());
            }
            let mut jobs = Vec::new();
            for (at, person) in people.iter().enumerate() {
                // Those who have uploaded something train on it, the others on a sample.
                let dataset = datasets.get(at).map_or("iris", String::as_str);
                let request = json!({"dataset": dataset, "epochs": 2, "name": format!("crowd {client} {at}")});
                jobs.push(person.train(request).await);
                let (status, body) = person.get("/api/training/jobs").await;
                assert_eq!((status, &body["count"]), (200, &json!(1)), "each sees their own");
            }
            jobs
        });
    }
    let submitted: BTreeSet<String> = clients.join_all().await.into_iter().flatten().collect();
    assert_eq!(submitted.len(), 40);

    let deadline = Instant::now() + Duration::from_mins(4);
    let jobs = loop {
        let (status, body) = admin.get("/api/training/jobs?limit=200").await;
        assert_eq!((status, &body["count"]), (200, &json!(40)), "{body}");
        let jobs = body["jobs"].as_array().unwrap().clone();
        if jobs.iter().all(|job| ["COMPLETED", "FAILED", "STOPPED"].contains(&job["status"].as_str().unwrap())) {
            break jobs;
        }
        assert!(Instant::now() < deadline, "some never end: {body:#}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    for job in &jobs {
        assert_eq!((&job["status"], &job["attempt"]), (&json!("COMPLETED"), &json!(1)), "{job:#}");
    }
    let found: BTreeSet<String> = jobs.iter().map(|job| job["job_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(found, submitted);
    assert_eq!(admin.get("/api/models").await.1["count"], 40);
    assert_eq!(admin.get("/api/datasets").await.1["count"], 16, "ten and the samples");
    assert!(!server.log().contains("answered with an error"), "{}", server.log());
}
