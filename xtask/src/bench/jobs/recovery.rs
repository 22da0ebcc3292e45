//! How soon a job trains again after SIGKILL of its trainer, and of the server with its agent.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::quantiles::Times;
use crate::{
    bench::table::wide_table,
    client::{Client, text},
    command,
    server::{Server, Setup},
};

const KILLS: usize = 10;

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
    client.upload("long.csv", wide_table(100_000))?;
    let mut report = Report::default();
    for _ in 0..KILLS {
        let job = begin(&client)?;
        let trainers = server.trainers();
        anyhow::ensure!(trainers.len() == 1, "there are {} trainers", trainers.len());
        let killed = Instant::now();
        command::signal(trainers[0], "KILL");
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
        client.wait_until(&job, |job| job["status"] == "STOPPED")?;
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
    client.wait_until(job, |job| {
        let training = job["attempt"] == attempt && job["status"] == "RUNNING";
        let step = job["step"].as_u64();
        let moved = before.is_some_and(|before| step > before);
        before = training.then_some(step);
        training && moved
    })?;
    Ok(())
}
