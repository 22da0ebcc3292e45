//! What a caller has already is not sent again, and half a file is not sent whole.

use reqwest::{Method, Response};
use serde_json::json;

use crate::harness::{Person, SMALL, Server};

async fn ask(person: &Person, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let request =
        headers.iter().fold(person.request(method, path), |request, (name, value)| request.header(*name, *value));
    request.send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn an_answer_that_has_not_changed_is_not_sent_again() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let id = ada.small().await;
    for path in ["/api/datasets".to_owned(), format!("/api/datasets/{id}"), "/api/auth/me".to_owned()] {
        let first = ask(&ada, Method::GET, &path, &[]).await;
        let (tag, cache) = (header(&first, "etag").to_owned(), header(&first, "cache-control").to_owned());
        assert!(tag.starts_with('"') && cache == "private, no-cache", "{path}: {tag} {cache}");
        let length = first.bytes().await.unwrap().len();
        let again = ask(&ada, Method::GET, &path, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status().as_u16(), header(&again, "etag")), (304, &tag[..]), "{path}");
        assert!(again.bytes().await.unwrap().is_empty(), "{path}");
        let other = ask(&ada, Method::GET, &path, &[("if-none-match", "\"other\"")]).await;
        assert_eq!(other.status(), 200, "{path}");
        // HEAD is GET without its body.
        let head = ask(&ada, Method::HEAD, &path, &[]).await;
        assert_eq!((head.status().as_u16(), header(&head, "etag")), (200, &tag[..]), "{path}");
        assert_eq!(header(&head, "content-length"), length.to_string(), "{path}");
        let head = ask(&ada, Method::HEAD, &path, &[("if-none-match", &tag)]).await;
        assert_eq!(head.status(), 304, "{path}");
    }
    let tag = header(&ask(&ada, Method::GET, "/api/datasets", &[]).await, "etag").to_owned();
    assert_eq!(ada.delete(&format!("/api/datasets/{id}")).await.0, 200);
    let changed = ask(&ada, Method::GET, "/api/datasets", &[("if-none-match", &tag)]).await;
    assert_eq!(changed.status(), 200);
    assert_ne!(header(&changed, "etag"), tag);
    // A tag is no key: who may not see it is told nothing.
    let stranger = ask(&server.anybody(), Method::GET, "/api/datasets", &[("if-none-match", &tag)]).await;
    assert_eq!((stranger.status().as_u16(), header(&stranger, "etag")), (401, ""));
}

#[tokio::test]
async fn files_come_in_parts() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let dataset = ada.small().await;
    let job = ada.train(json!({"dataset": dataset, "epochs": 2})).await;
    let model = ada.wait_for(&job, "COMPLETED").await["model_id"].as_str().unwrap().to_owned();
    for path in [
        format!("/api/datasets/{dataset}/download"),
        format!("/api/models/{model}/download"),
        format!("/api/models/{model}/files/model.onnx"),
        format!("/api/training/{job}/download"),
    ] {
        let whole = ask(&ada, Method::GET, &path, &[]).await;
        let tag = header(&whole, "etag").to_owned();
        assert_eq!((header(&whole, "accept-ranges"), whole.status().as_u16()), ("bytes", 200), "{path}");
        let whole = whole.bytes().await.unwrap();
        let half = whole.len() / 2;
        let range = format!("bytes={half}-");
        let part = ask(&ada, Method::GET, &path, &[("range", &range), ("if-range", &tag)]).await;
        assert_eq!((part.status().as_u16(), header(&part, "etag")), (206, &tag[..]), "{path}");
        assert_eq!(header(&part, "content-range"), format!("bytes {half}-{}/{}", whole.len() - 1, whole.len()));
        assert_eq!(header(&part, "content-length"), (whole.len() - half).to_string());
        assert_eq!(part.bytes().await.unwrap(), whole[half..], "{path}");
        let tail = ask(&ada, Method::GET, &path, &[("range", "bytes=-7")]).await;
        assert_eq!(tail.bytes().await.unwrap(), whole[whole.len() - 7..], "{path}");
        let other = ask(&ada, Method::GET, &path, &[("range", "bytes=0-1"), ("if-range", "\"other\"")]).await;
        assert_eq!((other.status().as_u16(), other.bytes().await.unwrap().len()), (200, whole.len()), "{path}");
        let beyond = ask(&ada, Method::GET, &path, &[("range", &format!("bytes={}-", whole.len()))]).await;
        assert_eq!(header(&beyond, "content-range"), format!("bytes */{}", whole.len()), "{path}");
        assert_eq!(beyond.status(), 416, "{path}");
        let body: serde_json::Value = beyond.json().await.unwrap();
        assert_eq!(body["code"], "range_not_satisfiable");
        let again = ask(&ada, Method::GET, &path, &[("if-none-match", &tag), ("range", "bytes=0-1")]).await;
        assert_eq!((again.status().as_u16(), again.bytes().await.unwrap().len()), (304, 0), "{path}");
        let head = ask(&ada, Method::HEAD, &path, &[("range", "bytes=0-1")]).await;
        assert_eq!(
            (head.status().as_u16(), header(&head, "content-length")),
            (200, &whole.len().to_string()[..]),
            "{path}"
        );
        assert!(head.bytes().await.unwrap().is_empty());
    }
    let bytes = ask(&ada, Method::GET, &format!("/api/datasets/{dataset}/download"), &[("range", "bytes=0-4")]).await;
    assert_eq!(bytes.bytes().await.unwrap(), SMALL.as_bytes()[..5]);
}
