//! Tables at the edges of what can be learned from: a model, or a refusal that says what to change.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::harness::{Person, Server, assert_refused};

/// Uploads a table and trains on it with little, to the end.
async fn learned(person: &Person, name: &str, csv: String, request: Value) -> Value {
    let (status, body) = person.upload("/api/datasets/upload", &format!("{name}.csv"), csv).await;
    assert_eq!(status, 201, "{body}");
    let mut asked = json!({"dataset": name, "epochs": 2});
    asked.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
    let job = person.train(asked).await;
    let done = person.wait_for(&job, "COMPLETED").await;
    let (_, body) = person.get(&format!("/api/models/{}", done["model_id"].as_str().unwrap())).await;
    body["model"].clone()
}

#[tokio::test]
async fn a_job_that_cannot_fit_is_refused_with_what_it_needs() {
    let server = Server::start_with(&[("ATHANOR_JOB_MEMORY_MB", "64")]);
    let ada = server.person("ada").await;
    let wide = json!({"dataset": "iris", "model": {"kind": "mlp", "hidden": [1500, 1500]}});
    let refused = ada.post("/api/training", &wide).await;
    assert_refused(&refused, 422, "validation_failed");
    let why = refused.1["fields"]["model"].as_str().unwrap();
    assert!(why.contains("This job needs about") && why.contains("may have 64 MB"), "{why}");
    let job = ada.train(json!({"dataset": "iris", "epochs": 2})).await;
    ada.wait_for(&job, "COMPLETED").await;
}

#[tokio::test]
async fn five_thousand_columns_and_ten_thousand_words_are_learned_from() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut wide = String::new();
    for at in 0..5_000 {
        let _ = write!(wide, "c{at},");
    }
    wide += "y\n";
    for row in 0..60 {
        for column in 0..5_000 {
            let _ = write!(wide, "{},", (row * 31 + column * 17) % 97);
        }
        let _ = writeln!(wide, "{}", row % 2);
    }
    let model = learned(&ada, "wide", wide, json!({})).await;
    assert_eq!(model["features"].as_array().unwrap().len(), 5_000);

    let mut words = "word,x,y\n".to_owned();
    for row in 0..30_000_u64 {
        let _ = writeln!(words, "w{},{},{}", row * 7_919 % 10_000, row % 13, row % 3);
    }
    let model = learned(&ada, "words", words, json!({"features": ["word", "x"], "target": "y"})).await;
    assert_eq!(model["features"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn columns_that_say_nothing_are_left_out_and_a_class_of_one_row_is_learned_from() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut csv = "same,empty,x,y\n".to_owned();
    for row in 0..80 {
        let _ = writeln!(csv, "1,,{},{}", row % 9, if row == 40 { "rare" } else { ["a", "b"][row % 2] });
    }
    let model = learned(&ada, "edges", csv, json!({"target": "y"})).await;
    let features: Vec<&str> = model["features"].as_array().unwrap().iter().filter_map(|f| f["name"].as_str()).collect();
    assert_eq!(features, ["x"]);
    assert_eq!(model["classes"], json!(["a", "b", "rare"]));
    let asked = ada.post("/api/training", &json!({"dataset": "edges", "target": "y", "features": ["empty"]})).await;
    assert_refused(&asked, 422, "validation_failed");
    assert!(asked.1["fields"]["features"].is_string());
    // A row may have what the file has, also where it says nothing.
    let id = model["id"].as_str().unwrap();
    let rows = json!({"rows": [{"same": 1, "empty": null, "x": 3}]});
    assert_eq!(ada.post(&format!("/api/models/{id}/predict"), &rows).await.0, 200);
}
