//! Jobs from submission to their end.

use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, Server, assert_refused};

#[tokio::test]
async fn a_job_goes_from_a_dataset_to_a_model() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let job = ada.train(json!({"dataset": "iris"})).await;
    let done = ada.wait_for(&job, "COMPLETED").await;
    assert_eq!((&done["progress"], &done["target"]), (&json!(100.0), &json!("species")));
    assert_eq!(done["params"]["optimizer"], "adam");
    let metrics = &done["metrics"];
    assert!(metrics["test_accuracy"].as_f64().unwrap() > metrics["baseline_accuracy"].as_f64().unwrap() + 0.3);
    assert_eq!(ada.get(&format!("/api/training/status?job_id={job}")).await.1["status"], done);

    let (_, curves) = ada.get(&format!("/api/training/{job}/metrics")).await;
    let points = curves["metrics"].as_array().unwrap();
    assert!(points.len() > 40);
    assert!(points.iter().map(|point| point["seq"].as_u64().unwrap()).is_sorted());
    assert_eq!(curves["last_seq"], done["last_seq"]);
    let (_, few) = ada.get(&format!("/api/training/{job}/metrics?name=loss&max_points=8")).await;
    let few = few["metrics"].as_array().unwrap();
    assert!(few.len() < 30 && few.iter().all(|point| point["name"] == "loss"), "{}", few.len());

    let (_, log) = ada.get(&format!("/api/training/{job}/logs")).await;
    let lines = log["lines"].as_array().unwrap();
    assert!(lines.iter().any(|line| line["text"].as_str().unwrap().contains("102 rows to train on")));
    let after = lines[0]["seq"].as_u64().unwrap();
    let (_, rest) = ada.get(&format!("/api/training/{job}/logs?after={after}")).await;
    assert_eq!(rest["lines"].as_array().unwrap().len(), lines.len() - 1);

    let bundle = ada.request(Method::GET, &format!("/api/training/{job}/download")).send().await.unwrap();
    assert_eq!(bundle.headers()["content-type"], "application/zip");
    assert!(bundle.bytes().await.unwrap().starts_with(b"PK"));
}

#[tokio::test]
async fn what_a_job_would_take_is_known_before_it_is_submitted() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let bea = server.person("bea").await;
    let asked = json!({"dataset": "iris", "epochs": 40, "folds": 0});
    let (status, found) = ada.post("/api/training/estimate", &asked).await;
    assert_eq!(status, 200, "{found}");
    let first = &found["estimate"];
    assert_eq!((&first["seconds"], &first["like"]), (&Value::Null, &Value::Null));
    assert_eq!((&first["params"]["target"], &first["params"]["epochs"]), (&json!("species"), &json!(40)));
    assert!(first["parameters"].as_u64().unwrap() > 100 && first["memory_bytes"].as_u64().unwrap() > 30 << 20);
    assert!((100..=105).contains(&first["train_rows"].as_u64().unwrap()));
    assert_eq!(ada.get("/api/training/jobs").await.1["count"], 0, "nothing was submitted");

    let job = ada.train(asked.clone()).await;
    ada.wait_for(&job, "COMPLETED").await;
    let (_, found) = ada.post("/api/training/estimate", &asked).await;
    assert_eq!(found["estimate"]["like"], json!(job));
    assert!(found["estimate"]["seconds"].as_f64().unwrap() > 0.0);
    let other = bea.post("/api/training/estimate", &asked).await.1;
    assert_eq!(other["estimate"]["seconds"], Value::Null, "not by jobs of others");

    let (status, refused) =
        ada.post("/api/training/estimate", &json!({"dataset": "iris", "lr": -1, "epochs": 0})).await;
    assert_eq!(status, 422);
    let fields: Vec<&String> = refused["fields"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["epochs", "lr"]);
    assert_eq!(ada.post("/api/training/estimate", &json!({"dataset": "nothing"})).await.0, 422);
}

#[tokio::test]
async fn every_task_and_both_kinds_of_model() {
    let server = Server::start();
    let ada = server.person("ada").await;
    for (request, task) in [
        (json!({"dataset": "sample_dataset", "epochs": 20}), "regression"),
        (json!({"dataset": "breast_cancer", "epochs": 5, "model": "linear", "optimizer": "sgd"}), "binary"),
        (
            json!({"dataset": "wine", "epochs": 10, "model": {"kind": "mlp", "hidden": [8]}, "optimizer": "adamw"}),
            "multiclass",
        ),
        (json!({"dataset": "iris", "epochs": 3, "device": "ndarray", "name": "on the other device"}), "multiclass"),
    ] {
        let job = ada.train(request).await;
        assert_eq!(ada.wait_for(&job, "COMPLETED").await["task"], task);
    }
}

