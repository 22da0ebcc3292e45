//! Other programs are told of what is trained here.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::harness::{Server, assert_refused};

/// One request as it came; it is answered with 200.
async fn heard(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut came = Vec::new();
    while !came.ends_with(b"}") {
        let mut some = [0; 4_096];
        let read = stream.read(&mut some).await.unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&came));
        came.extend_from_slice(&some[..read]);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await.unwrap();
    String::from_utf8(came).unwrap()
}

#[tokio::test]
async fn a_program_is_told_that_a_job_has_ended() {
    let server = Server::start_with(&[("ATHANOR_WEBHOOK_NETWORKS", "127.0.0.1, 10.0.0.0/8")]);
    let ada = server.person("ada").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/told?by=athanor", listener.local_addr().unwrap());
    let (status, made) = ada.post("/api/webhooks", &json!({"url": url})).await;
    assert_eq!(status, 201, "{made}");
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"), "{made}");
    let place = format!("/api/webhooks/{}", made["id"].as_str().unwrap());
    let (tested, ping) =
        tokio::join!(async { ada.post(&format!("{place}/test"), &json!({})).await }, heard(&listener),);
    assert_eq!((tested.0, &tested.1["delivery"]["status"]), (200, &json!(200)), "{}", tested.1);
    assert!(ping.starts_with("POST /told?by=athanor HTTP/1.1\r\n") && ping.contains("\"ping\""), "{ping}");

    let job = ada.train(json!({"dataset": "iris", "epochs": 2})).await;
    let told = heard(&listener).await;
    let body: Value = serde_json::from_str(told.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!((&body["type"], &body["data"]["job"]["job_id"]), (&json!("job.completed"), &json!(job)), "{body}");
    let (_, listed) = ada.get("/api/webhooks").await;
    assert!(listed["webhooks"][0].get("secret").is_none(), "{listed}");
    let (_, sent) = ada.get(&format!("{place}/deliveries")).await;
    assert_eq!(sent["deliveries"].as_array().unwrap().len(), 2, "{sent}");
    let (_, stored) = ada.get(&format!("/api/training/{job}")).await;
    assert_eq!(body["data"]["job"]["status"], stored["status"]["status"], "as lists show it");
    assert_eq!(ada.delete(&place).await.0, 200);
    assert_refused(&ada.get(&format!("{place}/deliveries")).await, 404, "not_found");
    // The database has the secret, and nobody can read it there.
    let secret = made["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap();
    for file in ["athanor.db", "athanor.db-wal"] {
        let bytes = std::fs::read(server.data().join(file)).unwrap_or_default();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{file}");
    }
    assert!(!server.log().contains(secret));
}

#[tokio::test]
async fn what_leads_into_the_servers_own_network_is_refused() {
    let server = Server::start();
    let ada = server.person("ada").await;
    for url in
        [&server.url, "http://169.254.169.254/latest/meta-data", "http://[::ffff:10.0.0.1]/", "gopher://example.org/"]
    {
        let refused = ada.post("/api/webhooks", &json!({"url": url})).await;
        assert_refused(&refused, 422, "validation_failed");
        assert!(refused.1["fields"]["url"].is_string(), "{}", refused.1);
    }
    assert_eq!(ada.get("/api/webhooks").await.1["webhooks"], json!([]));
}
