//! A server process, and people who use it.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use reqwest::{Method, RequestBuilder, StatusCode, multipart};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A table in which `y` is easily learned from `a`.
pub const SMALL: &str = "a,b,y\n1,x,no\n2,x,no\n3,y,no\n4,x,no\n5,y,no\n6,x,no\n7,y,no\n8,x,no\n\
                         21,y,yes\n22,x,yes\n23,y,yes\n24,x,yes\n25,y,yes\n26,x,yes\n27,y,yes\n28,x,yes\n";

pub struct Server {
    process: Child,
    pub url: String,
    directory: TempDir,
    environment: Vec<(String, String)>,
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// With more variables in its environment.
    pub fn start_with(environment: &[(&str, &str)]) -> Self {
        Self::start_after(environment, |_| {})
    }

    /// `prepare` fills the data directory, which does not exist yet.
    pub fn start_after(environment: &[(&str, &str)], prepare: impl FnOnce(&Path)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let site = directory.path().join("site");
        fs::create_dir(&site).unwrap();
        let names = json!({"scripts": "/pkg/a", "css": "/pkg/a.css", "loader": "parts.js", "parts": {}, "inference": "/pkg/b/worker.js"});
        fs::write(site.join("assets.json"), names.to_string()).unwrap();
        fs::write(site.join("favicon.svg"), "<svg/>").unwrap();
        let environment = owned(environment);
        prepare(&directory.path().join("data"));
        let (process, url) = spawn(directory.path(), &environment);
        Self { process, url, directory, environment }
    }

    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// As `kill -9` does: nothing is said, nothing is written.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// As a service manager does; waits for the end.
    pub fn terminate(&mut self) {
        signal(self.process.id(), "TERM");
        assert!(self.process.wait().unwrap().success());
    }

    /// It ends by itself.
    pub fn wait_for_the_end(&mut self) {
        self.process.wait().unwrap();
    }

    /// Another process on the same directory and database.
    pub fn companion(&self, role: Role) -> Companion {
        Companion::start(self.directory.path(), role, &self.environment)
    }

    /// A new process on the same directory.
    pub fn start_again(&mut self) {
        (self.process, self.url) = spawn(self.directory.path(), &self.environment);
    }

    /// Without the variables that the first process had.
    pub fn start_again_without_faults(&mut self) {
        self.start_again_with(&[]);
    }

    /// With other variables than the first process had.
    pub fn start_again_with(&mut self, environment: &[(&str, &str)]) {
        self.environment = owned(environment);
        self.start_again();
    }

    /// Processes that train for this server.
    pub fn trainers(&self) -> Vec<u32> {
        children(self.pid())
    }

    pub async fn person(&self, name: &str) -> Person {
        static PEOPLE: AtomicU32 = AtomicU32::new(0);
        let email = format!("{name}.{}@example.org", PEOPLE.fetch_add(1, Ordering::Relaxed));
        let anybody = Person { client: client(), url: self.url.clone(), token: String::new(), email: email.clone() };
        let form = json!({"email": email, "password": "correct horse", "name": name});
        let (status, body) = anybody.post("/api/auth/register", &form).await;
        assert_eq!(status, 201, "{body}");
        Person { token: body["token"].as_str().unwrap().to_owned(), ..anybody }
    }

