//! Models in other programs: what `onnxruntime` says of a downloaded model is what the server says.

mod table;

use std::{fs, path::Path, process::Command};

use anyhow::Context;
use serde_json::{Value, json};

use crate::{
    client::{Client, text},
    host, python,
    server::{Server, Setup},
    site,
    workspace::Workspace,
};

const CHECK: &str = include_str!("check.py");
const ROWS: usize = 1_000;
/// Of a value, or of a probability.
const MOST: f64 = 1e-4;

/// Trains a model of every kind, and asks the server and `onnxruntime` about the same thousand rows.
///
/// # Errors
/// When they differ.
pub fn test(workspace: &Workspace) -> anyhow::Result<()> {
    let python = python::environment("onnxruntime", &["onnxruntime>=1.18", "numpy"])?;
    let setup = Setup { executable: host::server(workspace)?, site: site::build(workspace)?, arguments: Vec::new() };
    let server = Server::start(&setup)?;
    let client = Client::new(&server.url).stranger()?;
    client.upload("formats.csv", &table::training(600))?;
    let rows = table::rows(ROWS);
    let files = server.data().join("formats");
    fs::create_dir_all(&files)?;
    fs::write(files.join("check.py"), CHECK)?;
    fs::write(files.join("rows.json"), rows.to_string())?;
    for target in table::TARGETS {
        for model in models() {
            let id = train(&client, target, &model)?;
            let predicted = client.post(&format!("/api/models/{id}/predict"), &json!({ "rows": rows }))?;
            fs::write(files.join("predictions.json"), predicted["predictions"].to_string())?;
            let onnx = server.data().join("models").join(&id).join("model.onnx");
            let difference = compare(&python, &files, &onnx)?;
            println!("{target:<8} {:<40} {difference:.1e}", model.to_string());
            anyhow::ensure!(
                difference <= MOST,
                "onnxruntime differs from the server by {difference} on {target}, {model}"
            );
        }
    }
    Ok(())
}

fn models() -> Vec<Value> {
    let mut models = vec![json!({"kind": "linear"})];
    models.extend(
        ["relu", "gelu", "tanh"]
            .map(|activation| json!({"kind": "mlp", "hidden": [24, 12], "activation": activation, "dropout": 0.1})),
    );
    models
}

/// Gives the id of the model.
fn train(client: &Client, target: &str, model: &Value) -> anyhow::Result<String> {
    let request = json!({
        "dataset": "formats", "target": target, "features": table::FEATURES, "epochs": 15, "model": model, "seed": 1,
    });
    let job = text(&client.post("/api/training", &request)?, "/job_id")?.to_owned();
    let ended = client.wait_for_the_end(&job)?;
    Ok(text(&ended, "/model_id").context("the job has no model")?.to_owned())
}

/// The largest difference of any number; infinite when a label differs.
fn compare(python: &Path, files: &Path, onnx: &Path) -> anyhow::Result<f64> {
    let mut check = Command::new(python);
    check.arg(files.join("check.py")).arg(onnx).arg(files.join("rows.json")).arg(files.join("predictions.json"));
    let done = check.output()?;
    let said = String::from_utf8_lossy(&done.stderr);
    anyhow::ensure!(done.status.success(), "onnxruntime cannot run {}: {said}", onnx.display());
    Ok(String::from_utf8(done.stdout)?.trim().parse()?)
}
