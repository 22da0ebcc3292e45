//! The palette's search: by a part of the name, and only what the caller may see.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Person, Server, answer};

async fn find(person: &Person, text: &str) -> Answer {
    let request = person.request(Method::POST, "/api/fn/find").header("accept", "application/json");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    answer(request.body(format!("text={text}"))).await
}

fn addresses(found: &Value) -> Vec<&str> {
    found.as_array().unwrap().iter().map(|thing| thing["address"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn everybody_finds_what_they_may_see() {
    let server = Server::start();
    // Administrators see everything.
    let admin = server.person("admin").await;
    let (ada, bea) = (server.person("ada").await, server.person("bea").await);
    let dataset = ada.small().await;
    let job = ada.train(json!({"dataset": "small", "epochs": 2})).await;
    let done = ada.wait_for(&job, "COMPLETED").await;
    let model = done["model_id"].as_str().unwrap();
    let all = [format!("/jobs/{job}"), format!("/models/{model}"), format!("/datasets/{dataset}")];
    for person in [&ada, &admin] {
        let (status, found) = find(person, "SMAL").await;
        assert_eq!(status, 200, "{found}");
        assert_eq!(addresses(&found), all);
        assert_eq!([&found[0]["kind"], &found[1]["kind"], &found[2]["kind"]], ["Job", "Model", "Dataset"]);
        assert_eq!(
            [&found[0]["state"], &found[1]["target"]],
            ["COMPLETED", done["params"]["target"].as_str().unwrap()]
        );
    }
    assert_eq!(find(&bea, "smal").await.1, json!([]));
    let iris = &find(&bea, "iris").await.1[0];
    assert_eq!((&iris["name"], &iris["rows"]), (&json!("iris"), &json!(150)), "samples are everybody's");
    assert_eq!(find(&server.anybody(), "smal").await.0, 401);
}

#[tokio::test]
async fn little_finds_nothing_and_much_is_cut_short() {
    let server = Server::start();
    let ada = server.person("ada").await;
    for text in ["", "i", "+i+", "%25%25", "__", "no+such+thing", &"x".repeat(10_000)] {
        assert_eq!(find(&ada, text).await, (200, json!([])), "{:?}", &text[..text.len().min(20)]);
    }
    let oldest = ada.train(json!({"dataset": "iris", "epochs": 1})).await;
    for _ in 0..7 {
        ada.train(json!({"dataset": "iris", "epochs": 1})).await;
    }
    let (_, found) = find(&ada, "iris").await;
    let jobs: Vec<&str> = addresses(&found).into_iter().filter(|address| address.starts_with("/jobs/")).collect();
    assert_eq!(jobs.len(), 6, "{found}");
    assert!(!jobs.iter().any(|address| address.ends_with(&oldest)), "the newest are found: {found}");
}
