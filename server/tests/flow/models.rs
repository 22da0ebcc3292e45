//! Asking trained models.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, Server, answer, assert_refused};

async fn trained(ada: &Person, request: Value) -> String {
    let job = ada.train(request).await;
    ada.wait_for(&job, "COMPLETED").await["model_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn rows_go_in_as_json_or_csv_and_answers_come_in_their_order() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let id = trained(&ada, json!({"dataset": "iris", "epochs": 60})).await;
    let (_, body) = ada.get(&format!("/api/models/{id}")).await;
    assert_eq!(body["model"]["classes"], json!(["setosa", "versicolor", "virginica"]));
    assert_eq!(body["model"]["features"][0]["name"], "sepal_length");
    let path = format!("/api/models/{id}/predict");
    let rows = json!({"rows": [
        {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2},
        {"sepal_length": "6.3", "sepal_width": 3.3, "petal_length": 6.0, "petal_width": null},
    ]});
    let (status, as_json) = ada.post(&path, &rows).await;
    assert_eq!(status, 200, "{as_json}");
    let labels: Vec<&str> =
        as_json["predictions"].as_array().unwrap().iter().map(|it| it["label"].as_str().unwrap()).collect();
    assert_eq!(labels[0], "setosa");
    assert_ne!(labels[1], "setosa");
    let csv = "petal_length,petal_width,sepal_length,sepal_width\n1.4,0.2,5.1,3.5\n6.0,,6.3,3.3\n";
    let request = ada.request(Method::POST, &path).header("content-type", "text/csv").body(csv);
    assert_eq!(answer(request).await.1, as_json);

    for (rows, field) in [
        (json!({"rows": [{"petal_length": 1}, {"petal_length": "long"}]}), "rows[1].petal_length"),
        (json!({"rows": [{"colour": "red"}]}), "rows[0].colour"),
        (json!({"rows": []}), "rows"),
        (json!({}), "rows"),
    ] {
        let refused = ada.post(&path, &rows).await;
        assert_refused(&refused, 422, "validation_failed");
        assert!(refused.1["fields"][field].is_string(), "{}", refused.1);
    }
    let many: Vec<Value> = (0..10_001).map(|_| json!({})).collect();
    assert_refused(&ada.post(&path, &json!({"rows": many})).await, 422, "validation_failed");
}

#[tokio::test]
async fn a_number_is_predicted_and_strangers_see_no_model() {
    let server = Server::start();
    let (ada, bea) = (server.person("ada").await, server.person("bea").await);
    let id = trained(&ada, json!({"dataset": "sample_dataset", "epochs": 100})).await;
    let path = format!("/api/models/{id}/predict");
    let (_, body) = ada.post(&path, &json!({"rows": [{"x": 1.0}]})).await;
    let value = body["predictions"][0]["value"].as_f64().unwrap();
    assert!((value - (1.5_f64.sin() + 0.25)).abs() < 0.4, "{value}");
    assert_refused(&bea.get(&format!("/api/models/{id}")).await, 404, "not_found");
    assert_refused(&bea.post(&path, &json!({"rows": [{"x": 1.0}]})).await, 404, "not_found");
    assert_refused(&bea.delete(&format!("/api/models/{id}")).await, 404, "not_found");
    assert_eq!(bea.get("/api/models").await.1["count"], 0);
    assert_eq!(ada.get("/api/models").await.1["count"], 1);
    assert_eq!(ada.delete(&format!("/api/models/{id}")).await.0, 200);
    assert_refused(&ada.get(&format!("/api/models/{id}")).await, 404, "not_found");
    assert!(!server.data().join("models").join(&id).exists());
}

#[tokio::test]
async fn many_rows_of_a_wide_model_are_answered_in_their_order() {
    let server = Server::start();
    let ada = server.person("ada").await;
    // So wide that a few hundred rows are as many as are in memory at once.
    let model = json!({"kind": "mlp", "hidden": [4_096]});
    let id = trained(&ada, json!({"dataset": "sample_dataset", "epochs": 1, "model": model})).await;
    let path = format!("/api/models/{id}/predict");
    let x = |row: usize| row as f64 / 100.0 - 3.0;
    let rows: Vec<Value> = (0..700).map(|row| json!({"x": x(row)})).collect();
    let (status, together) = ada.post(&path, &json!({"rows": rows})).await;
    assert_eq!((status, together["predictions"].as_array().map(Vec::len)), (200, Some(700)), "{together}");
    for row in [0, 255, 256, 511, 512, 699] {
        let (_, alone) = ada.post(&path, &json!({"rows": [{"x": x(row)}]})).await;
        let value = |answer: &Value, at: usize| answer["predictions"][at]["value"].as_f64().unwrap();
        assert!((value(&together, row) - value(&alone, 0)).abs() < 1e-4, "{row}");
    }
    let mut wrong = rows;
    (wrong[3], wrong[600]) = (json!({"x": "three"}), json!({"x": "six hundred"}));
    let refused = ada.post(&path, &json!({"rows": wrong})).await;
    assert_refused(&refused, 422, "validation_failed");
    let named: Vec<&String> = refused.1["fields"].as_object().unwrap().keys().collect();
    assert_eq!(named, ["rows[3].x", "rows[600].x"]);
}

#[tokio::test]
async fn an_answer_of_millions_of_probabilities_is_refused() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut table = String::from("x,class\n");
    (0..900).for_each(|row| table += &format!("{}.5,class {}\n", row % 150, row % 150));
    let (status, body) = ada.upload("/api/datasets/upload", "classes.csv", table).await;
    assert_eq!(status, 201, "{body}");
    let asked = json!({"dataset": body["dataset"]["id"], "target": "class", "task": "multiclass", "epochs": 1});
    let path = format!("/api/models/{}/predict", trained(&ada, asked).await);
    let rows = |count: usize| json!({"rows": vec![json!({"x": 1}); count]});
    let refused = ada.post(&path, &rows(10_000)).await;
    assert_refused(&refused, 422, "validation_failed");
    assert!(refused.1["fields"]["rows"].as_str().unwrap().contains("at most 6666 rows"), "{}", refused.1);
    assert_eq!(ada.post(&path, &rows(1_000)).await.0, 200);
}
