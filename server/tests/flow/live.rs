//! The socket: replay, then live, without a gap and without a repeat.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use crate::harness::{Person, Server};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(person: &Person, headers: &[(&'static str, String)]) -> Result<Socket, u16> {
    let mut request = format!("{}/ws", person.url.replace("http", "ws")).into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn socket(person: &Person) -> Socket {
    connect(person, &[("authorization", format!("Bearer {}", person.token))]).await.unwrap()
}

async fn say(socket: &mut Socket, message: &Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

async fn hear(socket: &mut Socket) -> Value {
    loop {
        let message =
            timeout(Duration::from_secs(20), socket.next()).await.expect("something is said").unwrap().unwrap();
        if let Message::Text(text) = message {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

/// Follows a job to its end; gives every point by (split, name, step) and the messages' sequence numbers.
async fn follow(socket: &mut Socket, job: &str, after: u64) -> (BTreeMap<(String, String, u64), f64>, Vec<u64>) {
    say(socket, &json!({"type": "subscribe_job", "job_id": job, "after": after})).await;
    let (mut points, mut numbers) = (BTreeMap::new(), Vec::new());
    loop {
        let message = hear(socket).await;
        assert_eq!(message["job_id"], job);
        numbers.push(message["seq"].as_u64().unwrap());
        if message["type"] != "job_update" {
            continue;
        }
        for point in message["metrics"].as_array().unwrap() {
            let text = |name: &str| point[name].as_str().unwrap().to_owned();
            let key = (text("split"), text("name"), point["step"].as_u64().unwrap());
            let twice = points.insert(key, point["value"].as_f64().unwrap());
            assert!(twice.is_none(), "{point} came twice");
        }
        // The newest status comes with every part of a replay; an update without points is its end.
        let ended = message["status"] == "COMPLETED" && message["metrics"].as_array().unwrap().is_empty();
        if ended {
            return (points, numbers);
        }
    }
}

async fn curves(person: &Person, job: &str) -> BTreeMap<(String, String, u64), f64> {
    let (_, body) = person.get(&format!("/api/training/{job}/metrics")).await;
    let text = |point: &Value, name: &str| point[name].as_str().unwrap().to_owned();
    body["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| {
            let key = (text(point, "split"), text(point, "name"), point["step"].as_u64().unwrap());
            (key, point["value"].as_f64().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn two_watchers_see_every_point_once_live_and_replayed() {
    let server = Server::start_with(&[("ATHANOR_TRAINER_FAULT", "sleep_ms_per_step=1")]);
    let ada = server.person("ada").await;
    let (mut early, mut late) = (socket(&ada).await, socket(&ada).await);
    let job = ada.train(json!({"dataset": "iris", "epochs": 60, "early_stopping": false})).await;
    let watching = {
        let job = job.clone();
        tokio::spawn(async move { follow(&mut early, &job, 0).await })
    };
    ada.wait_until(&job, |job| job["epoch"].as_u64() > Some(20)).await;
    let (seen_late, _) = follow(&mut late, &job, 0).await;
    let (seen_early, numbers) = watching.await.unwrap();
    assert!(numbers.is_sorted(), "sequence numbers never go back");
    ada.wait_for(&job, "COMPLETED").await;
    let stored = curves(&ada, &job).await;
    assert_eq!(seen_early, stored);
    assert_eq!(seen_late, stored);

    // A replay after a number begins there.
    let (_, body) = ada.get(&format!("/api/training/{job}/metrics")).await;
    let middle = body["metrics"][stored.len() / 2]["seq"].as_u64().unwrap();
    let newer = body["metrics"].as_array().unwrap().iter().filter(|point| point["seq"].as_u64() > Some(middle)).count();
    let mut again = socket(&ada).await;
    let (replayed, _) = follow(&mut again, &job, middle).await;
    assert_eq!(replayed.len(), newer);
}

#[tokio::test]
async fn the_list_moves_too_and_only_for_its_owner() {
    let server = Server::start();
    server.person("admin").await;
    let (bea, cyd) = (server.person("bea").await, server.person("cyd").await);
    let (mut own, mut other) = (socket(&bea).await, socket(&cyd).await);
    say(&mut own, &json!({"type": "subscribe_user_jobs"})).await;
    say(&mut other, &json!({"type": "subscribe_user_jobs"})).await;
    let job = bea.train(json!({"dataset": "iris", "epochs": 3})).await;
    let mut states = Vec::new();
    while states.last().is_none_or(|state| state != "COMPLETED") {
        let message = hear(&mut own).await;
        assert_eq!((message["type"].as_str(), message["job_id"].as_str()), (Some("job_status"), Some(job.as_str())));
        states.push(message["status"].as_str().unwrap().to_owned());
    }
    assert_eq!(states.first().map(String::as_str), Some("QUEUED"), "{states:?}");
    bea.delete(&format!("/api/training/{job}")).await;
    assert_eq!(hear(&mut own).await, json!({"type": "job_deleted", "job_id": job}));
    say(&mut other, &json!({"type": "ping"})).await;
    assert_eq!(hear(&mut other).await, json!({"type": "pong"}), "a stranger hears nothing of it");
}

#[tokio::test]
async fn who_may_not_listen_is_told_so() {
    let server = Server::start();
    server.person("admin").await;
    let (bea, cyd) = (server.person("bea").await, server.person("cyd").await);
    let job = bea.train(json!({"dataset": "iris", "epochs": 2})).await;
    let mut stranger = socket(&cyd).await;
    say(&mut stranger, &json!({"type": "subscribe_job", "job_id": job})).await;
    let refused = hear(&mut stranger).await;
    assert_eq!(
        (&refused["type"], &refused["code"], &refused["job_id"]),
        (&json!("error"), &json!("not_found"), &json!(job))
    );
    assert_eq!(connect(&bea, &[]).await.err(), Some(401));
    let cookie = ("cookie", format!("athanor_session={}", bea.token));
    let origin = |origin: &str| ("origin", origin.to_owned());
    assert_eq!(connect(&bea, &[cookie.clone(), origin("https://evil.example")]).await.err(), Some(403));
    assert!(connect(&bea, &[cookie, origin(&bea.url)]).await.is_ok());
}

#[tokio::test]
async fn nonsense_is_answered_and_the_socket_lives_on() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut socket = socket(&ada).await;
    for nonsense in [
        "",
        "{",
        "[]",
        "{\"type\":\"dance\"}",
        "{\"type\":\"subscribe_job\"}",
        "{\"type\":\"subscribe_job\",\"job_id\":\"x\"}",
    ] {
        socket.send(Message::text(nonsense)).await.unwrap();
        let answer = hear(&mut socket).await;
        assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!("bad_request")), "{nonsense:?}");
    }
    socket.send(Message::binary(vec![0, 159, 146, 150])).await.unwrap();
    assert_eq!(hear(&mut socket).await["code"], "bad_request");
    answers(&mut socket).await;
}

async fn answers(socket: &mut Socket) {
    say(socket, &json!({"type": "ping"})).await;
    assert_eq!(hear(socket).await, json!({"type": "pong"}));
}

/// Waits for the end of a socket; nothing more may be said on it.
async fn ends(socket: &mut Socket) {
    loop {
        match timeout(Duration::from_secs(10), socket.next()).await.expect("it ends") {
            None | Some(Err(_)) => return,
            Some(Ok(Message::Close(_))) => {}
            Some(Ok(message)) => panic!("it said {message}"),
        }
    }
}

/// What came in by a sign-in or a token hears nothing more, five seconds after it ended.
#[tokio::test]
async fn a_socket_ends_soon_after_what_let_it_in() {
    let server = Server::start();
    let (ada, bea) = (server.person("ada").await, server.person("bea").await);
    let made = ada.post("/api/tokens", &json!({"name": "ci", "scope": "read"})).await.1;
    let program = Person { token: made["secret"].as_str().unwrap().to_owned(), ..server.anybody() };
    let (mut page, mut script, mut other) = (socket(&ada).await, socket(&program).await, socket(&bea).await);
    for socket in [&mut page, &mut script, &mut other] {
        answers(socket).await;
    }
    assert_eq!(ada.delete(&format!("/api/tokens/{}", made["id"].as_str().unwrap())).await.0, 200);
    assert_eq!(ada.post("/api/auth/logout", &json!({})).await.0, 200);
    let last = async |socket: &mut Socket| {
        let mut code = None;
        while let Some(Ok(message)) = socket.next().await {
            if let Message::Close(Some(frame)) = message {
                code = Some(u16::from(frame.code));
            }
        }
        code
    };
    let both = async { (last(&mut page).await, last(&mut script).await) };
    // Five seconds, and some for a machine that is busy.
    assert_eq!(timeout(Duration::from_secs(9), both).await.expect("they end"), (Some(4401), Some(4401)));
    answers(&mut other).await;
}

#[tokio::test]
async fn a_message_beyond_the_limit_ends_its_socket_and_no_other() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut other = socket(&ada).await;
    for length in [16 * 1024 + 1, 1 << 20] {
        let mut large = socket(&ada).await;
        // The server may hang up before all of it is sent.
        let _ = large.send(Message::text("x".repeat(length))).await;
        ends(&mut large).await;
        answers(&mut other).await;
    }
    let mut longest = socket(&ada).await;
    longest.send(Message::text("x".repeat(16 * 1024))).await.unwrap();
    assert_eq!(hear(&mut longest).await["code"], "bad_request", "what is just within it is answered");
    answers(&mut longest).await;
}

/// A connection that has become a socket, without anybody who keeps to the protocol.
async fn bare_socket(person: &Person) -> TcpStream {
    let address = person.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "GET /ws HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        person.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
    stream
}

#[tokio::test]
async fn frames_that_break_the_protocol_end_their_connection_and_no_other() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut other = socket(&ada).await;
    // RFC 6455 section 5. A mask of zeros changes nothing.
    let long_ping = [&b"\x89\xfe\x00\x7e\0\0\0\0"[..], &[0; 126]].concat();
    let frames: [(&str, &[u8]); 9] = [
        ("without a mask", b"\x81\x04ping"),
        ("a code that means nothing", b"\x83\x80\0\0\0\0"),
        ("a reserved bit", b"\xc1\x80\0\0\0\0"),
        ("a ping in parts", b"\x09\x80\0\0\0\0"),
        ("a ping that is too long", &long_ping),
        ("text that is not UTF-8", b"\x81\x82\0\0\0\0\xff\xfe"),
        ("the middle of nothing", b"\x80\x80\0\0\0\0"),
        ("an announcement of 2^62 bytes", b"\x81\xff\x40\0\0\0\0\0\0\0\0\0\0\0"),
        ("no frame at all", b"GET / HTTP/1.1\r\n\r\n"),
    ];
    for (what, bytes) in frames {
        let mut bare = bare_socket(&ada).await;
        bare.write_all(bytes).await.unwrap();
        let mut rest = Vec::new();
        // Ended in order or cut off: either way nothing more comes.
        let _ = timeout(Duration::from_secs(10), bare.read_to_end(&mut rest)).await.expect(what);
        // At most a close frame.
        assert!(rest.is_empty() || rest[0] == 0x88, "{what}: {rest:?}");
        answers(&mut other).await;
    }
    // Half a frame, and then nothing: the server waits, and serves the others meanwhile.
    let mut silent = bare_socket(&ada).await;
    silent.write_all(b"\x81").await.unwrap();
    answers(&mut other).await;
    drop(silent);
    answers(&mut other).await;
}

#[tokio::test]
async fn what_is_done_for_somebody_who_went_away_is_told_all_the_same() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut watching = socket(&ada).await;
    let address = ada.url.strip_prefix("http://").unwrap();
    let mut deleted = 0;
    for round in 0..40_u32 {
        let job = ada.train(json!({"dataset": "iris", "epochs": 1})).await;
        ada.wait_for(&job, "COMPLETED").await;
        say(&mut watching, &json!({"type": "subscribe_job", "job_id": job})).await;
        while hear(&mut watching).await["status"] != "COMPLETED" {}
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "DELETE /api/training/{job} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\r\n",
            ada.token
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_micros(u64::from(round) * 100)).await;
        drop(stream);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let gone = ada.get(&format!("/api/training/{job}")).await.0 == 404;
        deleted += u32::from(gone);
        let told = async { while hear(&mut watching).await["type"] != "job_deleted" {} };
        assert!(!gone || timeout(Duration::from_secs(5), told).await.is_ok(), "round {round}: nobody was told");
        let left = server.data().join("jobs").join(&job).exists();
        assert!(!(gone && left), "round {round}: its files were left");
    }
    assert!(deleted > 0);
}
