//! SIGKILL while uploads and models are being written: whatever is recorded is whole, and nothing else stays.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    bench::table::wide_table,
    client::{Client, has_ended, text},
    command,
    random::Random,
    server::{Server, Setup},
};

const UPLOADS: usize = 100;
const MODELS: usize = 100;
/// About ten megabytes.
const ROWS: usize = 230_000;
const PATIENCE: Duration = Duration::from_mins(2);

#[derive(Default)]
pub(super) struct Report {
    /// Uploads that were there after all, and that were not.
    kept: usize,
    lost: usize,
    models: usize,
    /// Models that took more than one attempt.
    again: usize,
}

impl Report {
    pub(super) fn print(&self) {
        let Self { kept, lost, models, again } = self;
        println!("{UPLOADS} uploads killed         {kept} whole, {lost} absent, 0 half");
        println!("{MODELS} models killed          {models} whole ({again} written again), 0 half");
    }
}

/// # Errors
/// Also when something half-written was seen.
pub(super) fn measure(setup: &Setup) -> anyhow::Result<Report> {
    let mut random = Random::new(1);
    let mut report = Report::default();
    let mut server = Server::start(&setup.with(&["--slots", "1"]))?;
    let client = Client::new(&server.url).stranger()?;
    uploads(&mut server, &client, &mut random, &mut report)?;
    models(&mut server, &client, &mut random, &mut report)?;
    Ok(report)
}

fn uploads(server: &mut Server, client: &Client, random: &mut Random, report: &mut Report) -> anyhow::Result<()> {
    let content = wide_table(ROWS);
    let begun = Instant::now();
    client.upload("whole.csv", &content)?;
    let whole = begun.elapsed().as_micros() as u64;
    for number in 0..UPLOADS {
        let client = client.at(&server.url);
        thread::scope(|scope| {
            let uploading = scope.spawn(|| client.upload(&format!("{number}.csv"), &content));
            thread::sleep(Duration::from_micros(random.between(0, whole * 5 / 4)));
            server.kill();
            // Most are not answered, which is what is wanted.
            let _ = uploading.join();
        });
        server.start_again()?;
        let listed = client.at(&server.url).get("/api/datasets")?;
        let names = check(&listed["datasets"], &server.data().join("datasets"), |file| file)?;
        if names.contains(&number.to_string()) {
            report.kept += 1;
        } else {
            report.lost += 1;
        }
        let unfinished = fs::read_dir(server.data().join("uploads"))?.count();
        anyhow::ensure!(unfinished == 0, "{unfinished} unfinished uploads are left");
    }
    Ok(())
}

fn models(server: &mut Server, client: &Client, random: &mut Random, report: &mut Report) -> anyhow::Result<()> {
    for _ in 0..MODELS {
        let mut client = client.at(&server.url);
        let request = json!({
            "dataset": "iris", "epochs": 1, "early_stopping": false, "model": {"kind": "mlp", "hidden": [1500, 1500]},
        });
        let job = text(&client.post("/api/training", &request)?, "/job_id")?.to_owned();
        being_written(&server.data().join("jobs").join(&job), &client, &job)?;
        thread::sleep(Duration::from_micros(random.between(0, 400_000)));
        // The trainer alone, or the server, with which it goes.
        let trainer = server.trainers().first().copied();
        if let (true, Some(trainer)) = (random.below(2) == 0, trainer) {
            command::signal(trainer, "KILL");
        } else {
            server.kill();
            server.start_again()?;
            client = client.at(&server.url);
        }
        let ended = client.wait_for_the_end(&job)?;
        anyhow::ensure!(ended["status"] == "COMPLETED", "the job ended {}: {}", ended["status"], ended["message"]);
        let listed = client.get("/api/models")?;
        let folder = server.data().join("models");
        report.models = check(&listed["models"], &folder, |model| model.join("model.safetensors"))?.len();
        report.again += usize::from(ended["attempt"].as_u64() > Some(1));
    }
    Ok(())
}

/// Until the trainer has begun to write its model, or has ended.
fn being_written(folder: &Path, client: &Client, job: &str) -> anyhow::Result<()> {
    let begun = Instant::now();
    loop {
        let names = fs::read_dir(folder).into_iter().flatten().flatten();
        if names.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with("checkpoints")) {
            return Ok(());
        }
        let answer = client.get(&format!("/api/training/{job}"))?;
        if has_ended(text(&answer, "/status/status")?) {
            return Ok(());
        }
        anyhow::ensure!(begun.elapsed() < PATIENCE, "the job does not train");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Everything that is listed is there as it was hashed when it was recorded, and nothing else is there. Gives the names.
fn check(listed: &Value, folder: &Path, file: impl Fn(PathBuf) -> PathBuf) -> anyhow::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let mut expected = BTreeSet::new();
    for row in listed.as_array().map(Vec::as_slice).unwrap_or_default() {
        let id = text(row, "/id")?;
        let bytes = fs::read(file(folder.join(id)))?;
        anyhow::ensure!(hex::encode(Sha256::digest(&bytes)) == text(row, "/sha256")?, "{id} is half there");
        expected.insert(id.to_owned());
        // Models of one name are counted one by one.
        names.insert(if row["job_id"].is_string() { id.to_owned() } else { text(row, "/name")?.to_owned() });
    }
    let found: BTreeSet<String> =
        fs::read_dir(folder)?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    anyhow::ensure!(found == expected, "what is there is not what is listed: {found:?}, {expected:?}");
    Ok(names)
}
