//! `cargo xtask bench quality`: what a model that nobody tuned is worth, beside scikit-learn's on the same rows.

use std::{fs, process::Command};

use anyhow::Context;
use serde_json::{Value, json};

use super::folder::Folder;
use crate::{
    client::{Client, text},
    command, python,
    server::{Server, Setup},
};

const DATA: &str = include_str!("data.py");
const COMPARE: &str = include_str!("compare.py");
const SEEDS: u64 = 5;

/// Trains everything on both sides and prints the table; with `only`, those whose names contain it.
///
/// # Errors
/// When a job fails, or the rows that were held out are not those that this side thinks.
pub(super) fn run(setup: &Setup, only: Option<&str>) -> anyhow::Result<()> {
    let python = python::environment("quality", &["scikit-learn>=1.5", "numpy", "pandas"])?;
    let folder = Folder::new("quality")?;
    let folder = folder.0.as_path();
    let script = |name: &str, code: &str| -> anyhow::Result<String> {
        let file = folder.join(name);
        fs::write(&file, code)?;
        command::ask(Command::new(&python).arg(file).arg(folder)).with_context(|| format!("{name} failed"))
    };
    let names = script("data.py", DATA)?;
    let server = Server::start(setup)?;
    let client = Client::new(&server.url).stranger()?;
    for name in names.lines() {
        if only.is_some_and(|only| !name.contains(only)) {
            fs::remove_file(folder.join(format!("{name}.csv")))?;
            continue;
        }
        command::announce(&format!("Training on {name}"));
        let csv = fs::read_to_string(folder.join(format!("{name}.csv")))?;
        client.upload(&format!("{name}.csv"), &csv)?;
        let rows: Value = serde_json::from_slice(&fs::read(folder.join(format!("{name}.json")))?)?;
        for seed in 1..=SEEDS {
            let learned = learn(&client, name, seed, &rows)?;
            fs::write(folder.join(format!("{name}.{seed}.ours")), learned.to_string())?;
        }
    }
    println!("{}", script("compare.py", COMPARE)?);
    Ok(())
}

/// A model by every default, and what it says of all rows.
fn learn(client: &Client, dataset: &str, seed: u64, rows: &Value) -> anyhow::Result<Value> {
    let job = text(&client.post("/api/training", &json!({ "dataset": dataset, "seed": seed }))?, "/job_id")?.to_owned();
    let ended = client.wait_for_the_end(&job)?;
    let id = text(&ended, "/model_id").context("the job has no model")?;
    let model = client.get(&format!("/api/models/{id}"))?;
    let said = client.post(&format!("/api/models/{id}/predict"), &json!({ "rows": rows }))?;
    Ok(json!({ "model": model["model"], "predictions": said["predictions"] }))
}
