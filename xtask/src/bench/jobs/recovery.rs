//! How soon a job trains again after SIGKILL of its trainer, and of the server with its agent.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::quantiles::Times;
use crate::{
    bench::table::wide_table,
    client::{Client, text},
    command,
    server::{Server, Setup},
};

const KILLS: usize = 10;
const PATIENCE: Duration = Duration::from_mins(2);

#[derive(Default)]
pub(super) struct Report {
    trainer: Times,
    server: Times,
}

impl Report {
    pub(super) fn print(mut self) {
        println!("trainer killed            trains again after {}", self.trainer.summary());
        println!("server killed             trains again after {} from its next start", self.server.summary());
    }
}

pub(super) fn measure(setup: &Setup) -> anyhow::Result<Report> {
    let mut server = Server::start(&setup.with(&["--slots", "1"]))?;
    let mut client = Client::new(&server.url).stranger()?;
    client.upload("long.csv", &wide_table(100_000))?;
    let mut report = Report::default();
    for _ in 0..KILLS {
        let job = begin(&client)?;
        let trainers = server.trainers();
        anyhow::ensure!(trainers.len() == 1, "there are {} trainers", trainers.len());
        let killed = Instant::now();
        command::succeeds(command::at(&server.data(), "kill").args(["-KILL", &trainers[0].to_string()]));
        trains(&client, &job, 2)?;
        report.trainer.add(killed.elapsed());

        server.kill();
        thread::sleep(Duration::from_millis(200));
        let started = Instant::now();
        server.start_again()?;
        client = client.at(&server.url);
        trains(&client, &job, 3)?;
        report.server.add(started.elapsed());
        client.post(&format!("/api/training/{job}/stop"), &json!({}))?;
        until(&client, &job, |job| job["status"] == "STOPPED")?;
    }
    Ok(report)
}

fn begin(client: &Client) -> anyhow::Result<String> {
    let request = json!({ "dataset": "long", "epochs": 10_000, "early_stopping": false, "target": "y" });
    let job = text(&client.post("/api/training", &request)?, "/job_id")?.to_owned();
    trains(client, &job, 1)?;
    Ok(job)
}

/// Until this attempt has made steps.
fn trains(client: &Client, job: &str, attempt: u64) -> anyhow::Result<()> {
    let mut before = None;
    until(client, job, |job| {
        let training = job["attempt"] == attempt && job["status"] == "RUNNING";
        let step = job["step"].as_u64();
        let moved = before.is_some_and(|before| step > before);
        before = training.then_some(step);
        training && moved
    })
}

fn until(client: &Client, job: &str, mut is: impl FnMut(&Value) -> bool) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !is(&client.get(&format!("/api/training/{job}"))?["status"]) {
        anyhow::ensure!(begun.elapsed() < PATIENCE, "the job does not go on");
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
