//! Jobs that begin with a model, cross-validation, and devices that are not there.

use serde_json::json;

use crate::harness::{Server, assert_refused};

#[tokio::test]
async fn a_job_begins_with_a_model_of_ones_own_and_learns_what_that_learned() {
    let server = Server::start();
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let first = ada.train(json!({"dataset": "iris", "epochs": 40, "seed": 7, "validation": 0.2})).await;
    let done = ada.wait_for(&first, "COMPLETED").await;
    let model = done["model_id"].as_str().unwrap();

    let more = ada.train(json!({"dataset": "iris", "start_from": model, "epochs": 1, "lr": 1e-9})).await;
    let done = ada.wait_for(&more, "COMPLETED").await;
    assert_eq!((&done["params"]["start_from"], &done["params"]["target"]), (&json!(model), &json!("species")));
    // The rows are divided as they were.
    assert_eq!((&done["params"]["seed"], &done["params"]["validation"]), (&json!(7), &json!(0.2)));
    // One step of nearly nothing: it is as good as the first was.
    assert!(done["metrics"]["test_accuracy"].as_f64().unwrap() > 0.8, "{done}");

    let other = json!({"dataset": "iris", "start_from": model, "target": "petal_length", "model": "linear"});
    let refused = ada.post("/api/training", &other).await;
    assert_refused(&refused, 422, "validation_failed");
    let fields: Vec<&String> = refused.1["fields"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["model", "target"]);
    // What is somebody else's is not there, as is what never was.
    for wrong in [model, "00000000-0000-7000-8000-000000000000", "mine", "../x"] {
        let refused = bob.post("/api/training", &json!({"dataset": "iris", "start_from": wrong})).await;
        assert_refused(&refused, 422, "validation_failed");
        assert_eq!(refused.1["fields"], json!({"start_from": "There is no such model."}));
    }
    // A clone begins with the same model, until that is gone.
    let (status, body) = ada.post(&format!("/api/training/{more}/clone"), &json!({})).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(ada.delete(&format!("/api/models/{model}")).await.0, 200);
    // What has begun with it goes on without it.
    let (status, body) = ada.post(&format!("/api/training/{more}/resume"), &json!({"epochs": 2})).await;
    assert_eq!(status, 200, "{body}");
    ada.wait_for(&more, "COMPLETED").await;
    let (status, body) = ada.post(&format!("/api/training/{more}/clone"), &json!({})).await;
    assert_eq!((status, &body["fields"]["start_from"]), (422, &json!("There is no such model.")));
}

#[tokio::test]
async fn folds_are_in_the_report_and_what_was_chosen_is_in_the_parameters() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let job = ada.train(json!({"dataset": "iris", "epochs": 5, "folds": 3})).await;
    let done = ada.wait_for(&job, "COMPLETED").await;
    let chosen = done["params"]["chosen"].as_array().unwrap();
    assert!(chosen.contains(&json!("lr")) && !chosen.contains(&json!("epochs")), "{chosen:?}");
    let (_, body) = ada.get(&format!("/api/models/{}", done["model_id"].as_str().unwrap())).await;
    let found = &body["model"]["report"]["cross_validation"];
    assert_eq!((&found["folds"], found["metrics"]["accuracy"]["values"].as_array().unwrap().len()), (&json!(3), 3));
    let (_, body) = ada.post(&format!("/api/training/{job}/clone"), &json!({"folds": 0})).await;
    let (_, body) = ada.get(&format!("/api/training/{}", body["job_id"].as_str().unwrap())).await;
    assert_eq!(body["status"]["params"].get("folds"), None);
    let refused = ada.post("/api/training", &json!({"dataset": "iris", "folds": 1})).await;
    assert_refused(&refused, 422, "validation_failed");
    assert!(refused.1["fields"]["folds"].is_string());
}

#[tokio::test]
async fn a_device_that_is_not_there_is_refused_with_those_that_are() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let (_, health) = ada.get("/api/health").await;
    let there: Vec<&str> = health["devices"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    assert!(there.contains(&"flex") && there.contains(&"ndarray"), "{there:?}");
    for device in ["cuda", "wgpu"].into_iter().filter(|device| !there.contains(device)) {
        let refused = ada.post("/api/training", &json!({"dataset": "iris", "device": device})).await;
        assert_refused(&refused, 422, "validation_failed");
        let why = refused.1["fields"]["device"].as_str().unwrap();
        assert!(why.contains(device) && why.contains("flex, ndarray"), "{why}");
    }
}
