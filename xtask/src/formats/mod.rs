//! Models in other programs: what `onnxruntime` says of a downloaded model is what the server says.

mod table;
mod texts;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;
use base64::Engine;
use serde_json::{Value, json};

use crate::{
    client::{Client, text},
    host, images, python,
    random::Random,
    server::{Server, Setup},
    site::{self, Edition},
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
    let setup = Setup {
        executable: host::server(workspace)?,
        site: site::build(workspace, Edition::Development)?,
        arguments: Vec::new(),
    };
    let server = Server::start(&setup)?;
    let client = Client::new(&server.url).stranger()?;
    client.upload("formats.csv", table::training(600))?;
    let check = Check { client, python, files: server.data().join("formats"), models: server.data().join("models") };
    fs::create_dir_all(&check.files)?;
    fs::write(check.files.join("check.py"), CHECK)?;
    let rows = table::rows(ROWS);
    for target in table::TARGETS {
        for model in models() {
            let request = json!({
                "dataset": "formats", "target": target, "features": table::FEATURES, "epochs": 15, "model": model, "seed": 1,
            });
            check.agrees(&request, &rows, &[])?;
        }
    }
    let request = json!({"dataset": "messages", "epochs": 3, "model": texts::model(), "lr": 0.002, "seed": 1});
    check.agrees(&request, &texts::rows(ROWS), &[texts::COLUMN])?;
    pictures(&check)
}

/// Of the size that the model looks at: how a larger one is made smaller is left to the caller.
fn pictures(check: &Check) -> anyhow::Result<()> {
    const SIZE: usize = 24;
    let archive = check.files.join("pictures.zip");
    images::write(&archive, 120, SIZE, 3)?;
    check.client.upload("pictures.zip", fs::read(&archive)?)?;
    let model = json!({"kind": "cnn", "image_size": SIZE, "channels": [8, 12], "hidden": 16, "augment": false});
    let request = json!({"dataset": "pictures", "epochs": 3, "model": model, "seed": 1});
    let mut random = Random::new(9);
    let row = |at: usize| {
        let file = images::one(&mut random, SIZE, at % 3);
        json!({"image": base64::engine::general_purpose::STANDARD.encode(file)})
    };
    check.agrees(&request, &(0..ROWS).map(row).collect(), &[])
}

fn models() -> Vec<Value> {
    let mut models = vec![json!({"kind": "linear"})];
    models.extend(
        ["relu", "gelu", "tanh"]
            .map(|activation| json!({"kind": "mlp", "hidden": [24, 12], "activation": activation, "dropout": 0.1})),
    );
    models.push(json!({"kind": "resnet", "width": 24, "blocks": 2, "hidden": 32}));
    models
}

/// A server with models, and a program that runs them.
struct Check {
    client: Client,
    python: PathBuf,
    files: PathBuf,
    models: PathBuf,
}

impl Check {
    /// Trains what is asked for, and compares what is said of `rows`. `texts` are the columns that hold texts.
    fn agrees(&self, request: &Value, rows: &Value, texts: &[&str]) -> anyhow::Result<()> {
        let job = text(&self.client.post("/api/training", request)?, "/job_id")?.to_owned();
        let ended = self.client.wait_for_the_end(&job)?;
        let id = text(&ended, "/model_id").context("the job has no model")?;
        let predicted = self.client.post(&format!("/api/models/{id}/predict"), &json!({ "rows": rows }))?;
        fs::write(self.files.join("rows.json"), rows.to_string())?;
        fs::write(self.files.join("predictions.json"), predicted["predictions"].to_string())?;
        let difference = self.compare(&self.models.join(id).join("model.onnx"), texts)?;
        let (target, model) = (request["target"].as_str().unwrap_or("-"), &request["model"]);
        println!("{target:<8} {:<40} {difference:.1e}", model.to_string());
        anyhow::ensure!(difference <= MOST, "onnxruntime differs from the server by {difference} on {target}, {model}");
        Ok(())
    }

    /// The largest difference of any number; infinite when a label differs.
    fn compare(&self, onnx: &Path, texts: &[&str]) -> anyhow::Result<f64> {
        let file = |name: &str| self.files.join(name);
        let mut check = Command::new(&self.python);
        check.arg(file("check.py")).arg(onnx).arg(file("rows.json")).arg(file("predictions.json")).args(texts);
        let done = check.output()?;
        let said = String::from_utf8_lossy(&done.stderr);
        anyhow::ensure!(done.status.success(), "onnxruntime cannot run {}: {said}", onnx.display());
        Ok(String::from_utf8(done.stdout)?.trim().parse()?)
    }
}
