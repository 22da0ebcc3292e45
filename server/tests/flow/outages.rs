//! A database, a disk or a system that refuses for a while: a sentence that says so, jobs that wait for it, and nothing lost.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    time::sleep,
};

use crate::{
    harness::{Server, assert_refused, is_running},
    postgres,
    survival::{request, undisturbed},
};

/// Said where the program that locks the database is missing.
const REMEDY: &str = "sqlite3 is needed: `cargo xtask test` installs it, or `apt-get install sqlite3`";

#[tokio::test]
async fn a_database_locked_by_somebody_else_is_waited_for() {
    let expected = undisturbed().await;
    let server = Server::start_with(&[("ATHANOR_TRAINER_FAULT", "sleep_ms_per_step=10")]);
    let ada = server.person("ada").await;
    let job = ada.train(request()).await;
    ada.wait_until(&job, |job| job["epoch"].as_u64() > Some(2)).await;
    let file = server.data().join("athanor.db");
    let mut other =
        Command::new("sqlite3").arg(file).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect(REMEDY);
    let mut say = other.stdin.take().unwrap();
    let mut heard = BufReader::new(other.stdout.take().unwrap()).lines();
    writeln!(say, ".timeout 5000\nBEGIN IMMEDIATE;\nSELECT 'held';").unwrap();
    assert_eq!(heard.next().unwrap().unwrap(), "held");
    // Reading goes on, writing is refused with a sentence.
    let asked = Instant::now();
    let refused = ada.post("/api/training", &request()).await;
    assert_refused(&refused, 503, "unavailable");
    assert!(refused.1["error"].as_str().unwrap().contains("locked the database"), "{}", refused.1);
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    assert_eq!(ada.get("/api/training/jobs").await.1["count"], 1);
    sleep(Duration::from_secs(2)).await;
    // Its transaction ends with it; nothing was written.
    drop(say);
    other.wait().unwrap();
    let done = ada.wait_for(&job, "COMPLETED").await;
    assert_eq!((&done["attempt"], ada.weights(&done).await), (&json!(1), expected), "the same attempt went on");
}

/// The moods of a way to PostgreSQL.
const OPEN: u8 = 0;
const STALLED: u8 = 1;
const CUT: u8 = 2;

/// A way to PostgreSQL that can stall, or be cut as if the server had been restarted; gives a URL that leads through it.
async fn fickle(url: &str) -> (String, Arc<AtomicU8>) {
    let (database, socket) = url.split_once("?host=").unwrap();
    let database = database.rsplit('/').next().unwrap().to_owned();
    let socket = format!("{}/.s.PGSQL.5432", socket.replace("%2F", "/"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mood = Arc::new(AtomicU8::new(OPEN));
    let felt = Arc::clone(&mood);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            if felt.load(Ordering::SeqCst) == CUT {
                continue;
            }
            let server = UnixStream::connect(&socket).await.unwrap();
            tokio::spawn(relay(client, server, Arc::clone(&felt)));
        }
    });
    (format!("postgres://postgres@127.0.0.1:{port}/{database}?sslmode=disable"), mood)
}

