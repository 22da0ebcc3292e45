//! What other programs are told of jobs that end.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    ErrorCode,
    job::JobState,
    user::UserChanges,
    webhook::{NewWebhook, WebhookEvent, WebhookRequest},
};
use hmac::{Hmac, Mac};
use platform::{
    Config, Platform, jobs,
    users::{self, Origin},
    webhooks,
};
use serde_json::Value;
use sha2::Sha256;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::mpsc,
};

use crate::harness::{Engine, Person, Place, World, code, on_both};

on_both! {
    every_end_of_a_job_is_told_signed
    what_does_not_arrive_is_sent_again_as_the_same_message
    what_is_written_down_is_sent_by_whoever_comes_next
    nothing_is_sent_into_networks_of_our_own
    webhooks_are_ones_own_and_few
    receivers_that_do_not_answer_delay_nobody_else
}

/// What came.
struct Received {
    headers: BTreeMap<String, String>,
    body: String,
}

impl Received {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Checked as a receiver does.
    fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(
            format!("{}.{}.{}", self.headers["webhook-id"], self.headers["webhook-timestamp"], self.body).as_bytes(),
        );
        let signature = self.headers["webhook-signature"].strip_prefix("v1,").unwrap();
        mac.verify_slice(&STANDARD.decode(signature).unwrap()).is_ok()
    }
}

/// A program that is told.
struct Receiver {
    address: SocketAddr,
    came: mpsc::UnboundedReceiver<Received>,
    /// What it answers next; 204 when there is nothing.
    answers: Arc<Mutex<VecDeque<&'static str>>>,
}

impl Receiver {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, came) = mpsc::unbounded_channel();
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let next = Arc::clone(&answers);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sender, next) = (sender.clone(), Arc::clone(&next));
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    let mut headers = BTreeMap::new();
                    let mut line = String::new();
                    while stream.read_line(&mut line).await.unwrap() > 2 {
                        if let Some((name, value)) = line.split_once(": ") {
                            headers.insert(name.to_lowercase(), value.trim().to_owned());
                        }
                        line.clear();
                    }
                    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
                    let mut body = vec![0; length];
                    stream.read_exact(&mut body).await.unwrap();
                    let answer = next.lock().unwrap().pop_front().unwrap_or("204 No Content");
                    let _ = sender.send(Received { headers, body: String::from_utf8(body).unwrap() });
                    let head = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                    stream.write_all(head.as_bytes()).await.unwrap();
                });
            }
        });
        Self { address, came, answers }
    }

    fn url(&self) -> String {
        format!("http://{}/athanor", self.address)
    }

    async fn next(&mut self) -> Received {
        tokio::time::timeout(Duration::from_secs(20), self.came.recv()).await.expect("nothing came").unwrap()
    }

    async fn nothing_comes_within(&mut self, time: Duration) {
        assert!(tokio::time::timeout(time, self.came.recv()).await.is_err(), "something came");
    }
}

fn loopback(config: &mut Config) {
    config.webhook_networks = vec!["127.0.0.0/8".parse().unwrap()];
}

async fn make(platform: &Platform, who: &domain::Principal, url: &str) -> NewWebhook {
    webhooks::create(platform, who, &WebhookRequest { url: url.to_owned() }, &Origin::default()).await.unwrap()
}

