//! Tables as people have them, from the upload to a prediction: other formats, odd numbers, columns that look like nothing.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::harness::{Person, Server, assert_refused};

/// Uploads a file; gives the dataset.
async fn uploaded(person: &Person, file_name: &str, bytes: impl Into<Vec<u8>>) -> Value {
    let (status, body) = person.upload("/api/datasets/upload", file_name, bytes).await;
    assert_eq!(status, 201, "{file_name}: {body}");
    body["dataset"].clone()
}

/// Trains on a dataset; gives the job that has completed.
async fn trained(person: &Person, dataset: &Value, more: Value) -> Value {
    let mut request = json!({"dataset": dataset["id"], "epochs": 5});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let job = person.train(request).await;
    person.wait_for(&job, "COMPLETED").await
}

async fn predicted(person: &Person, job: &Value, rows: Value) -> (u16, Value) {
    let model = job["model_id"].as_str().unwrap();
    person.post(&format!("/api/models/{model}/predict"), &json!({"rows": rows})).await
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

#[tokio::test]
async fn a_byte_order_mark_crlf_and_line_breaks_in_quotes() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut text = String::from("\u{feff}\"size\",\"kind, or\r\nsort\",y\r\n");
    for row in 0..30 {
        let kind = if row % 2 == 0 { "\"two\r\nlines\"" } else { "\"say \"\"one\"\"\"" };
        text += &format!("{row}.5,{kind},{}\r\n", if row % 2 == 0 { "even" } else { "odd" });
    }
    let refused = ada.upload("/api/datasets/upload", "header.csv", text.clone()).await;
    assert_refused(&refused, 422, "invalid_dataset");
    assert!(refused.1["error"].as_str().unwrap().contains("line break"), "a name has none: {}", refused.1);

    let text = text.replacen(", or\r\nsort", ", or sort", 1);
    let dataset = uploaded(&ada, "export.csv", text).await;
    assert_eq!((&dataset["rows"], &dataset["columns"][1]["name"]), (&json!(30), &json!("kind, or sort")));
    let path = format!("/api/datasets/{}/preview?limit=2", dataset["id"].as_str().unwrap());
    let rows = ada.get(&path).await.1["rows"].clone();
    assert_eq!(rows, json!([["0.5", "two\r\nlines", "even"], ["1.5", "say \"one\"", "odd"]]));
    let job = trained(&ada, &dataset, json!({"epochs": 60})).await;
    let asked = json!([{"size": 10, "kind, or sort": "two\r\nlines"}, {"size": 10, "kind, or sort": "say \"one\""}]);
    let (_, answer) = predicted(&ada, &job, asked).await;
    let labels: Vec<&Value> = answer["predictions"].as_array().unwrap().iter().map(|it| &it["label"]).collect();
    assert_eq!(labels, ["even", "odd"]);
}

#[tokio::test]
async fn json_lines_and_gzip_are_trained_on() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut lines = String::new();
    for row in 0..40 {
        // Keys with spaces around them are those without.
        let key = if row % 2 == 0 { "width" } else { " width " };
        lines += &format!("{{\"{key}\":{row},\"round\":{},\"class\":\"c{}\"}}\n", row % 3 == 0, row / 20);
    }
    for (name, bytes, gzipped) in
        [("shapes.jsonl", lines.clone().into_bytes(), false), ("shapes.ndjson.gz", gzip(&lines), true)]
    {
        let dataset = uploaded(&ada, name, bytes).await;
        assert_eq!((&dataset["format"], &dataset["gzip"]), (&json!("jsonl"), &json!(gzipped)), "{name}");
        let names: Vec<&Value> = dataset["columns"].as_array().unwrap().iter().map(|column| &column["name"]).collect();
        assert_eq!(names, ["width", "round", "class"], "{name}");
        let job = trained(&ada, &dataset, json!({"epochs": 60})).await;
        let (_, answer) = predicted(&ada, &job, json!([{"width": 3, "round": true}, {"width": 36}])).await;
        assert_eq!(
            (&answer["predictions"][0]["label"], &answer["predictions"][1]["label"]),
            (&json!("c0"), &json!("c1"))
        );
    }
    let refused = ada.upload("/api/datasets/upload", "nested.jsonl", "{\"a\":1}\n{\"a\":{\"b\":[1]}}\n").await;
    assert_refused(&refused, 422, "invalid_dataset");
    assert!(refused.1["error"].as_str().unwrap().starts_with("Line 2, column a: "), "{}", refused.1);
}

