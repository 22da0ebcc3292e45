//! A server whose database has been filled while it did not run.

use std::{fs, process::Command};

use anyhow::Context;
use serde_json::{Value, json};

use super::with;
use crate::{
    client::{Client, text},
    command,
    server::{Server, Setup},
};

const SEED: &str = include_str!("seed.py");

/// A server, somebody who owns all that is in it, and where everything is.
pub(super) struct Filled {
    server: Server,
    owner: Client,
    seeded: Value,
    /// How many parameters a job has.
    parameters: usize,
}

impl Filled {
    /// # Errors
    /// When the server does not start, its first job does not end, or the database cannot be filled.
    pub(super) fn start(setup: &Setup) -> anyhow::Result<Self> {
        command::announce("Starting a server, and training the job that is copied");
        let mut server = Server::start(&setup.with(&["--slots", "1"]))?;
        // The first to come is an admin, who would see what others have too.
        let owner = Client::new(&server.url).stranger()?.stranger()?;
        let submitted = owner.post("/api/training", &json!({ "dataset": "iris", "epochs": 2, "name": "original" }))?;
        let job = text(&submitted, "/job_id")?.to_owned();
        owner.wait_for_the_end(&job)?;
        let listed = owner.get("/api/training/jobs?limit=1")?;
        let parameters =
            listed.pointer("/jobs/0/parameters").and_then(Value::as_object).map_or(0, serde_json::Map::len);
        server.stop();
        command::announce("Filling the database: 11,601 jobs with 4,450,000 points");
        let script = server.data().join("seed.py");
        fs::write(&script, SEED)?;
        let mut python = Command::new("python3");
        python.arg(&script).arg(server.data().join("athanor.db")).arg(&job);
        let seeded = command::ask(&mut python).context("the database could not be filled; is there a python3?")?;
        fs::remove_file(script)?;
        server.start_again()?;
        let owner = owner.at(&server.url);
        Ok(Self { server, owner, seeded: serde_json::from_str(&seeded)?, parameters })
    }

    /// For the script that opens pages.
    pub(super) fn places(&self) -> Value {
        let own = json!({ "url": self.server.url, "token": self.owner.token(), "parameters": self.parameters });
        with(own, &self.seeded)
    }
}
