//! What an upload may cost: limits hold while it streams, and one that breaks off leaves nothing behind.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::harness::{Person, SMALL, Server, answer, assert_refused};

/// Both addresses that take files.
const PATHS: [&str; 3] = ["/api/datasets/upload", "/api/datasets/validate", "/api/fn/upload_dataset"];
const FILE: &str = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n";

fn megabyte() -> Server {
    Server::start_with(&[("ATHANOR_MAX_UPLOAD_MB", "1")])
}

/// A connection on which an upload has begun; `more` are its other headers.
async fn begin(person: &Person, path: &str, more: &str) -> TcpStream {
    let address = person.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: multipart/form-data; boundary=x\r\nAccept: application/json\r\n{more}\r\n\r\n",
        person.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Sends a body in chunks until the server has heard enough; gives what it says.
async fn stream(person: &Person, path: &str, body: &[u8]) -> String {
    let (mut reading, mut writing) = begin(person, path, "Transfer-Encoding: chunked").await.into_split();
    let body = body.to_vec();
    let sending = tokio::spawn(async move {
        for piece in body.chunks(16_384) {
            let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
            // Whoever is refused may find the door shut.
            if writing.write_all(&chunk).await.is_err() {
                return writing;
            }
        }
        let _ = writing.write_all(b"0\r\n\r\n").await;
        writing
    });
    let mut said = vec![0; 4_096];
    let length = timeout(Duration::from_secs(20), reading.read(&mut said)).await.expect("it answers").unwrap();
    sending.abort();
    String::from_utf8_lossy(&said[..length]).into_owned()
}

fn unfinished(server: &Server) -> usize {
    std::fs::read_dir(server.data().join("uploads")).unwrap().count()
}

async fn until_none_is_unfinished(server: &Server) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while unfinished(server) > 0 {
        assert!(Instant::now() < deadline, "the file of an upload that broke off is still there");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_refused_while_it_streams() {
    let server = megabyte();
    let ada = server.person("ada").await;
    let body = format!("{FILE}a,b\n{}\r\n--x--\r\n", "1,2\n".repeat(1 << 19));
    for path in PATHS {
        let said = stream(&ada, path, body.as_bytes()).await;
        assert!(said.starts_with("HTTP/1.1 413") && said.contains("\"code\":\"too_large\""), "{path}: {said}");
    }
    until_none_is_unfinished(&server).await;
    assert_eq!(ada.get("/api/datasets").await.1["count"], 6, "only the samples");
    assert_eq!(ada.upload(PATHS[0], "small.csv", SMALL).await.0, 201);
}

#[tokio::test]
async fn what_is_around_the_file_has_limits_too() {
    let server = Server::start_with(&[("ATHANOR_MAX_UPLOAD_MB", "16")]);
    let ada = server.person("ada").await;
    let long = "x".repeat(4 << 20);
    for path in PATHS {
        // Headers that do not end, and bytes before the first boundary.
        let headers =
            format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\nX-Long: {long}");
        for body in [&headers, &long] {
            let said = stream(&ada, path, body.as_bytes()).await;
            assert!(said.starts_with("HTTP/1.1 400") && said.contains("\"code\":\"bad_request\""), "{path}: {said}");
        }
        let name =
            format!("--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n{long}\r\n{FILE}a\n1\r\n--x--\r\n");
        let said = stream(&ada, path, name.as_bytes()).await;
        assert!(said.starts_with("HTTP/1.1 422") && said.contains("\"name\":\"Is too long.\""), "{path}: {said}");
        let other = format!("--x\r\nContent-Disposition: form-data; name=\"colour\"\r\n\r\n{long}\r\n--x--\r\n");
        let said = stream(&ada, path, other.as_bytes()).await;
        assert!(said.starts_with("HTTP/1.1 422") && said.contains("\"colour\""), "{path}: {said}");
        let announced = ada.announce(path, "multipart/form-data; boundary=x", 17 << 20).await;
        assert!(announced.starts_with("HTTP/1.1 413"), "{path}: {announced}");
    }
    until_none_is_unfinished(&server).await;
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_no_file() {
    let server = Server::start();
    let ada = server.person("ada").await;
    for path in PATHS {
        let mut connection = begin(&ada, path, "Content-Length: 1000000").await;
        connection.write_all(format!("{FILE}a,b\n{}", "1,2\n".repeat(1_000)).as_bytes()).await.unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while unfinished(&server) == 0 {
            assert!(Instant::now() < deadline, "{path}: it does not begin");
            sleep(Duration::from_millis(5)).await;
        }
        drop(connection);
        until_none_is_unfinished(&server).await;
    }
    assert_eq!(ada.get("/api/datasets").await.1["count"], 6, "only the samples");
}

#[tokio::test]
async fn the_form_of_the_page_comes_back_to_its_page() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let send = async |accept: &str, bytes: &'static str| {
        let part = reqwest::multipart::Part::bytes(bytes.as_bytes()).file_name("table.csv");
        let form = reqwest::multipart::Form::new().text("name", "").part("file", part);
        ada.request(Method::POST, PATHS[2]).header("accept", accept.to_owned()).multipart(form).send().await.unwrap()
    };
    let kept = send("text/html", SMALL).await;
    assert_eq!(kept.status(), 303);
    let page = kept.headers()["location"].to_str().unwrap().to_owned();
    let shown = ada.request(Method::GET, &page).header("accept", "text/html").send().await.unwrap();
    assert!(page.starts_with("/datasets/") && shown.text().await.unwrap().contains("<h1><bdi>table"));

    let refused = send("text/html", "a,b\n1\n").await;
    assert_eq!(refused.status(), 303);
    let page = refused.headers()["location"].to_str().unwrap().to_owned();
    assert!(page.starts_with("/datasets?__path=%2Fapi%2Ffn%2Fupload_dataset&__err="), "{page}");
    let shown = ada.request(Method::GET, &page).header("accept", "text/html").send().await.unwrap();
    assert!(shown.text().await.unwrap().contains("The file is not a table that can be read"));

    let scripted = send("application/json", SMALL).await;
    assert_eq!(scripted.status(), 201);
    let scripted = send("application/json", "a,b\n1\n").await;
    assert_eq!(scripted.status(), 422);
    let nameless = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n--x--\r\n";
    let request = ada.request(Method::POST, PATHS[2]).header("content-type", "multipart/form-data; boundary=x");
    let refused = answer(request.body(nameless)).await;
    assert_refused(&refused, 422, "validation_failed");
    assert!(refused.1["fields"]["file"].as_str().unwrap().starts_with("Choose a file"));
    assert_refused(&server.anybody().upload(PATHS[2], "a.csv", SMALL).await, 401, "unauthenticated");
    assert_eq!(ada.get("/api/datasets").await.1["count"], json!(8));
}