    /// Somebody without an account.
    pub fn anybody(&self) -> Person {
        Person { client: client(), url: self.url.clone(), token: String::new(), email: String::new() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let log = self.log();
        if thread::panicking() {
            eprintln!("{log}");
        } else {
            assert!(!log.contains("panicked"), "something panicked:\n{log}");
        }
    }
}

fn owned(environment: &[(&str, &str)]) -> Vec<(String, String)> {
    environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Serve,
    Worker,
}

/// A second server, or a worker, beside a [`Server`].
pub struct Companion {
    process: Child,
    /// Of a server.
    pub url: String,
}

impl Companion {
    fn start(directory: &Path, role: Role, environment: &[(String, String)]) -> Self {
        let (process, line) = spawn_role(directory, role, environment);
        let url = line.strip_prefix("listening on ").unwrap_or_default().to_owned();
        Self { process, url }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    pub fn trainers(&self) -> Vec<u32> {
        children(self.pid())
    }

    /// As `kill -9` does.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// As a service manager does; waits for the end.
    pub fn terminate(&mut self) {
        signal(self.process.id(), "TERM");
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(directory: &Path, environment: &[(String, String)]) -> (Child, String) {
    let (process, line) = spawn_role(directory, Role::Serve, environment);
    let said = || fs::read_to_string(directory.join("log")).unwrap();
    let url = line.strip_prefix("listening on ").unwrap_or_else(|| panic!("it said {line:?}\n{}", said()));
    (process, url.to_owned())
}

/// The process, and the line by which it says that it is ready.
fn spawn_role(directory: &Path, role: Role, environment: &[(String, String)]) -> (Child, String) {
    let log = fs::OpenOptions::new().create(true).append(true).open(directory.join("log")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_athanor"));
    match role {
        Role::Serve => {
            command.args(["serve", "--addr", "127.0.0.1:0", "--site-dir"]).arg(directory.join("site"));
        }
        Role::Worker => {
            command.arg("worker");
        }
    }
    let mut process = command
        .args(["--bcrypt-cost", "4", "--slots", "2"])
        .arg("--data-dir")
        .arg(directory.join("data"))
        .env_remove("JWT_SECRET")
        .env_remove("DATABASE_URL")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(directory)
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (process, line.trim().to_owned())
}

/// `athanor` with these arguments; its exit code, and what it said on both outputs. One that serves, against what its test
/// expects, is ended after a minute.
pub fn athanor(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_athanor"));
    command.args(arguments).env_remove("DATABASE_URL").current_dir(std::env::temp_dir());
    let running = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (pid, (ended, end)) = (running.id(), mpsc::channel::<()>());
    let watch = thread::spawn(move || {
        if end.recv_timeout(Duration::from_mins(1)) == Err(RecvTimeoutError::Timeout) {
            signal(pid, "KILL");
        }
    });
    let done = running.wait_with_output().unwrap();
    drop(ended);
    watch.join().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = done.status.code().unwrap_or_else(|| panic!("{arguments:?} went on for ever"));
    (code, text(done.stdout), text(done.stderr))
}

pub fn signal(pid: u32, name: &str) {
    assert!(Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status().unwrap().success());
}

/// Pid and parent of every process that is not a zombie.
fn processes() -> Vec<(u32, u32)> {
    let listed = Command::new("ps").args(["-A", "-o", "pid=,ppid=,stat="]).output().unwrap();
    let text = String::from_utf8(listed.stdout).unwrap();
    let rows = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| !row[2].starts_with('Z')).map(|row| (row[0].parse().unwrap(), row[1].parse().unwrap())).collect()
}

fn children(pid: u32) -> Vec<u32> {
    processes().into_iter().filter(|(_, parent)| *parent == pid).map(|(pid, _)| pid).collect()
}

pub fn is_running(pid: u32) -> bool {
    processes().iter().any(|(running, _)| *running == pid)
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

pub struct Person {
    pub client: reqwest::Client,
    pub url: String,
    pub token: String,
    pub email: String,
}

/// Status and JSON body of an answer.
pub type Answer = (u16, Value);

impl Person {
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        answer(self.request(Method::POST, path).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        answer(self.request(Method::DELETE, path)).await
    }

    pub async fn upload(&self, path: &str, file_name: &str, bytes: impl Into<Vec<u8>>) -> Answer {
        let part = multipart::Part::bytes(bytes.into()).file_name(file_name.to_owned());
        answer(self.request(Method::POST, path).multipart(multipart::Form::new().part("file", part))).await
    }

    /// Announces a body without sending it; gives what the server says to that.
    pub async fn announce(&self, path: &str, content_type: &str, length: u64) -> String {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: {content_type}\r\n\
             Content-Length: {length}\r\n\r\n",
            self.token
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answered = vec![0; 4_096];
        let length = stream.read(&mut answered).await.unwrap();
        String::from_utf8_lossy(&answered[..length]).into_owned()
    }

    /// Uploads [`SMALL`]; gives its id.
    pub async fn small(&self) -> String {
        let (status, body) = self.upload("/api/datasets/upload", "small.csv", SMALL).await;
        assert_eq!(status, 201, "{body}");
        body["dataset"]["id"].as_str().unwrap().to_owned()
    }

    /// Submits a job; gives its id.
    pub async fn train(&self, request: Value) -> String {
        let (status, body) = self.post("/api/training", &request).await;
        assert_eq!(status, 201, "{body}");
        assert_eq!(body["status"], "QUEUED");
        body["job_id"].as_str().unwrap().to_owned()
    }

    /// SHA-256 of the weights that a finished job delivered.
    pub async fn weights(&self, job: &Value) -> Value {
        let id = job["model_id"].as_str().unwrap();
        self.get(&format!("/api/models/{id}")).await.1["model"]["sha256"].clone()
    }

    /// The job once it is in `state`; fails when it ends in another, or after half a minute.
    pub async fn wait_for(&self, job: &str, state: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let (status, body) = self.get(&format!("/api/training/{job}")).await;
            assert_eq!(status, 200, "{body}");
            let job = &body["status"];
            if job["status"] == state {
                return job.clone();
            }
            let ended = ["COMPLETED", "FAILED", "STOPPED"].contains(&job["status"].as_str().unwrap());
            assert!(!ended, "it ended otherwise: {job:#}");
            assert!(Instant::now() < deadline, "it is not {state} yet: {job:#}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The job once `is` says so.
    pub async fn wait_until(&self, job: &str, is: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let (_, body) = self.get(&format!("/api/training/{job}")).await;
            if is(&body["status"]) {
                return body["status"].clone();
            }
            assert!(Instant::now() < deadline, "it does not come: {:#}", body["status"]);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status: StatusCode = response.status();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (status.as_u16(), body)
}

/// The failure shape of the contract, with this code.
pub fn assert_refused(answer: &Answer, status: u16, code: &str) {
    let (found, body) = answer;
    assert_eq!((*found, body["code"].as_str()), (status, Some(code)), "{body}");
    assert_eq!(body["ok"], false);
    assert!(body["error"].as_str().is_some_and(|sentence| !sentence.is_empty()), "{body}");
    assert!(body["request_id"].as_str().is_some_and(|id| id.len() == 32), "{body}");
}
