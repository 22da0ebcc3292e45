//! Many sockets that watch one job, and note how old each update is when it arrives.

use std::{
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, UNIX_EPOCH},
};

use anyhow::Context;
use serde_json::json;
use tungstenite::{Message, WebSocket, client::IntoClientRequest};

use super::quantiles::Times;
use crate::client::Client;

/// How often a quiet socket looks whether it is over.
const TICK: Duration = Duration::from_millis(250);
/// A watcher needs little: no more stack than that.
const STACK: usize = 192 << 10;

/// Sockets that watch; each has a thread.
pub(super) struct Swarm {
    over: Arc<AtomicBool>,
    /// Watchers that have heard something.
    ready: Arc<AtomicUsize>,
    watchers: Vec<JoinHandle<Times>>,
}

impl Swarm {
    /// Connects `count` sockets, and waits until each has heard where the job stands.
    pub(super) fn watch(client: &Client, job: &str, after: u64, count: usize) -> anyhow::Result<Self> {
        let mut swarm = Self { over: Arc::default(), ready: Arc::default(), watchers: Vec::with_capacity(count) };
        for _ in 0..count {
            let socket = subscribe(client, job, after)?;
            let (over, ready) = (Arc::clone(&swarm.over), Arc::clone(&swarm.ready));
            let watch = move || listen(socket, &over, &ready);
            swarm.watchers.push(thread::Builder::new().stack_size(STACK).spawn(watch)?);
        }
        let patience = Instant::now();
        while swarm.ready.load(Ordering::SeqCst) < count {
            let ready = swarm.ready.load(Ordering::SeqCst);
            anyhow::ensure!(
                patience.elapsed() < Duration::from_mins(1),
                "only {ready} of {count} watchers hear anything"
            );
            thread::sleep(Duration::from_millis(20));
        }
        Ok(swarm)
    }

    /// Disconnects them all; gives the age of every update that arrived.
    pub(super) fn end(self) -> Times {
        self.over.store(true, Ordering::SeqCst);
        let mut times = Times::default();
        for watcher in self.watchers {
            // One that panicked has measured nothing.
            times.append(watcher.join().unwrap_or_default());
        }
        times
    }
}

/// A socket that is about to be told of a job.
pub(super) fn subscribe(client: &Client, job: &str, after: u64) -> anyhow::Result<WebSocket<TcpStream>> {
    let address = client.address().context("the server's address has no host")?;
    let mut request = format!("ws://{address}/ws").into_client_request()?;
    request.headers_mut().insert("authorization", format!("Bearer {}", client.token()).parse()?);
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let (mut socket, _) = tungstenite::client(request, stream).map_err(|error| anyhow::anyhow!("GET /ws: {error}"))?;
    socket.send(Message::text(json!({"type": "subscribe_job", "job_id": job, "after": after}).to_string()))?;
    Ok(socket)
}

fn listen(mut socket: WebSocket<TcpStream>, over: &AtomicBool, ready: &AtomicUsize) -> Times {
    let mut times = Times::default();
    let _ = socket.get_ref().set_read_timeout(Some(TICK));
    let mut heard = false;
    while !over.load(Ordering::Relaxed) {
        match socket.read() {
            Ok(Message::Text(text)) => {
                if let Some(age) = said_at(&text).and_then(age) {
                    times.add(age);
                }
                if !heard {
                    heard = true;
                    ready.fetch_add(1, Ordering::SeqCst);
                }
            }
            Err(tungstenite::Error::Io(error))
                if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Ok(_) => {}
            Err(_) => break,
        }
    }
    times
}

/// Microseconds since midnight UTC at which the trainer said it. Read without a parser: there are 50,000 a second.
fn said_at(update: &str) -> Option<u64> {
    let head = update.get(..update.find("\"metrics\"")?)?;
    let (_, time) = head.split_once("\"at\":\"")?.1.split_once('T')?;
    let time = time.split_once("Z\"")?.0;
    let mut parts = time.split(':');
    let (hours, minutes): (u64, u64) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let (seconds, fraction) = parts.next().map(|seconds| seconds.split_once('.').unwrap_or((seconds, "0")))?;
    let micros: u64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    Some(((hours * 60 + minutes) * 60 + seconds.parse::<u64>().ok()?) * 1_000_000 + micros)
}

const DAY: u64 = 24 * 3600 * 1_000_000;

fn age(said: u64) -> Option<Duration> {
    let now = u64::try_from(UNIX_EPOCH.elapsed().ok()?.as_micros()).ok()? % DAY;
    Some(Duration::from_micros((now + DAY - said) % DAY))
}

#[cfg(test)]
mod tests {
    use super::said_at;

    #[test]
    fn the_time_of_an_update_is_read() {
        let update = r#"{"type":"job_update","job_id":"j","seq":3,"status":"RUNNING","at":"2026-11-25T01:02:03.5Z","metrics":[]}"#;
        assert_eq!(said_at(update), Some((3_723 * 1_000_000) + 500_000));
        let whole = update.replace("03.5Z", "03Z");
        assert_eq!(said_at(&whole), Some(3_723 * 1_000_000));
        // One that was read from the database says nothing about when.
        assert_eq!(said_at(r#"{"type":"job_update","metrics":[],"job":{"started_at":"2026-11-25T01:02:03Z"}}"#), None);
    }
}