async fn relay(client: TcpStream, server: UnixStream, mood: Arc<AtomicU8>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (mut asked, mut told) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        while mood.load(Ordering::SeqCst) == STALLED {
            sleep(Duration::from_millis(20)).await;
        }
        if mood.load(Ordering::SeqCst) == CUT {
            return;
        }
        tokio::select! {
            read = from_client.read(&mut asked) => match read {
                Ok(length @ 1..) if to_server.write_all(&asked[..length]).await.is_ok() => {}
                _ => return,
            },
            read = from_server.read(&mut told) => match read {
                Ok(length @ 1..) if to_client.write_all(&told[..length]).await.is_ok() => {}
                _ => return,
            },
            () = sleep(Duration::from_millis(20)) => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_server_that_is_restarted_costs_nobody_a_job() {
    let expected = undisturbed().await;
    let (url, mood) = fickle(&postgres::database()).await;
    let server = Server::start_with(&[
        ("DATABASE_URL", &url),
        ("ATHANOR_LEASE_SECONDS", "6"),
        ("ATHANOR_TRAINER_FAULT", "sleep_ms_per_step=10"),
    ]);
    let ada = server.person("ada").await;
    let job = ada.train(request()).await;
    ada.wait_until(&job, |job| job["epoch"].as_u64() > Some(2)).await;
    mood.store(CUT, Ordering::SeqCst);
    let refused = ada.get("/api/training/jobs").await;
    assert_refused(&refused, 503, "unavailable");
    assert_eq!(server.anybody().get("/health").await.0, 200, "the process itself lives");
    sleep(Duration::from_secs(1)).await;
    mood.store(OPEN, Ordering::SeqCst);
    let done = ada.wait_for(&job, "COMPLETED").await;
    assert_eq!((&done["attempt"], ada.weights(&done).await), (&json!(1), expected), "back within its lease");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_stalls_beyond_a_lease_ends_the_attempt_and_not_the_job() {
    let expected = undisturbed().await;
    let (url, mood) = fickle(&postgres::database()).await;
    let server = Server::start_with(&[
        ("DATABASE_URL", &url),
        ("ATHANOR_LEASE_SECONDS", "3"),
        ("ATHANOR_TRAINER_FAULT", "sleep_ms_per_step=20"),
    ]);
    let ada = server.person("ada").await;
    let job = ada.train(request()).await;
    ada.wait_until(&job, |job| job["epoch"].as_u64() > Some(2)).await;
    let trainer = server.trainers()[0];
    mood.store(STALLED, Ordering::SeqCst);
    let stalled = Instant::now();
    // By the time that somebody else may have the job, its trainer is gone.
    while is_running(trainer) {
        assert!(stalled.elapsed() < Duration::from_secs(6), "it trains on without a lease");
        sleep(Duration::from_millis(50)).await;
    }
    sleep(Duration::from_secs(1)).await;
    mood.store(OPEN, Ordering::SeqCst);
    let done = ada.wait_for(&job, "COMPLETED").await;
    assert_eq!(ada.weights(&done).await, expected);
    assert!(done["attempt"].as_u64() > Some(1), "{done:#}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_without_file_descriptors_says_so_and_recovers() {
    let expected = undisturbed().await;
    let server = Server::start_with(&[("ATHANOR_TRAINER_FAULT", "sleep_ms_per_step=10")]);
    let ada = server.person("ada").await;
    let job = ada.train(request()).await;
    ada.wait_until(&job, |job| job["epoch"].as_u64() > Some(2)).await;
    let pid = server.pid();
    let free = (0..1_000).find(|number| !Path::new(&format!("/proc/{pid}/fd/{number}")).exists()).unwrap();
    let limit = |number: u32| {
        let set = format!("--nofile={number}:");
        assert!(Command::new("prlimit").args(["--pid", &pid.to_string(), &set]).status().unwrap().success());
    };
    // The connection that asks is open already; the file of an upload is one too many.
    limit(free);
    let (address, mut idle) = (server.url.strip_prefix("http://").unwrap(), Vec::new());
    let (status, refused) = ada.upload("/api/datasets/upload", "small.csv", crate::harness::SMALL).await;
    assert_refused(&(status, refused), 503, "unavailable");
    // Connections wait to be accepted.
    for _ in 0..50 {
        idle.push(TcpStream::connect(address).await.unwrap());
    }
    sleep(Duration::from_secs(1)).await;
    drop(idle);
    limit(4_096);
    let done = ada.wait_for(&job, "COMPLETED").await;
    assert_eq!(ada.weights(&done).await, expected);
    ada.small().await;
}

/// Nobody can make a file in it, until what is given back is dropped; `None` where that cannot be arranged.
fn closed(directory: &Path) -> Option<Opened<'_>> {
    let as_root = Command::new("chattr").arg("+i").arg(directory).output().is_ok_and(|done| done.status.success());
    let mut permissions = fs::metadata(directory).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(directory, permissions).ok().or(as_root.then_some(()))?;
    let guard = Opened(directory);
    fs::write(directory.join("probe"), "").is_err().then_some(guard)
}

struct Opened<'a>(&'a Path);

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        let _ = Command::new("chattr").arg("-i").arg(self.0).output();
        let _ = Command::new("chmod").arg("700").arg(self.0).output();
    }
}

#[tokio::test]
async fn a_directory_that_turned_read_only_is_named_and_everything_else_goes_on() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let (uploads, jobs) = (server.data().join("uploads"), server.data().join("jobs"));
    let (Some(first), Some(second)) = (closed(&uploads), closed(&jobs)) else {
        eprintln!("this file system lets its owner write everywhere: nothing to see");
        return;
    };
    let refused = ada.upload("/api/datasets/upload", "small.csv", crate::harness::SMALL).await;
    assert_refused(&refused, 503, "unavailable");
    assert!(refused.1["error"].as_str().unwrap().contains("may not write into its data directory"), "{}", refused.1);
    let job = ada.train(request()).await;
    let failed = ada.wait_for(&job, "FAILED").await;
    assert_eq!(failed["failure"]["code"], "storage", "{failed:#}");
    assert!(failed["failure"]["message"].as_str().unwrap().contains("directory"), "{failed:#}");
    drop((first, second));
    ada.small().await;
    let (status, body) = ada.post(&format!("/api/training/{job}/resume"), &json!({})).await;
    assert_eq!(status, 200, "{body}");
    ada.wait_for(&job, "COMPLETED").await;
}