#[tokio::test]
async fn numbers_beyond_what_models_compute_with_break_nothing() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let huge = "x,y\n1e200,1\n-1e200,2\n";
    let refused = ada.upload("/api/datasets/upload", "huge.csv", huge).await;
    assert_refused(&refused, 422, "invalid_dataset");
    assert!(refused.1["fields"]["file"].as_str().unwrap().starts_with("Line 2, column x: "), "{}", refused.1);
    let (_, checked) = ada.upload("/api/datasets/validate", "huge.csv", huge).await;
    assert_eq!((&checked["valid"], &checked["problems"][0]["line"]), (&json!(false), &json!(2)));

    // The largest that are taken can be listed, looked at, trained on and deleted.
    let mut text = String::from("x,y\n");
    (0..40).for_each(|row| text += &format!("{}3.4e38,{row}\n", if row % 2 == 0 { "" } else { "-" }));
    let dataset = uploaded(&ada, "large.csv", text).await;
    let summary = &dataset["columns"][0]["numeric"];
    assert!(["min", "max", "mean", "std"].iter().all(|name| summary[name].is_number()), "{summary}");
    assert_eq!(ada.get("/api/datasets").await.0, 200);
    let job = trained(&ada, &dataset, json!({"target": "y"})).await;
    assert_eq!(predicted(&ada, &job, json!([{"x": -3.4e38}])).await.0, 200);
    assert_eq!(ada.delete(&format!("/api/datasets/{}", dataset["id"].as_str().unwrap())).await.0, 200);
}

#[tokio::test]
async fn a_number_that_a_model_cannot_answer_to_is_a_wrong_field() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let job = ada.train(json!({"dataset": "sample_dataset", "epochs": 5})).await;
    let job = ada.wait_for(&job, "COMPLETED").await;
    for wrong in [json!(1e39), json!(-1e39), json!("1e39"), json!("1e999"), json!(3e38)] {
        let refused = predicted(&ada, &job, json!([{"x": 1}, {"x": wrong}])).await;
        assert_refused(&refused, 422, "validation_failed");
        assert!(refused.1["fields"]["rows[1].x"].is_string(), "{}", refused.1);
    }
    let (status, answer) = predicted(&ada, &job, json!([{"x": 1e15}, {"x": -1e15}])).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer["predictions"].as_array().unwrap().iter().all(|it| it["value"].is_number()), "{answer}");
}

#[tokio::test]
async fn whole_numbers_in_a_row_are_learned_from_unless_their_name_says_that_they_count() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut line = String::from("x,y\n");
    (1..=100).for_each(|x| line += &format!("{x},{}\n", 2 * x));
    let dataset = uploaded(&ada, "line.csv", line.clone()).await;
    assert_eq!((&dataset["columns"][0]["type"], &dataset["suggested_target"]), (&json!("numeric"), &json!("y")));
    let job = trained(&ada, &dataset, json!({"model": "linear", "epochs": 300, "lr": 0.05})).await;
    assert_eq!((&job["params"]["features"], &job["task"]), (&json!(["x"]), &json!("regression")));
    let (_, answer) = predicted(&ada, &job, json!([{"x": 40}])).await;
    assert!((answer["predictions"][0]["value"].as_f64().unwrap() - 80.0).abs() < 4.0, "{answer}");

    // An identifier is left out by itself, and used when somebody asks for it.
    let dataset = uploaded(&ada, "numbered.csv", line.replacen('x', "row", 1)).await;
    assert_eq!(dataset["columns"][0]["type"], "id");
    let refused = ada.post("/api/training", &json!({"dataset": dataset["id"]})).await;
    assert_refused(&refused, 422, "validation_failed");
    assert!(refused.1["fields"]["features"].is_string(), "{}", refused.1);
    let job = trained(&ada, &dataset, json!({"features": ["row"]})).await;
    assert_eq!(job["params"]["features"], json!(["row"]));
    let job = trained(&ada, &dataset, json!({"target": "row"})).await;
    assert_eq!((&job["target"], &job["task"]), (&json!("row"), &json!("regression")));
}

#[tokio::test]
async fn a_target_of_one_value_is_refused_with_its_field() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut text = String::from("a,b,y,word\n");
    (0..30).for_each(|row| text += &format!("{row}.5,{},7,same\n", row % 4));
    let dataset = uploaded(&ada, "constant.csv", text).await;
    assert_ne!(dataset["suggested_target"], "y");
    for target in ["y", "word"] {
        for task in [json!(null), json!("regression"), json!("binary"), json!("multiclass")] {
            let asked = json!({"dataset": dataset["id"], "target": target, "task": task});
            let refused = ada.post("/api/training", &asked).await;
            assert_refused(&refused, 422, "validation_failed");
            assert!(refused.1["fields"]["target"].as_str().unwrap().contains("only one value"), "{}", refused.1);
        }
    }
}

#[tokio::test]
async fn a_model_that_would_need_gigabytes_is_refused_with_its_count() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let hidden = vec![4_096; 16];
    let asked = json!({"dataset": "iris", "model": {"kind": "mlp", "hidden": hidden}});
    let refused = ada.post("/api/training", &asked).await;
    assert_refused(&refused, 422, "validation_failed");
    assert!(refused.1["fields"]["model"].as_str().unwrap().contains("251752451 parameters"), "{}", refused.1);
}
