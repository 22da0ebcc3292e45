//! How old an update is when a thousand watchers have it, and what they cost whoever trains.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{quantiles::Times, swarm::Swarm};
use crate::{
    bench::{megabytes, table::wide_table},
    client::{Client, has_ended, text},
    server::{Server, Setup, processor_time},
};

const WATCHERS: usize = 1_000;
/// Watched and unwatched in turn, so that whatever else the machine does falls on both.
const PHASES: usize = 4;
const PHASE: Duration = Duration::from_secs(6);
const PROBE_ROWS: usize = 20_000;
/// A job of about so long, whose five thousand points then come more than fifty times a second. Each phase has its own.
const TRAINING: Duration = Duration::from_mins(1);
const EPOCHS: u64 = 1_000;

#[derive(Default)]
pub(super) struct Report {
    ages: Times,
    updates: f64,
    watched: f64,
    unwatched: f64,
    /// In units of 1024 bytes.
    memory: Option<u64>,
    /// Cores that the server and the watchers kept busy while there were any.
    server: f64,
    watchers: f64,
}

impl Report {
    pub(super) fn print(mut self) {
        println!("updates a second          {:.0} to each of {WATCHERS} watchers", self.updates);
        println!("from trainer to watcher   {} ({} received)", self.ages.summary(), self.ages.len());
        let share = 100.0 * self.watched / self.unwatched;
        println!("training speed, watched   {share:.1} % of unwatched ({:.0} steps/s)", self.unwatched);
        println!("memory, watched           {}", megabytes(self.memory));
        println!("cores, watched            {:.2} by the server, {:.2} by the watchers", self.server, self.watchers);
    }
}

pub(super) fn measure(setup: &Setup) -> anyhow::Result<Report> {
    let server = Server::start(&setup.with(&["--slots", "1", "--updates-per-second", "50"]))?;
    let client = Client::new(&server.url).stranger()?;
    let rows = rows_that_last(&client)?;
    client.upload("watched.csv", wide_table(rows))?;
    let mut report = Report::default();
    for phase in 0..PHASES {
        let job = submit(&client, "watched")?;
        running(&client, &job)?;
        report.unwatched += speed(&client, &job)?;
        let after = status(&client, &job)?["last_seq"].as_u64().unwrap_or_default();
        let swarm = Swarm::watch(&client, &job, after, WATCHERS)?;
        let (before, busy) = (Instant::now(), [server.processor_time(), processor_time("self")]);
        report.watched += speed(&client, &job)?;
        if phase == 0 {
            report.memory = server.memory();
        }
        let seconds = before.elapsed().as_secs_f64();
        let cores = |now: Option<Duration>, before: Option<Duration>| {
            let spent = now.zip(before).map_or(0.0, |(now, before)| now.saturating_sub(before).as_secs_f64());
            spent / seconds / PHASES as f64
        };
        report.server += cores(server.processor_time(), busy[0]);
        report.watchers += cores(processor_time("self"), busy[1]);
        let ages = swarm.end()?;
        report.updates += ages.len() as f64 / WATCHERS as f64 / seconds / PHASES as f64;
        report.ages.append(ages);
        client.post(&format!("/api/training/{job}/stop"), &json!({}))?;
    }
    report.watched /= PHASES as f64;
    report.unwatched /= PHASES as f64;
    Ok(report)
}

fn submit(client: &Client, dataset: &str) -> anyhow::Result<String> {
    let request = json!({
        "dataset": dataset, "epochs": EPOCHS, "batch_size": 64, "early_stopping": false, "seed": 1,
        "model": {"kind": "mlp", "hidden": [64, 64]}, "target": "y",
    });
    Ok(text(&client.post("/api/training", &request)?, "/job_id")?.to_owned())
}

fn status(client: &Client, job: &str) -> anyhow::Result<Value> {
    let answer = client.get(&format!("/api/training/{job}"))?;
    anyhow::ensure!(
        !has_ended(text(&answer, "/status/status")?),
        "{job} ended too early: {}",
        answer["status"]["message"]
    );
    Ok(answer["status"].clone())
}

fn running(client: &Client, job: &str) -> anyhow::Result<()> {
    while status(client, job)?["status"] != "RUNNING" {
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Steps a second during one phase.
fn speed(client: &Client, job: &str) -> anyhow::Result<f64> {
    let steps = || -> anyhow::Result<f64> { Ok(status(client, job)?["step"].as_f64().unwrap_or_default()) };
    let (begun, before) = (Instant::now(), steps()?);
    thread::sleep(PHASE);
    Ok((steps()? - before) / begun.elapsed().as_secs_f64())
}

/// Rows of which this machine trains [`EPOCHS`] epochs in about [`TRAINING`].
fn rows_that_last(client: &Client) -> anyhow::Result<usize> {
    client.upload("probe.csv", wide_table(PROBE_ROWS))?;
    let job = submit(client, "probe")?;
    running(client, &job)?;
    thread::sleep(Duration::from_secs(2));
    let speed = status(client, &job)?["samples_per_second"].as_f64().unwrap_or(10_000.0);
    client.post(&format!("/api/training/{job}/stop"), &json!({}))?;
    // A tenth is for validation and a tenth for the test; a watched job may be slower.
    Ok((speed * TRAINING.as_secs_f64() / EPOCHS as f64 * 1.25) as usize)
}
