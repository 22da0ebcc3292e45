//! The bundle of a finished model: what is in it, and that it is what the API says.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
    path::Path,
};

use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{Person, Server, assert_refused};

async fn download(person: &Person, path: &str) -> (Option<String>, Vec<u8>) {
    let answer = person.request(Method::GET, path).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"application/zip".parse().unwrap())
    );
    let name = answer.headers().get("content-disposition").map(|name| name.to_str().unwrap().to_owned());
    (name, answer.bytes().await.unwrap().to_vec())
}

fn unpack(bundle: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bundle)).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        files.insert(file.name().unwrap().into_owned(), bytes);
    }
    files
}

#[tokio::test]
async fn a_bundle_holds_what_the_api_says_of_the_model() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let job = ada.train(json!({"dataset": "iris", "epochs": 20, "seed": 7_919})).await;
    let done = ada.wait_for(&job, "COMPLETED").await;
    let id = done["model_id"].as_str().unwrap();
    let (_, body) = ada.get(&format!("/api/models/{id}")).await;
    let model = &body["model"];
    let (_, body) = ada.get(&format!("/api/datasets/{}", done["dataset_id"].as_str().unwrap())).await;
    let data_sha256 = body["dataset"]["sha256"].as_str().unwrap();

    let (name, bundle) = download(&ada, &format!("/api/models/{id}/download")).await;
    assert!(name.is_some_and(|name| name.starts_with("attachment") && name.contains("iris-mlp.zip")));
    assert_eq!(model["size_bytes"], bundle.len());
    assert_eq!(download(&ada, &format!("/api/training/{job}/download")).await.1, bundle, "one bundle, two addresses");

    let files = unpack(&bundle);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["encoder.json", "model-card.md", "model.json", "model.onnx", "model.safetensors", "report.json"]
    );
    assert_eq!(serde_json::from_slice::<Value>(&files["report.json"]).unwrap(), model["report"]);
    let weights_sha256 = hex::encode(Sha256::digest(&files["model.safetensors"]));
    assert_eq!(model["sha256"], weights_sha256.as_str());
    let encoder: Value = serde_json::from_slice(&files["encoder.json"]).unwrap();
    assert_eq!(encoder["classes"], model["classes"]);
    let description: Value = serde_json::from_slice(&files["model.json"]).unwrap();
    assert_eq!((&description["spec"], &description["data_sha256"]), (&done["params"], &json!(data_sha256)));

    let card = std::str::from_utf8(&files["model-card.md"]).unwrap();
    for part in [data_sha256, &weights_sha256, "\"seed\": 7919", "petal_length"] {
        assert!(card.contains(part), "the card does not say {part}:\n{card}");
    }
    for (name, value) in model["metrics"].as_object().unwrap() {
        let line = format!("| {name} | {:.6} |", value.as_f64().unwrap());
        assert!(card.contains(&line), "the card does not say {line}:\n{card}");
    }

    // One file after the other, and nothing that is not one of them.
    for (name, bytes) in &files {
        let answer = ada.request(Method::GET, &format!("/api/models/{id}/files/{name}")).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{name}");
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert_eq!(
            kind.starts_with("application/json"),
            Path::new(name).extension().is_some_and(|kind| kind == "json"),
            "{name}: {kind}"
        );
        assert!(answer.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"), "{name}");
        assert_eq!(&answer.bytes().await.unwrap(), bytes, "{name}");
    }
    for name in ["bundle.zip", "..%2F..%2Fathanor.db", "%2e%2e", "MODEL.JSON", "model.json%00", "x"] {
        assert_refused(&ada.get(&format!("/api/models/{id}/files/{name}")).await, 404, "not_found");
    }

    let stranger = server.person("bea").await;
    let file = format!("/api/models/{id}/files/model.json");
    for path in [format!("/api/models/{id}/download"), format!("/api/training/{job}/download"), file] {
        assert_refused(&stranger.get(&path).await, 404, "not_found");
    }
}
