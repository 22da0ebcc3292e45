//! Texts: learned from with nothing but the dataset given, asked, and refused where they make no sense.

use serde_json::{Value, json};

use crate::harness::{Server, assert_refused};

/// So small that a test is quick.
fn small() -> Value {
    json!({"kind": "transformer", "width": 16, "heads": 2, "feed_forward": 32, "layers": 1, "max_tokens": 40})
}

#[tokio::test]
async fn a_dataset_of_texts_is_learned_from_and_asked() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let job = ada.train(json!({"dataset": "messages", "epochs": 8, "model": small(), "lr": 0.005})).await;
    let done = ada.wait_for(&job, "COMPLETED").await;
    let params = &done["params"];
    assert_eq!((&params["task"], &params["target"]), (&json!("text_classification"), &json!("topic")), "{params}");
    assert_eq!(params["features"], json!(["message"]));
    let (_, model) = ada.get(&format!("/api/models/{}", done["model_id"].as_str().unwrap())).await;
    let accuracy = model["model"]["metrics"]["accuracy"].as_f64().unwrap();
    assert!(accuracy > 0.6, "{}", model["model"]["metrics"]);
    assert_eq!(model["model"]["features"][0]["type"], "text");
    let path = format!("/api/models/{}/predict", done["model_id"].as_str().unwrap());
    let rows = json!({"rows": [{"message": "Please delete my account"}, {"message": ""}, {}]});
    let (status, told) = ada.post(&path, &rows).await;
    assert_eq!((status, told["predictions"].as_array().map(Vec::len)), (200, Some(3)), "{told}");
    assert_eq!(told["predictions"][1], told["predictions"][2], "no text is an empty one");
    let refused = ada.post(&path, &json!({"rows": [{"text": "x"}]})).await;
    assert_refused(&refused, 422, "validation_failed");
    assert!(refused.1["fields"]["rows[0].text"].is_string(), "{}", refused.1);
}

#[tokio::test]
async fn what_makes_no_sense_of_texts_is_refused_by_its_field() {
    let server = Server::start();
    let ada = server.person("ada").await;
    for (request, field) in [
        (json!({"dataset": "messages", "model": "mlp"}), "features"),
        (json!({"dataset": "iris", "model": "transformer"}), "features"),
        (json!({"dataset": "iris", "task": "text_classification"}), "features"),
        (json!({"dataset": "messages", "task": "text_classification", "model": "linear"}), "model"),
        (json!({"dataset": "messages", "model": {"kind": "transformer", "width": 10, "heads": 4}}), "model.heads"),
        (json!({"dataset": "messages", "model": {"kind": "transformer", "max_tokens": 5_000}}), "model.max_tokens"),
        (json!({"dataset": "messages", "task": "image_classification"}), "features"),
    ] {
        let refused = ada.post("/api/training", &request).await;
        assert_refused(&refused, 422, "validation_failed");
        assert!(refused.1["fields"][field].is_string(), "{request}: {}", refused.1);
    }
}