#[tokio::test]
async fn stopping_takes_less_than_a_second_and_resuming_goes_on() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let job = ada.train(json!({"dataset": "breast_cancer", "epochs": 100_000, "early_stopping": false})).await;
    let running = ada.wait_until(&job, |job| job["epoch"].as_u64() > Some(2)).await;
    let asked = Instant::now();
    let (status, _) = ada.post(&format!("/api/training/{job}/stop"), &json!({})).await;
    assert_eq!(status, 200);
    let stopped = ada.wait_for(&job, "STOPPED").await;
    assert!(asked.elapsed().as_millis() < 1_000, "it took {:?}", asked.elapsed());
    assert!(stopped["step"].as_u64() >= running["step"].as_u64());
    assert_eq!(stopped["has_checkpoint"], true);
    let (status, again) = ada.post(&format!("/api/training/{job}/stop"), &json!({})).await;
    assert_eq!((status, &again["status"]["status"]), (200, &json!("STOPPED")), "stopping twice changes nothing");

    assert_eq!(ada.post(&format!("/api/training/{job}/resume"), &json!({})).await.1["status"]["status"], "QUEUED");
    let on =
        ada.wait_until(&job, |job| job["status"] == "RUNNING" && job["step"].as_u64() > stopped["step"].as_u64()).await;
    assert_eq!(on["attempt"], 2);
    assert_refused(&ada.delete(&format!("/api/training/{job}")).await, 409, "conflict");
    ada.post(&format!("/api/training/{job}/stop"), &json!({})).await;
    ada.wait_for(&job, "STOPPED").await;

    ada.post(&format!("/api/training/{job}/retry"), &json!({})).await;
    let over = ada.wait_until(&job, |job| job["status"] == "RUNNING").await;
    assert!(over["step"].as_u64() < stopped["step"].as_u64(), "it starts over: {over:#}");
    ada.post(&format!("/api/training/{job}/stop"), &json!({})).await;
    ada.wait_for(&job, "STOPPED").await;
    assert_eq!(ada.delete(&format!("/api/training/{job}")).await.0, 200);
    assert_refused(&ada.get(&format!("/api/training/{job}")).await, 404, "not_found");
    assert!(!server.data().join("jobs").join(&job).exists());
}

#[tokio::test]
async fn jobs_wait_for_a_slot_and_can_be_stopped_there() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let endless = json!({"dataset": "iris", "epochs": 100_000, "early_stopping": false});
    let jobs = [ada.train(endless.clone()).await, ada.train(endless.clone()).await, ada.train(endless).await];
    ada.wait_for(&jobs[1], "RUNNING").await;
    assert_eq!(ada.get(&format!("/api/training/{}", jobs[2])).await.1["status"]["status"], "QUEUED");
    let (_, health) = ada.get("/api/health").await;
    assert_eq!((&health["queued"], &health["running"], &health["slots"]), (&json!(1), &json!(2), &json!(2)));
    ada.post(&format!("/api/training/{}/stop", jobs[2]), &json!({})).await;
    ada.wait_for(&jobs[2], "STOPPED").await;
}

#[tokio::test]
async fn a_failure_says_why_where_and_what_to_do() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let job = ada.train(json!({"dataset": "sample_dataset", "optimizer": "sgd", "lr": 10.0})).await;
    let failed = ada.wait_for(&job, "FAILED").await;
    let failure = &failed["failure"];
    assert_eq!(failure["code"], "diverged");
    assert!(failure["message"].as_str().unwrap().contains("diverged"));
    assert!(failure["location"].as_str().unwrap().starts_with("epoch 1, step "));
    assert!(failure["hint"].as_str().unwrap().contains("learning rate"));
    assert_refused(&ada.get(&format!("/api/training/{job}/download")).await, 409, "conflict");
}

