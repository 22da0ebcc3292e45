//! Uploading, looking, downloading, deleting.

use std::io::Write;

use reqwest::{Method, multipart};
use serde_json::json;

use crate::harness::{SMALL, Server, answer, assert_refused};

#[tokio::test]
async fn a_file_is_profiled_previewed_downloaded_and_deleted() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let bytes = format!("\u{feff}{}", SMALL.replace('\n', "\r\n"));
    let (status, body) = ada.upload("/api/datasets/upload", "C:\\data\\my table.csv", bytes.clone()).await;
    assert_eq!(status, 201, "{body}");
    let dataset = &body["dataset"];
    assert_eq!((&dataset["name"], &dataset["rows"]), (&json!("my table"), &json!(16)));
    assert_eq!(dataset["columns"][0]["name"], "a");
    assert_eq!((&dataset["suggested_target"], &dataset["suggested_task"]), (&json!("y"), &json!("binary")));
    let id = dataset["id"].as_str().unwrap();
    let (_, preview) = ada.get(&format!("/api/datasets/{id}/preview?limit=2")).await;
    assert_eq!(preview["rows"], json!([["1", "x", "no"], ["2", "x", "no"]]));
    let download = ada.request(Method::GET, &format!("/api/datasets/{id}/download")).send().await.unwrap();
    assert!(download.headers()["content-disposition"].to_str().unwrap().contains("my table.csv"));
    assert_eq!(download.bytes().await.unwrap(), bytes.as_bytes());
    let stranger = server.person("bea").await;
    for path in
        [format!("/api/datasets/{id}"), format!("/api/datasets/{id}/preview"), format!("/api/datasets/{id}/download")]
    {
        assert_refused(&stranger.get(&path).await, 404, "not_found");
    }
    assert_refused(&stranger.delete(&format!("/api/datasets/{id}")).await, 404, "not_found");
    assert_eq!(ada.delete(&format!("/api/datasets/{id}")).await.0, 200);
    assert_refused(&ada.get(&format!("/api/datasets/{id}")).await, 404, "not_found");
    assert!(!server.data().join("datasets").join(id).exists());
}

#[tokio::test]
async fn a_wrong_file_is_refused_with_its_line_and_leaves_nothing() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let wrong: [(&str, &[u8], &str); 7] = [
        ("ragged.csv", b"a,b\n1,2\n3\n", "Line 3"),
        ("header.csv", b"1,2\n3,4\n", "looks like data"),
        ("latin.csv", b"a,b\n1,caf\xe9\n", "Line 2: Cell 2 is not UTF-8"),
        ("empty.csv", b"a,b\n", "no rows"),
        ("book.xlsx", b"PK\x03\x04", "Excel"),
        ("noidea", b"a,b\n1,2\n", ".csv"),
        ("rows.jsonl", b"{\"a\":1}\n{\"a\":[2]}\n", "Line 2, column a"),
    ];
    let before = std::fs::read_dir(server.data().join("datasets")).unwrap().count();
    for (name, bytes, part) in wrong {
        let refused = ada.upload("/api/datasets/upload", name, bytes).await;
        assert_refused(&refused, 422, "invalid_dataset");
        assert!(refused.1["fields"]["file"].as_str().unwrap().contains(part), "{name}: {}", refused.1);
        let (status, checked) = ada.upload("/api/datasets/validate", name, bytes).await;
        assert_eq!((status, &checked["valid"]), (200, &json!(false)), "{name}");
        assert!(!checked["problems"].as_array().unwrap().is_empty());
    }
    assert_refused(&ada.upload("/api/datasets/upload", "none.csv", "").await, 422, "validation_failed");
    assert_eq!(std::fs::read_dir(server.data().join("datasets")).unwrap().count(), before);
    assert_eq!(std::fs::read_dir(server.data().join("uploads")).unwrap().count(), 0);
}

#[tokio::test]
async fn gzip_tsv_and_a_name_behind_the_file() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(SMALL.replace(',', "\t").as_bytes()).unwrap();
    let part = multipart::Part::bytes(packer.finish().unwrap()).file_name("small.tsv.gz");
    let form = multipart::Form::new().part("file", part).text("name", "packed");
    let (status, body) = answer(ada.request(Method::POST, "/api/datasets/upload").multipart(form)).await;
    assert_eq!(status, 201, "{body}");
    let dataset = &body["dataset"];
    assert_eq!(
        (&dataset["name"], &dataset["format"], &dataset["gzip"]),
        (&json!("packed"), &json!("tsv"), &json!(true))
    );
}

#[tokio::test]
async fn samples_are_there_for_everybody_and_nobody_deletes_them() {
    let server = Server::start();
    let (ada, bea) = (server.person("ada").await, server.person("bea").await);
    let (_, body) = bea.get("/api/datasets").await;
    let names: Vec<&str> = body["datasets"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["breast_cancer", "diabetes", "iris", "messages", "sample_dataset", "wine"]);
    let id = body["datasets"][0]["id"].as_str().unwrap();
    assert_refused(&ada.delete(&format!("/api/datasets/{id}")).await, 403, "forbidden");
}

#[tokio::test]
async fn a_dataset_that_a_job_still_needs_is_kept() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let dataset = ada.small().await;
    let job = ada.train(json!({"dataset": dataset, "epochs": 100_000, "early_stopping": false})).await;
    assert_refused(&ada.delete(&format!("/api/datasets/{dataset}")).await, 409, "conflict");
    ada.post(&format!("/api/training/{job}/stop"), &json!({})).await;
    ada.wait_for(&job, "STOPPED").await;
    assert_eq!(ada.delete(&format!("/api/datasets/{dataset}")).await.0, 200);
    assert_refused(&ada.post(&format!("/api/training/{job}/resume"), &json!({})).await, 409, "conflict");
}

#[tokio::test]
async fn two_announced_gigabytes_are_refused_before_they_are_sent() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let text = ada.announce("/api/datasets/upload", "multipart/form-data; boundary=x", 2 << 30).await;
    assert!(text.starts_with("HTTP/1.1 413") && text.contains("\"code\":\"too_large\""), "{text}");
}
