//! A process that dies at each named moment between two durable acts: whoever asked tries again, and in the end everything
//! is there once, with the weights of an undisturbed run, and nothing is left over.

use std::{fs, path::Path, time::Duration};

use platform::Breakpoint;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::harness::{Person, SMALL, Server};

/// So that there are checkpoints to outlive.
const EVERY_STEP: (&str, &str) = ("ATHANOR_TRAINER_FAULT", "checkpoint_every_step");
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that may die, and somebody who does not take silence for an answer.
struct Journey {
    server: Server,
    ada: Person,
}

impl Journey {
    /// Status and body; a server that is gone is started again, without the breakpoint, and asked again.
    async fn insist(&mut self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut request = self.ada.request(method.clone(), path).header("idempotency-key", "the-one");
            if let Some(body) = &body {
                request = request.json(body);
            }
            if let Some(answer) = read(request).await {
                return answer;
            }
            self.revive(deadline);
        }
    }

    fn revive(&mut self, deadline: Instant) {
        assert!(Instant::now() < deadline, "it does not answer");
        self.server.wait_for_the_end();
        self.server.start_again_with(&[EVERY_STEP]);
        self.ada.url.clone_from(&self.server.url);
    }

    /// Uploads a table, if it is not there already.
    async fn upload(&mut self) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (_, list) = self.insist(Method::GET, "/api/datasets", None).await;
            let ours: Vec<&Value> =
                list["datasets"].as_array().unwrap().iter().filter(|dataset| dataset["sample"] == false).collect();
            assert!(ours.len() <= 1, "it is there twice: {ours:?}");
            if let Some(dataset) = ours.first() {
                return dataset["id"].as_str().unwrap().to_owned();
            }
            let part = reqwest::multipart::Part::bytes(SMALL.as_bytes()).file_name("small.csv");
            let form = reqwest::multipart::Form::new().part("file", part);
            if read(self.ada.request(Method::POST, "/api/datasets/upload").multipart(form)).await.is_none() {
                self.revive(deadline);
            }
        }
    }

    async fn job(&mut self, id: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (status, body) = self.insist(Method::GET, &format!("/api/training/{id}"), None).await;
            assert_eq!(status, 200, "{body}");
            let job = &body["status"];
            match job["status"].as_str() {
                Some("COMPLETED") => return job.clone(),
                Some("FAILED" | "STOPPED") => panic!("{job:#}"),
                _ => assert!(Instant::now() < deadline, "{job:#}"),
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Deletes until it is gone: what was done before the answer was lost is not there to be deleted again.
    async fn delete(&mut self, path: &str) {
        let (status, body) = self.insist(Method::DELETE, path, None).await;
        assert!(status == 200 || status == 404, "{status} {body}");
        assert_eq!(self.insist(Method::GET, path, None).await.0, 404);
    }
}

/// `None` when there is no answer.
async fn read(request: reqwest::RequestBuilder) -> Option<(u16, Value)> {
    let response = timeout(PATIENCE, request.send()).await.ok()?.ok()?;
    let status = response.status().as_u16();
    Some((status, response.json().await.ok()?))
}

fn entries(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Upload, train, predict, delete; gives the SHA-256 of the weights.
async fn travel(variable: &str, value: &str) -> (Value, Value, Server) {
    let server = Server::start_with(&[EVERY_STEP]);
    let ada = server.person("ada").await;
    let mut journey = Journey { server, ada };
    let samples = entries(&journey.server.data().join("datasets")).len();
    // Only now, because accounts and samples come before it.
    journey.server.terminate();
    journey.server.start_again_with(&[EVERY_STEP, (variable, value)]);
    journey.ada.url.clone_from(&journey.server.url);

    let dataset = journey.upload().await;
    let request = json!({"dataset": dataset, "epochs": 12, "early_stopping": false, "batch_size": 4});
    let (status, body) = journey.insist(Method::POST, "/api/training", Some(request)).await;
    assert!(status == 201 || status == 200, "{status} {body}");
    let id = body["job_id"].as_str().unwrap().to_owned();
    let job = journey.job(&id).await;
    let (_, list) = journey.insist(Method::GET, "/api/training/jobs", None).await;
    assert_eq!(list["count"], 1, "{list}");
    let (_, models) = journey.insist(Method::GET, "/api/models", None).await;
    assert_eq!(models["models"].as_array().unwrap().len(), 1, "{models}");
    let weights = models["models"][0]["sha256"].clone();
    let model = format!("/api/models/{}", job["model_id"].as_str().unwrap());
    let row = json!({"rows": [{"a": 3, "b": "x"}]});
    assert_eq!(journey.insist(Method::POST, &format!("{model}/predict"), Some(row)).await.0, 200);
    journey.delete(&model).await;
    journey.delete(&format!("/api/training/{id}")).await;
    journey.delete(&format!("/api/datasets/{dataset}")).await;

    journey.server.kill();
    journey.server.start_again_with(&[]);
    let data = journey.server.data();
    assert_eq!(entries(&data.join("datasets")).len(), samples);
    for folder in ["uploads", "jobs", "models"] {
        assert_eq!(entries(&data.join(folder)), Vec::<String>::new(), "{folder}");
    }
    (weights, job["attempt"].clone(), journey.server)
}

#[tokio::test]
async fn a_server_that_dies_at_any_named_moment_loses_nothing_and_leaves_nothing() {
    let (expected, attempts, _) = travel("ATHANOR_NOTHING", "").await;
    assert_eq!(attempts, 1);
    for breakpoint in Breakpoint::ALL {
        let (weights, _, server) = travel("ATHANOR_BREAKPOINT", breakpoint.as_str()).await;
        assert_eq!(weights, expected, "{breakpoint:?}");
        assert!(server.log().contains("as ATHANOR_BREAKPOINT asks"), "{breakpoint:?} was never reached");
    }
}

#[tokio::test]
async fn a_trainer_that_dies_between_what_is_durable_and_what_is_told_ends_with_the_same_weights() {
    let (expected, ..) = travel("ATHANOR_NOTHING", "").await;
    for fault in ["checkpoint_every_step,abort@checkpoint", "checkpoint_every_step,abort@model"] {
        let (weights, attempts, _) = travel("ATHANOR_TRAINER_FAULT", fault).await;
        assert_eq!((weights, attempts), (expected.clone(), json!(2)), "{fault}");
    }
}