#[tokio::test]
async fn a_clone_ends_with_the_same_model() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let job = ada.train(json!({"dataset": "wine", "epochs": 15})).await;
    let first = ada.wait_for(&job, "COMPLETED").await;
    let (status, body) = ada.post(&format!("/api/training/{job}/clone"), &json!({})).await;
    assert_eq!(status, 201);
    let second = ada.wait_for(body["job_id"].as_str().unwrap(), "COMPLETED").await;
    let hash = async |job: &Value| {
        let id = job["model_id"].as_str().unwrap();
        ada.get(&format!("/api/models/{id}")).await.1["model"]["sha256"].clone()
    };
    assert_eq!(hash(&first).await, hash(&second).await, "same data, parameters and seed: same weights");
    let again = async |job: &Value, changes: Value| {
        let (_, made) = ada.post(&format!("/api/training/{}/clone", job["job_id"].as_str().unwrap()), &changes).await;
        ada.get(&format!("/api/training/{}", made["job_id"].as_str().unwrap())).await.1["status"]["params"]["name"]
            .clone()
    };
    assert_eq!((&first["params"]["name"], &second["params"]["name"]), (&json!("wine · mlp"), &json!("wine · mlp (2)")));
    assert_eq!(again(&second, json!({})).await, "wine · mlp (3)");
    assert_eq!(again(&first, json!({})).await, "wine · mlp (4)", "none has it yet");
    assert_eq!(again(&first, json!({"name": "mine"})).await, "mine");
}

/// The names of all jobs in an order, page by page of one.
async fn walk(person: &Person, sort: &str) -> Vec<String> {
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let (status, page) = person.get(&format!("/api/training/jobs?limit=1&sort={sort}&cursor={cursor}")).await;
        assert_eq!(status, 200, "{page}");
        names.push(page["jobs"][0]["name"].as_str().unwrap().to_owned());
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return names,
        }
    }
}

#[tokio::test]
async fn lists_are_filtered_and_paged_and_a_stranger_sees_nothing() {
    let server = Server::start();
    let (ada, bea, cyd) = (server.person("ada").await, server.person("bea").await, server.person("cyd").await);
    let mut ids = Vec::new();
    for name in ["one", "two", "three"] {
        ids.push(bea.train(json!({"dataset": "iris", "epochs": 2, "name": name})).await);
    }
    for id in &ids {
        bea.wait_for(id, "COMPLETED").await;
    }
    let (_, page) = bea.get("/api/training/jobs?limit=2").await;
    let names = |page: &Value| -> Vec<String> {
        page["jobs"].as_array().unwrap().iter().map(|job| job["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((names(&page), &page["count"]), (vec!["three".into(), "two".into()], &json!(3)));
    let cursor = page["next_cursor"].as_str().unwrap();
    let (_, rest) = bea.get(&format!("/api/training/jobs?limit=2&cursor={cursor}")).await;
    assert_eq!((names(&rest), &rest["next_cursor"]), (vec!["one".into()], &Value::Null));
    assert_eq!(names(&bea.get("/api/training/jobs?search=TWO&status=completed").await.1), ["two"]);
    assert_eq!(names(&bea.get("/api/training/jobs?status=FAILED").await.1).len(), 0);
    assert_refused(&bea.get("/api/training/jobs?status=asleep").await, 422, "validation_failed");
    assert_refused(&bea.get("/api/training/jobs?cursor=x").await, 422, "validation_failed");
    assert_refused(&bea.get("/api/training/jobs?limit=many").await, 422, "validation_failed");
    assert_refused(&bea.get("/api/training/jobs?sort=the%20colour").await, 422, "validation_failed");
    assert_refused(&bea.get(&format!("/api/training/jobs?sort=name&cursor={cursor}")).await, 422, "validation_failed");
    for sort in ["created_at", "name", "status", "loss", "finished_at"] {
        let forward = walk(&bea, sort).await;
        let mut backward = walk(&bea, &format!("-{sort}")).await;
        backward.reverse();
        assert_eq!((forward.len(), &forward), (3, &backward), "{sort}");
    }
    assert_eq!(walk(&bea, "name").await, ["one", "three", "two"]);

    assert_eq!(names(&cyd.get("/api/training/jobs").await.1).len(), 0);
    assert_eq!(names(&ada.get("/api/training/jobs").await.1).len(), 3, "the admin sees everybody's");
    let id = &ids[0];
    for path in ["", "/metrics", "/logs", "/usage", "/download"] {
        assert_refused(&cyd.get(&format!("/api/training/{id}{path}")).await, 404, "not_found");
    }
    for verb in ["stop", "resume", "retry", "clone"] {
        assert_refused(&cyd.post(&format!("/api/training/{id}/{verb}"), &json!({})).await, 404, "not_found");
    }
    assert_refused(&cyd.delete(&format!("/api/training/{id}")).await, 404, "not_found");
}