async fn every_end_of_a_job_is_told_signed(engine: Engine) {
    let world = World::with(engine, loopback).await;
    let mut receiver = Receiver::new().await;
    let (platform, ada) = (&world.platform, &world.ada);
    let made = make(platform, ada, &receiver.url()).await;
    // Two that are trained, one behind them that waits.
    let trained = ada.submit(platform, "epochs=200 ms=20").await;
    let fails = ada.submit(platform, "epochs=5 ms=200 fail@3").await;
    world.wait_for(trained, JobState::Running).await;
    let waits = ada.submit(platform, "epochs=2").await;
    jobs::stop(platform, ada, waits).await.unwrap();
    let told = receiver.next().await;
    assert!(told.is_signed_with(&made.secret), "{:?}", told.headers);
    assert_eq!(told.headers["content-type"], "application/json");
    let message = told.json();
    assert_eq!(
        (&message["type"], &message["data"]["job"]["job_id"]),
        (&"job.stopped".into(), &waits.to_string().into())
    );
    let told = receiver.next().await.json();
    assert_eq!((&told["type"], &told["data"]["job"]["job_id"]), (&"job.failed".into(), &fails.to_string().into()));
    jobs::stop(platform, ada, trained).await.unwrap();
    let told = receiver.next().await.json();
    assert_eq!((&told["type"], &told["data"]["job"]["job_id"]), (&"job.stopped".into(), &trained.to_string().into()));
    let completes = ada.submit(platform, "epochs=1").await;
    let told = receiver.next().await;
    let message = told.json();
    assert_eq!((&message["type"], &message["data"]["job"]["name"]), (&"job.completed".into(), &"epochs=1".into()));
    assert!(told.is_signed_with(&made.secret) && !told.is_signed_with(&format!("whsec_{}", STANDARD.encode([7; 32]))));
    // Told once, whatever is changed of it later.
    jobs::tag(platform, ada, completes, "seen", true).await.unwrap();
    receiver.nothing_comes_within(Duration::from_secs(3)).await;
    let sent = webhooks::deliveries(platform, ada, made.webhook.id).await.unwrap();
    let (events, tries): (Vec<_>, Vec<_>) = sent.iter().map(|sent| (sent.event, sent.tries)).unzip();
    assert_eq!(
        events,
        [WebhookEvent::JobCompleted, WebhookEvent::JobStopped, WebhookEvent::JobFailed, WebhookEvent::JobStopped]
    );
    assert_eq!(tries, [1; 4]);
    assert_eq!(sent[0].job_id, Some(completes));
    assert!(sent.iter().all(|sent| sent.delivered_at.is_some() && sent.status == Some(204)), "{sent:?}");
}

async fn what_does_not_arrive_is_sent_again_as_the_same_message(engine: Engine) {
    let world = World::with(engine, loopback).await;
    let mut receiver = Receiver::new().await;
    let (platform, ada) = (&world.platform, &world.ada);
    let made = make(platform, ada, &receiver.url()).await;
    let elsewhere = format!("302 Found\r\nLocation: {}", Receiver::new().await.url()).leak();
    receiver.answers.lock().unwrap().extend([&*elsewhere]);
    let pinged = webhooks::test(platform, ada, made.webhook.id).await.unwrap();
    assert_eq!((pinged.event, pinged.status, pinged.delivered_at), (WebhookEvent::Ping, Some(302), None));
    assert_eq!(pinged.error.as_deref(), Some("Answered 302; redirects are not followed."));
    assert!(pinged.next_try_at > Some(pinged.created_at));
    let (first, second) = (receiver.next().await, receiver.next().await);
    assert_eq!((first.json()["type"].as_str(), first.json()["data"].as_object().unwrap().len()), (Some("ping"), 0));
    assert_eq!((&first.body, &first.headers["webhook-id"]), (&second.body, &second.headers["webhook-id"]));
    assert_eq!(first.headers["webhook-id"], pinged.id.to_string());
    assert_ne!(first.headers["webhook-signature"], second.headers["webhook-signature"], "it is a later second");
    assert!(second.is_signed_with(&made.secret));
    // Who wants nothing any more is not asked again.
    receiver.answers.lock().unwrap().extend(["410 Gone"]);
    let gone = webhooks::test(platform, ada, made.webhook.id).await.unwrap();
    assert_eq!((gone.status, gone.next_try_at, gone.delivered_at), (Some(410), None, None));
    receiver.next().await;
    let listed = webhooks::list(platform, ada).await.unwrap();
    assert_eq!(listed[0].last_delivery.as_ref().unwrap().id, gone.id);
    let sent = webhooks::deliveries(platform, ada, made.webhook.id).await.unwrap();
    assert_eq!((sent[1].id, sent[1].tries, sent[1].status, &sent[1].error), (pinged.id, 2, Some(204), &None));
    // What was still to be sent goes with its webhook.
    receiver.answers.lock().unwrap().extend(["500 Internal Server Error"]);
    let failed = webhooks::test(platform, ada, made.webhook.id).await.unwrap();
    assert!(failed.next_try_at.is_some());
    receiver.next().await;
    webhooks::remove(platform, ada, made.webhook.id, &Origin::default()).await.unwrap();
    receiver.nothing_comes_within(Duration::from_secs(9)).await;
}

async fn what_is_written_down_is_sent_by_whoever_comes_next(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open_with(loopback).await;
    let mut receiver = Receiver::new().await;
    let ada = Person::new(&platform, "ada").await;
    make(&platform, &ada, &receiver.url()).await;
    // Nobody sends here: no agent has been started.
    let waits = ada.submit(&platform, "epochs=1").await;
    jobs::stop(&platform, &ada, waits).await.unwrap();
    jobs::delete(&platform, &ada, waits).await.unwrap();
    receiver.nothing_comes_within(Duration::from_millis(300)).await;
    drop(platform);
    let platform = place.open_with(loopback).await;
    let running = platform.start();
    let told = receiver.next().await.json();
    assert_eq!(told["data"]["job"]["job_id"], waits.to_string(), "also of a job that is gone");
    running.shutdown().await;
}

