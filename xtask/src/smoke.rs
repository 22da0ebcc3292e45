//! `cargo xtask smoke [URL]`: seven steps through a server that is running somewhere. It starts and stops nothing.

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use serde_json::{Value, json};

use crate::client::{Client, PASSWORD, has_ended, text, unique_email};

/// Ships with every server.
const DATASET: &str = "sample_dataset";
const PATIENCE: Duration = Duration::from_mins(5);

/// What the steps learn from each other.
struct Walk {
    client: Client,
    email: String,
    job_id: String,
}

type Step = (&'static str, fn(&mut Walk) -> anyhow::Result<String>);

const STEPS: &[Step] = &[
    ("Health", health),
    ("Register", register),
    ("Log in", login),
    ("Who am I", me),
    ("Create a training job", create),
    ("Wait until it is COMPLETED", wait),
    ("Find it in the list", list),
];

/// Takes the steps in order and stops at the first that fails, with exit code 1.
pub fn run(url: &str) -> ExitCode {
    let colours = io::stdout().is_terminal();
    let paint = |colour: u8, text: &str| {
        if colours { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    };
    println!("{}", paint(1, &format!("Smoke test of {url}")));
    let mut walk = Walk { client: Client::new(url), email: unique_email(), job_id: String::new() };
    for (number, (name, step)) in STEPS.iter().enumerate() {
        let place = format!("[{}/{}] {name}", number + 1, STEPS.len());
        match step(&mut walk) {
            Ok(seen) => println!("{} {place}: {seen}", paint(32, "✓")),
            Err(error) => {
                println!("{} {place}: {error:#}", paint(31, "✗"));
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{}", paint(32, "All steps passed."));
    ExitCode::SUCCESS
}

fn health(walk: &mut Walk) -> anyhow::Result<String> {
    walk.client.get("/health")?;
    Ok("the server is up".to_owned())
}

fn register(walk: &mut Walk) -> anyhow::Result<String> {
    let form = json!({ "email": walk.email, "password": PASSWORD, "name": "Smoke Test" });
    let answer = walk.client.post("/api/auth/register", &form)?;
    text(&answer, "/token")?;
    Ok(format!("{} has id {}", walk.email, text(&answer, "/user/id")?))
}

fn login(walk: &mut Walk) -> anyhow::Result<String> {
    let answer = walk.client.post("/api/auth/login", &json!({ "email": walk.email, "password": PASSWORD }))?;
    walk.client = walk.client.with_token(text(&answer, "/token")?);
    Ok("got a token".to_owned())
}

fn me(walk: &mut Walk) -> anyhow::Result<String> {
    let answer = walk.client.get("/api/auth/me")?;
    let email = text(&answer, "/user/email")?;
    anyhow::ensure!(email == walk.email, "the token belongs to {email}");
    Ok(email.to_owned())
}

fn create(walk: &mut Walk) -> anyhow::Result<String> {
    let request = json!({ "dataset": DATASET, "epochs": 5, "batch_size": 32, "lr": 0.01, "name": "smoke test" });
    let answer = walk.client.post("/api/training", &request)?;
    text(&answer, "/job_id")?.clone_into(&mut walk.job_id);
    Ok(format!("{} is {}", walk.job_id, text(&answer, "/status")?))
}

fn wait(walk: &mut Walk) -> anyhow::Result<String> {
    let start = Instant::now();
    loop {
        let answer = walk.client.get(&format!("/api/training/status?job_id={}", walk.job_id))?;
        let status = text(&answer, "/status/status")?;
        if status == "COMPLETED" {
            return Ok(format!("loss {}, after {:.1} s", answer["status"]["loss"], start.elapsed().as_secs_f64()));
        }
        let message = answer["status"]["message"].as_str().unwrap_or_default();
        anyhow::ensure!(!has_ended(status), "the job is {status}: {message}");
        anyhow::ensure!(start.elapsed() < PATIENCE, "still {status} after {} s: {message}", PATIENCE.as_secs());
        thread::sleep(Duration::from_millis(200));
    }
}

fn list(walk: &mut Walk) -> anyhow::Result<String> {
    let answer = walk.client.get("/api/training/jobs")?;
    let jobs = answer["jobs"].as_array().context("the answer has no list of jobs")?;
    anyhow::ensure!(jobs.iter().any(|job: &Value| job["job_id"] == walk.job_id), "{} is not in it", walk.job_id);
    Ok(format!("{} of {} jobs", jobs.len(), answer["count"]))
}
