//! Many sockets that watch one job, and note how old each update is when it arrives.

use std::{
    io,
    net::TcpStream,
    os::fd::AsRawFd,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, UNIX_EPOCH},
};

use anyhow::Context;
use mio::{Events, Interest, Poll, Token, unix::SourceFd};
use serde_json::json;
use tungstenite::{Message, WebSocket, client::IntoClientRequest};

use super::quantiles::Times;
use crate::client::Client;

/// How often a quiet swarm looks whether it is over.
const TICK: Duration = Duration::from_millis(250);

/// Sockets that watch, all on one thread: what is measured is the server, and not what it costs to wake a thousand threads.
pub(super) struct Swarm {
    over: Arc<AtomicBool>,
    watching: JoinHandle<io::Result<Times>>,
}

impl Swarm {
    /// Connects `count` sockets, and waits until each has heard where the job stands.
    pub(super) fn watch(client: &Client, job: &str, after: u64, count: usize) -> anyhow::Result<Self> {
        let sockets = (0..count).map(|_| subscribe(client, job, after)).collect::<anyhow::Result<Vec<_>>>()?;
        let (over, ready): (Arc<AtomicBool>, Arc<AtomicUsize>) = Default::default();
        let (is_over, are_ready) = (Arc::clone(&over), Arc::clone(&ready));
        let watching = thread::spawn(move || listen(sockets, &is_over, &are_ready));
        let patience = Instant::now();
        while ready.load(Ordering::SeqCst) < count {
            let heard = ready.load(Ordering::SeqCst);
            anyhow::ensure!(
                patience.elapsed() < Duration::from_mins(1),
                "only {heard} of {count} watchers hear anything"
            );
            thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { over, watching })
    }

    /// Disconnects them all; gives the age of every update that arrived.
    pub(super) fn end(self) -> anyhow::Result<Times> {
        self.over.store(true, Ordering::SeqCst);
        let times = self.watching.join().map_err(|_| anyhow::anyhow!("the watchers panicked"))?;
        Ok(times?)
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

fn listen(mut sockets: Vec<WebSocket<TcpStream>>, over: &AtomicBool, ready: &AtomicUsize) -> io::Result<Times> {
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1_024));
    for (at, socket) in sockets.iter().enumerate() {
        socket.get_ref().set_nonblocking(true)?;
        let descriptor = socket.get_ref().as_raw_fd();
        poll.registry().register(&mut SourceFd(&descriptor), Token(at), Interest::READABLE)?;
    }
    let (mut times, mut heard) = (Times::default(), vec![false; sockets.len()]);
    // What came with the answer to the handshake is in no descriptor any more.
    for at in 0..sockets.len() {
        drain(&mut sockets[at], &mut heard[at], ready, &mut times);
    }
    let mut whole = false;
    while !over.load(Ordering::Relaxed) {
        if !whole && ready.load(Ordering::SeqCst) == sockets.len() {
            // Until the last one was connected, the others' updates waited for us to listen.
            (whole, times) = (true, Times::default());
        }
        match poll.poll(&mut events, Some(TICK)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        }
        for event in &events {
            let Token(at) = event.token();
            drain(&mut sockets[at], &mut heard[at], ready, &mut times);
        }
    }
    Ok(times)
}

/// Reads until nothing is there.
fn drain(socket: &mut WebSocket<TcpStream>, heard: &mut bool, ready: &AtomicUsize, times: &mut Times) {
    while let Ok(message) = socket.read() {
        let Message::Text(text) = message else { continue };
        if let Some(age) = said_at(&text).and_then(age) {
            times.add(age);
        }
        if !*heard {
            *heard = true;
            ready.fetch_add(1, Ordering::SeqCst);
        }
    }
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