async fn nothing_is_sent_into_networks_of_our_own(engine: Engine) {
    let world = World::new(engine).await;
    let mut receiver = Receiver::new().await;
    let (platform, ada) = (&world.platform, &world.ada);
    let wanted = WebhookRequest { url: receiver.url() };
    let refused = webhooks::create(platform, ada, &wanted, &Origin::default()).await.unwrap_err().api();
    assert!(refused.fields["url"].contains("public internet"), "{refused:?}");
    // Names that lead there are found out when they are looked up.
    for host in ["2130706433", "127.1", "0x7f.0.0.1"] {
        let made = make(platform, ada, &format!("http://{host}:{}/", receiver.address.port())).await;
        let tried = webhooks::test(platform, ada, made.webhook.id).await.unwrap();
        assert_eq!((tried.status, tried.delivered_at), (None, None));
        let why = tried.error.unwrap();
        assert!(why.contains("public internet"), "{host}: {why}");
    }
    receiver.nothing_comes_within(Duration::from_millis(100)).await;
}

async fn receivers_that_do_not_answer_delay_nobody_else(engine: Engine) {
    let world = World::with(engine, loopback).await;
    let (platform, ada) = (&world.platform, &world.ada);
    let bea = Person::new(platform, "bea").await;
    // It accepts connections, and that is all.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for number in 0..20 {
        make(platform, ada, &format!("http://{}/{number}", silent.local_addr().unwrap())).await;
    }
    let mut receiver = Receiver::new().await;
    make(platform, &bea, &receiver.url()).await;
    for _ in 0..2 {
        let trained = ada.submit(platform, "epochs=2000 ms=20").await;
        world.wait_for(trained, JobState::Running).await;
    }
    for _ in 0..5 {
        let waits = ada.submit(platform, "epochs=1").await;
        jobs::stop(platform, ada, waits).await.unwrap();
    }
    let hers = bea.submit(platform, "epochs=1").await;
    jobs::stop(platform, &bea, hers).await.unwrap();
    let told =
        tokio::time::timeout(Duration::from_secs(4), receiver.next()).await.expect("a hundred others come first");
    assert_eq!(told.json()["data"]["job"]["job_id"], hers.to_string());
}

async fn webhooks_are_ones_own_and_few(engine: Engine) {
    let world = World::with(engine, loopback).await;
    let mut receiver = Receiver::new().await;
    let (platform, ada, here) = (&world.platform, &world.ada, Origin::default());
    let bea = Person::new(platform, "bea").await;
    let made = make(platform, ada, &receiver.url()).await;
    assert_eq!(webhooks::list(platform, &bea).await.unwrap(), []);
    assert_eq!(code(webhooks::remove(platform, &bea, made.webhook.id, &here).await), ErrorCode::NotFound);
    assert_eq!(code(webhooks::test(platform, &bea, made.webhook.id).await), ErrorCode::NotFound);
    assert_eq!(code(webhooks::deliveries(platform, &bea, made.webhook.id).await), ErrorCode::NotFound);
    let again = WebhookRequest { url: receiver.url() };
    assert_eq!(code(webhooks::create(platform, ada, &again, &here).await), ErrorCode::Conflict);
    // Another person's jobs are nobody's business.
    make(platform, &bea, &receiver.url()).await;
    let mine = ada.submit(platform, "epochs=1").await;
    world.wait_for(mine, JobState::Completed).await;
    assert!(receiver.next().await.is_signed_with(&made.secret));
    receiver.nothing_comes_within(Duration::from_secs(3)).await;
    // Whoever is locked out learns nothing more.
    let hers = bea.submit(platform, "epochs=200 ms=20").await;
    let lock = UserChanges { disabled: Some(true), ..UserChanges::default() };
    users::change(platform, ada, bea.user_id, lock, &here).await.unwrap();
    jobs::stop(platform, ada, hers).await.unwrap();
    world.wait_for(hers, JobState::Stopped).await;
    receiver.nothing_comes_within(Duration::from_secs(3)).await;
    for number in 1..20 {
        make(platform, ada, &format!("{}/{number}", receiver.url())).await;
    }
    let more = WebhookRequest { url: format!("{}/20", receiver.url()) };
    assert_eq!(code(webhooks::create(platform, ada, &more, &here).await), ErrorCode::Conflict);
}
