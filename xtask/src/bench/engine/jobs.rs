//! Many small jobs: from the first request until the last model is on disk, beside as many Python processes, two at a time.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use serde_json::json;

use super::{data, python::Python};
use crate::{
    client::{Client, has_ended, text},
    command,
    server::{Server, Setup},
};

const JOBS: usize = 64;
/// Of Python, which takes seconds each; the time of all is this many times as long.
const SAMPLE: usize = 8;
const ROWS: usize = 100;
const EPOCHS: u32 = 3;
const POLL: Duration = Duration::from_millis(20);

/// Prints seconds and the ratio.
pub(super) fn measure(setup: &Setup, python: &Python, folder: &Path) -> anyhow::Result<()> {
    let csv = folder.join("small.csv");
    data::write(&csv, ROWS, 3, 0)?;
    command::announce(&format!("{JOBS} small jobs through a server, and {SAMPLE} Python processes, two at a time"));
    let theirs = processes(python, &csv, folder)? * (JOBS / SAMPLE) as f64;
    let server = Server::start(setup)?;
    let ours = jobs(&Client::new(&server.url), &std::fs::read_to_string(&csv)?)?;
    println!(
        "{JOBS} small jobs             python {theirs:.1} s (from {SAMPLE} processes), ours {ours:.2} s: {:.1} times as fast",
        theirs / ours
    );
    Ok(())
}

/// Seconds for [`SAMPLE`] processes.
fn processes(python: &Python, csv: &Path, folder: &Path) -> anyhow::Result<f64> {
    let began = Instant::now();
    for pair in 0..SAMPLE / 2 {
        let started: Vec<_> = (0..2)
            .map(|at| {
                let model = folder.join(format!("model-{pair}-{at}.pt"));
                python.script("job.py").arg(csv).arg(EPOCHS.to_string()).arg(model).spawn()
            })
            .collect::<Result<_, _>>()?;
        for mut process in started {
            anyhow::ensure!(process.wait()?.success(), "job.py failed; what it said is above");
        }
    }
    Ok(began.elapsed().as_secs_f64())
}

/// Seconds from the first request until the last job has its model.
fn jobs(client: &Client, csv: &str) -> anyhow::Result<f64> {
    let client = client.stranger()?;
    let dataset = client.upload("small.csv", csv)?;
    let dataset = text(&dataset, "/dataset/id")?;
    let began = Instant::now();
    let mut open = Vec::new();
    for seed in 0..JOBS {
        // One network, as the script has.
        let model = json!({ "kind": "mlp", "hidden": [64, 64], "members": 1, "pieces": 0 });
        let request = json!({
            "dataset": dataset, "target": "y", "epochs": EPOCHS, "batch_size": 16, "seed": seed, "model": model
        });
        open.push(text(&client.post("/api/training", &request)?, "/job_id")?.to_owned());
    }
    while let Some(id) = open.last() {
        let answer = client.get(&format!("/api/training/{id}"))?;
        let status = text(&answer, "/status/status")?;
        if status == "COMPLETED" {
            open.pop();
        } else {
            anyhow::ensure!(!has_ended(status), "a job is {status}");
            thread::sleep(POLL);
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let models = client.get("/api/models?limit=100")?;
    let models = models["models"].as_array().context("the server lists no models")?.len();
    anyhow::ensure!(models == JOBS, "{models} models for {JOBS} jobs");
    Ok(seconds)
}
