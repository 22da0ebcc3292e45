//! A caller who is not sure of an answer: what was said, or that nothing was.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use ureq::Agent;

use crate::client::PASSWORD;

/// Longer than the longest suspension.
const PATIENCE: Duration = Duration::from_secs(8);
const PAUSE: Duration = Duration::from_millis(150);

/// One person, who asks whichever server comes next.
#[derive(Clone)]
pub(super) struct Api {
    agent: Agent,
    ports: Arc<[u16]>,
    next: Arc<AtomicUsize>,
    pub(super) token: String,
    /// After this nobody waits any more.
    pub(super) deadline: Instant,
}

/// Status and body; `None` when there was no answer, or the server said that it cannot now: what was asked for may have
/// been done all the same.
pub(super) type Reply = Option<(u16, Value)>;

impl Api {
    pub(super) fn new(ports: &[u16], deadline: Instant) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            // A connection that was cut says so to one request only.
            .max_idle_connections(0)
            .build();
        Self { agent: config.into(), ports: ports.into(), next: Arc::default(), token: String::new(), deadline }
    }

    /// The same person, who asks one server only.
    pub(super) fn asking(&self, port: u16) -> Self {
        Self { ports: [port].into(), ..self.clone() }
    }

    /// The port of the server to ask next.
    pub(super) fn port(&self) -> u16 {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        self.ports.get(next % self.ports.len().max(1)).copied().unwrap_or_default()
    }

    pub(super) fn get(&self, path: &str) -> Reply {
        let request = self.agent.get(self.url(path)).header("authorization", format!("Bearer {}", self.token));
        read(request.call())
    }

    pub(super) fn post(&self, path: &str, body: &Value, key: Option<&str>) -> Reply {
        let mut request = self.agent.post(self.url(path)).header("content-type", "application/json");
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        read(request.send(body.to_string().as_bytes()))
    }

    /// Asks until there is an answer.
    ///
    /// # Errors
    /// When there is none until the deadline.
    pub(super) fn insist(&self, ask: impl Fn(&Self) -> Reply) -> anyhow::Result<(u16, Value)> {
        loop {
            if let Some(answer) = ask(self) {
                return Ok(answer);
            }
            anyhow::ensure!(Instant::now() < self.deadline, "no server answered in time");
            thread::sleep(PAUSE);
        }
    }

    /// A new account, and this person signed in to it.
    ///
    /// # Errors
    /// When nobody can register until the deadline.
    pub(super) fn register(&self, email: &str) -> anyhow::Result<Self> {
        let form = json!({ "email": email, "password": PASSWORD });
        let (status, body) = self.insist(|api| api.post("/api/auth/register", &form, None))?;
        let (status, body) = if status == 409 {
            // The answer to the first try was lost.
            self.insist(|api| api.post("/api/auth/login", &form, None))?
        } else {
            (status, body)
        };
        let token = body["token"].as_str().unwrap_or_default().to_owned();
        anyhow::ensure!(status < 300 && !token.is_empty(), "registering: {status} {body}");
        Ok(Self { token, ..self.clone() })
    }

    /// Uploads a table.
    pub(super) fn upload(&self, name: &str, content: &str) -> Reply {
        let body = multipart(name, content);
        let request = self.agent.post(self.url("/api/datasets/upload"));
        let request = request
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
        read(request.send(body.as_bytes()))
    }

    /// Begins to upload a table and goes away after `bytes` of it.
    pub(super) fn break_off(&self, name: &str, content: &str, bytes: usize) {
        let body = multipart(name, content);
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port())) else { return };
        let head = format!(
            "POST /api/datasets/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\nContent-Type: \
             multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {}\r\n\r\n",
            self.token,
            body.len()
        );
        let part = body.as_bytes().get(..bytes.min(body.len() - 1)).unwrap_or_default();
        // Whatever goes wrong, the upload is broken off, which is what is wanted.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(part));
        thread::sleep(Duration::from_millis(200));
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
        let _ = stream.read(&mut [0; 64]);
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port())
    }
}

const BOUNDARY: &str = "athanor-chaos-boundary";

fn multipart(name: &str, content: &str) -> String {
    format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}.csv\"\r\n\
         content-type: text/csv\r\n\r\n{content}\r\n--{BOUNDARY}--\r\n"
    )
}

fn read(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Reply {
    let mut response = response.ok()?;
    let status = response.status().as_u16();
    let body = response.body_mut().read_to_string().ok()?;
    // 5xx and "busy": try again. Everything else is an answer.
    if status >= 500 || status == 429 {
        return None;
    }
    Some((status, serde_json::from_str(&body).unwrap_or(Value::Null)))
}
