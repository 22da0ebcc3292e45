//! Somebody who watches a job over the socket, loses the connection again and again, and writes down all that is said.

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    net::TcpStream,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket, client::IntoClientRequest};

use super::{api::Api, ledger::hold};

const TICK: Duration = Duration::from_millis(100);

/// (split, name) to step to value, bit for bit.
pub(super) type Curves = BTreeMap<(String, String), BTreeMap<u64, u64>>;

/// What a watcher has been told, put together by the rules of the wire.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) last: u64,
    pub(super) curves: Curves,
    pub(super) lines: BTreeMap<u64, String>,
    pub(super) connections: u64,
    /// What was said that must not be.
    pub(super) wrong: Vec<String>,
}

impl Heard {
    fn take(&mut self, job: &str, message: &Value) {
        let seq = message["seq"].as_u64().unwrap_or_default();
        let points = message["metrics"].as_array().map(Vec::as_slice).unwrap_or_default();
        match message["type"].as_str() {
            Some("job_update" | "job_log") if message["job_id"] != job => {
                self.wrong.push(format!("another job's message came: {message}"));
            }
            Some("job_update") if points.is_empty() => {
                if seq < self.last {
                    self.wrong.push(format!("an update went back from {} to {seq}", self.last));
                }
                self.forget_beyond(message["job"]["step"].as_u64().unwrap_or(u64::MAX));
            }
            Some("job_update") => {
                if seq <= self.last {
                    self.wrong.push(format!("points with number {seq} came after {}", self.last));
                }
                for point in points {
                    self.point(point);
                }
            }
            Some("job_log") => {
                if seq <= self.last {
                    self.wrong.push(format!("log line {seq} came after {}", self.last));
                }
                self.lines.insert(seq, message["text"].as_str().unwrap_or_default().to_owned());
            }
            // The server says that it cannot now: asked again.
            Some("error") if matches!(message["code"].as_str(), Some("unavailable" | "storage_full" | "busy")) => {}
            _ => self.wrong.push(format!("an unexpected message came: {message}")),
        }
        self.last = self.last.max(seq);
    }

    /// A point that is not beyond the last one of its curve replaces the curve from there on.
    fn point(&mut self, point: &Value) {
        let text = |name: &str| point[name].as_str().unwrap_or_default().to_owned();
        let (step, value) = (point["step"].as_u64().unwrap_or_default(), point["value"].as_f64().unwrap_or(f64::NAN));
        let curve = self.curves.entry((text("split"), text("name"))).or_default();
        curve.split_off(&step);
        curve.insert(step, value.to_bits());
    }

    /// A job that went back to a checkpoint has no points beyond it, but for what its finished model said of untouched rows.
    fn forget_beyond(&mut self, step: u64) {
        for ((split, _), curve) in &mut self.curves {
            if step == 0 || split != "test" {
                curve.retain(|at, _| *at <= step);
            }
        }
        self.curves.retain(|_, curve| !curve.is_empty());
    }
}

pub(super) struct Watcher {
    pub(super) job: String,
    pub(super) heard: Arc<Mutex<Heard>>,
    ended: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl Watcher {
    pub(super) fn start(api: Api, job: &str) -> Self {
        let (heard, ended): (Arc<Mutex<Heard>>, Arc<AtomicBool>) = Default::default();
        let ears = Ears { api, job: job.to_owned(), heard: Arc::clone(&heard), ended: Arc::clone(&ended) };
        Self { job: job.to_owned(), heard, ended, listening: Some(thread::spawn(move || ears.listen())) }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

struct Ears {
    api: Api,
    job: String,
    heard: Arc<Mutex<Heard>>,
    ended: Arc<AtomicBool>,
}

impl Ears {
    fn listen(&self) {
        while !self.ended.load(Ordering::SeqCst) {
            if let Some(socket) = self.connect() {
                hold(&self.heard).connections += 1;
                self.hear(socket);
            }
            thread::sleep(TICK);
        }
    }

    fn connect(&self) -> Option<WebSocket<TcpStream>> {
        let port = self.api.port();
        let mut request = format!("ws://127.0.0.1:{port}/ws").into_client_request().ok()?;
        request.headers_mut().insert("authorization", format!("Bearer {}", self.api.token).parse().ok()?);
        let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        stream.set_read_timeout(Some(TICK * 80)).ok()?;
        let (mut socket, _) = tungstenite::client(request, stream).ok()?;
        socket.get_ref().set_read_timeout(Some(TICK)).ok()?;
        let after = hold(&self.heard).last;
        let subscribe = json!({"type": "subscribe_job", "job_id": self.job, "after": after});
        socket.send(Message::text(subscribe.to_string())).ok()?;
        Some(socket)
    }

    /// Until the connection breaks, or the server cannot go on.
    fn hear(&self, mut socket: WebSocket<TcpStream>) {
        while !self.ended.load(Ordering::SeqCst) {
            match socket.read() {
                Ok(Message::Text(text)) => {
                    let message: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
                    hold(&self.heard).take(&self.job, &message);
                    if message["type"] == "error" {
                        return;
                    }
                }
                Ok(Message::Close(_)) => return,
                Ok(_) => {}
                Err(tungstenite::Error::Io(error))
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Heard;

    fn update(seq: u64, job_step: u64, steps: &[u64]) -> Value {
        let points: Vec<Value> = steps
            .iter()
            .map(|step| json!({"name": "loss", "split": "train", "step": step, "epoch": 1, "value": 0.5}))
            .collect();
        json!({"type": "job_update", "job_id": "j", "seq": seq, "metrics": points, "job": {"step": job_step}})
    }

    fn line(seq: u64) -> Value {
        json!({"type": "job_log", "job_id": "j", "seq": seq, "text": "said"})
    }

    fn heard(messages: &[Value]) -> Heard {
        let mut heard = Heard::default();
        for message in messages {
            heard.take("j", message);
        }
        heard
    }

    #[test]
    fn what_comes_in_order_is_put_together() {
        let heard = heard(&[line(1), update(2, 20, &[10, 20]), update(2, 20, &[]), update(4, 15, &[15])]);
        assert!(heard.wrong.is_empty(), "{:?}", heard.wrong);
        let steps: Vec<u64> = heard.curves.values().flat_map(|curve| curve.keys().copied()).collect();
        assert_eq!((steps, heard.last), (vec![10, 15], 4));
    }

    #[test]
    fn repeats_and_steps_back_are_seen() {
        assert_eq!(heard(&[line(3), line(3)]).wrong.len(), 1);
        assert_eq!(heard(&[update(3, 9, &[1]), update(3, 9, &[2])]).wrong.len(), 1);
        assert_eq!(heard(&[line(3), update(2, 9, &[])]).wrong.len(), 1);
        assert_eq!(heard(&[json!({"type": "error", "code": "not_found"})]).wrong.len(), 1);
    }

    #[test]
    fn a_job_that_went_back_has_no_points_beyond_its_checkpoint() {
        assert_eq!(heard(&[update(2, 20, &[10, 20]), update(3, 12, &[])]).curves.values().next().unwrap().len(), 1);
    }
}
