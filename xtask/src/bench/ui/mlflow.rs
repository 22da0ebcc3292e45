//! MLflow, from PyPI, with as much in its database.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use serde_json::{Value, json};

use super::with;
use crate::{command, python};

const SEED: &str = include_str!("mlflow_seed.py");
const PATIENCE: Duration = Duration::from_mins(2);

/// A running server; it ends when dropped.
pub(super) struct Mlflow {
    child: Child,
    url: String,
    seeded: Value,
}

impl Mlflow {
    /// # Errors
    /// When it cannot be installed, filled or started.
    pub(super) fn start(folder: &Path) -> anyhow::Result<Self> {
        let python = python::environment("mlflow", &["mlflow>=3"])?;
        let script = folder.join("mlflow_seed.py");
        fs::write(&script, SEED)?;
        let database = folder.join("mlflow.db");
        command::announce("Filling MLflow's database with as much");
        let mut seed = quiet(&python, folder);
        seed.arg(&script).arg(&database);
        let seeded = command::ask(&mut seed).context("MLflow's database could not be filled")?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let url = format!("http://127.0.0.1:{port}");
        command::announce("Starting MLflow");
        let log = fs::File::create(folder.join("mlflow.log"))?;
        let child = quiet(&python, folder)
            .args(["-m", "mlflow", "server", "--host", "127.0.0.1", "--port", &port.to_string()])
            .arg("--backend-store-uri")
            .arg(format!("sqlite:///{}", database.display()))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        let mlflow = Self { child, url, seeded: serde_json::from_str(seeded.lines().last().unwrap_or_default())? };
        mlflow.wait(folder)?;
        Ok(mlflow)
    }

    /// For the script that opens pages.
    pub(super) fn places(&self) -> Value {
        with(json!({ "url": self.url }), &self.seeded)
    }

    fn wait(&self, folder: &Path) -> anyhow::Result<()> {
        let config = ureq::Agent::config_builder().proxy(None).timeout_global(Some(Duration::from_secs(2))).build();
        let agent = ureq::Agent::from(config);
        let begun = Instant::now();
        while agent.get(format!("{}/health", self.url)).call().is_err() {
            if begun.elapsed() > PATIENCE {
                let log = fs::read_to_string(folder.join("mlflow.log")).unwrap_or_default();
                anyhow::bail!("MLflow did not answer within two minutes: {}", log.trim());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

/// A Python that tells nobody about itself, in a folder of its own.
fn quiet(python: &Path, folder: &Path) -> Command {
    let mut command = command::at(folder, python);
    command.envs([("MLFLOW_DISABLE_TELEMETRY", "true"), ("DO_NOT_TRACK", "true")]);
    command
}

impl Drop for Mlflow {
    fn drop(&mut self) {
        // Asked first, so that it ends its workers itself.
        command::signal(self.child.id(), "TERM");
        let _ = self.child.wait();
    }
}
