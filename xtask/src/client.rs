//! A client of the HTTP interface, as a program outside would write it: nothing is shared with the server.

use std::{
    process,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant, UNIX_EPOCH},
};

use anyhow::{Context, anyhow};
use serde_json::Value;
use ureq::Agent;

/// A server, and who we are to it.
#[derive(Clone)]
pub struct Client {
    base: String,
    token: Option<String>,
    agent: Agent,
}

/// How long a job is waited for, and how often it is looked at.
const PATIENCE: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(5);

pub const PASSWORD: &str = "correct horse battery";

impl Client {
    /// `base` is an address such as `http://127.0.0.1:3000`.
    pub fn new(base: &str) -> Self {
        // A proxy of the environment has no business between us and a server on this machine.
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_mins(2)))
            .build();
        Self { base: base.trim_end_matches('/').to_owned(), token: None, agent: config.into() }
    }

    /// The same server, signed in.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Host and port.
    pub fn address(&self) -> Option<&str> {
        self.base.strip_prefix("http://")
    }

    /// Empty before signing in.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// The same person at another address.
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), ..self.clone() }
    }

    /// # Errors
    /// When the server does not answer, or not with success; the sentence has its reason.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.answer(&format!("GET {path}"), request.call())
    }

    /// # Errors
    /// As for [`Self::get`].
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(path, "application/json", body.to_string().as_bytes())
    }

    /// Uploads a file.
    ///
    /// # Errors
    /// As for [`Self::get`].
    pub fn upload(&self, file_name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<Value> {
        let boundary = "athanor-xtask-boundary";
        let head = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        );
        let end = format!("\r\n--{boundary}--\r\n");
        let body = [head.as_bytes(), content.as_ref(), end.as_bytes()].concat();
        let kind = format!("multipart/form-data; boundary={boundary}");
        self.send("/api/datasets/upload", &kind, &body)
    }

    /// Registers somebody new and gives the client that is signed in as them.
    ///
    /// # Errors
    /// As for [`Self::get`].
    pub fn stranger(&self) -> anyhow::Result<Self> {
        let form = serde_json::json!({ "email": unique_email(), "password": PASSWORD, "name": "Stranger" });
        let answer = self.post("/api/auth/register", &form)?;
        Ok(self.with_token(text(&answer, "/token")?))
    }

    /// The status of a job once `is` says so.
    ///
    /// # Errors
    /// As for [`Self::get`], and when it does not come within two minutes.
    pub fn wait_until(&self, job: &str, mut is: impl FnMut(&Value) -> bool) -> anyhow::Result<Value> {
        let begun = Instant::now();
        loop {
            let mut answer = self.get(&format!("/api/training/{job}"))?;
            let status = answer["status"].take();
            if is(&status) {
                return Ok(status);
            }
            anyhow::ensure!(begun.elapsed() < PATIENCE, "job {job} does not come so far: it is {}", status["status"]);
            thread::sleep(POLL);
        }
    }

    /// The status of a job that has ended.
    ///
    /// # Errors
    /// As for [`Self::wait_until`].
    pub fn wait_for_the_end(&self, job: &str) -> anyhow::Result<Value> {
        self.wait_until(job, |status| status["status"].as_str().is_some_and(has_ended))
    }

    fn send(&self, path: &str, kind: &str, body: &[u8]) -> anyhow::Result<Value> {
        let mut request = self.agent.post(format!("{}{path}", self.base)).header("content-type", kind);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.answer(&format!("POST {path}"), request.send(body))
    }

    fn answer(
        &self,
        what: &str,
        response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> anyhow::Result<Value> {
        let mut response = response.map_err(|error| anyhow!("{what}: {} does not answer: {error}", self.base))?;
        let status = response.status();
        let body = response.body_mut().read_to_string().with_context(|| format!("{what}: the answer broke off"))?;
        let json: Value = serde_json::from_str(&body)
            .with_context(|| format!("{what}: {status} with something else than JSON: {}", shortened(&body)))?;
        anyhow::ensure!(
            status.is_success() && json["ok"] == true,
            "{what}: {status}: {}",
            json["error"].as_str().map_or_else(|| shortened(&body), ToOwned::to_owned)
        );
        Ok(json)
    }
}

/// The text at a JSON pointer.
///
/// # Errors
/// When there is none.
pub fn text<'a>(json: &'a Value, pointer: &str) -> anyhow::Result<&'a str> {
    let found = json.pointer(pointer).and_then(Value::as_str);
    found.with_context(|| format!("the answer has no text at {pointer}: {}", shortened(&json.to_string())))
}

/// An address that nobody had before, in this run or another.
pub fn unique_email() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let moment = UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos());
    format!("xtask.{moment}.{}.{}@example.org", process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Whether a job of that status will not change by itself any more.
pub fn has_ended(status: &str) -> bool {
    matches!(status, "COMPLETED" | "FAILED" | "STOPPED")
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(200).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::{Client, shortened, unique_email};

    #[test]
    fn nobody_gets_the_same_address_twice() {
        assert_ne!(unique_email(), unique_email());
    }

    #[test]
    fn long_answers_are_cut_between_characters() {
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened(&"é".repeat(300)).chars().count(), 201);
    }

    #[test]
    fn a_server_that_is_not_there_is_named() {
        let error = Client::new("http://127.0.0.1:1/").get("/health").unwrap_err().to_string();
        assert!(error.starts_with("GET /health: http://127.0.0.1:1 does not answer"), "{error}");
    }
}
