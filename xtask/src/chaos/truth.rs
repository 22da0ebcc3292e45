//! What is recorded, read by other programs than the product: `sqlite3` on a copy of the file, `psql` on the database.
//! Neither through the server, whose word is what is checked, nor through its library.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;
use serde_json::Value;

use super::watcher::Curves;
use crate::command;

pub(super) struct Job {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) state: String,
    pub(super) attempt: u32,
    pub(super) step: u64,
    pub(super) last_seq: u64,
    pub(super) leased: bool,
    pub(super) model: Option<String>,
}

/// A file or folder that a row names.
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) sha256: String,
    pub(super) bytes: u64,
    /// The job of a model; the name of a dataset; the job of a checkpoint.
    pub(super) of: String,
}

#[derive(Default)]
pub(super) struct Truth {
    pub(super) jobs: Vec<Job>,
    pub(super) curves: BTreeMap<String, Curves>,
    pub(super) lines: BTreeMap<String, BTreeMap<u64, String>>,
    /// Points whose key occurs more than once.
    pub(super) doubled_points: usize,
    pub(super) points: usize,
    pub(super) models: Vec<Stored>,
    pub(super) datasets: Vec<Stored>,
    pub(super) checkpoints: Vec<Stored>,
    /// What the engine itself says is broken.
    pub(super) broken: Vec<String>,
}

/// A way to read a database.
pub(super) enum Reader {
    Sqlite { copy: PathBuf },
    Postgres { psql: PathBuf, url: String },
}

impl Reader {
    /// Of a copy of the file: a program that is older than the library never opens the one in use.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub(super) fn sqlite(data: &Path, folder: &Path) -> anyhow::Result<Self> {
        let copy = folder.join("copy.db");
        for ending in ["", "-wal"] {
            let from = data.join(format!("athanor.db{ending}"));
            let to = folder.join(format!("copy.db{ending}"));
            if from.exists() {
                fs::copy(from, to)?;
            }
        }
        Ok(Self::Sqlite { copy })
    }

    fn rows(&self, sql: &str) -> anyhow::Result<Vec<Value>> {
        let said = match self {
            Self::Sqlite { copy } => command::ask(Command::new("sqlite3").arg("-json").arg(copy).arg(sql)),
            Self::Postgres { psql, url } => {
                let sql = format!("SELECT coalesce(json_agg(found), '[]') FROM ({sql}) AS found");
                command::ask(Command::new(psql).args([
                    "--no-psqlrc",
                    "--tuples-only",
                    "--no-align",
                    "--command",
                    &sql,
                    url,
                ]))
            }
        };
        let said = said.with_context(|| format!("the database could not be read: {sql}"))?;
        // `sqlite3` says nothing when there are no rows.
        if said.is_empty() {
            return Ok(Vec::new());
        }
        serde_json::from_str(&said).with_context(|| format!("what was read is not JSON: {sql}"))
    }

    /// # Errors
    /// When it cannot be read.
    pub(super) fn read(&self) -> anyhow::Result<Truth> {
        let mut truth = Truth::default();
        for row in
            self.rows("SELECT id, name, state, attempt, step, last_seq, lease_owner, model_id FROM jobs ORDER BY id")?
        {
            truth.jobs.push(Job {
                id: text(&row, "id"),
                name: text(&row, "name"),
                state: text(&row, "state"),
                attempt: number(&row, "attempt") as u32,
                step: number(&row, "step"),
                last_seq: number(&row, "last_seq"),
                leased: !row["lease_owner"].is_null(),
                model: row["model_id"].as_str().map(ToOwned::to_owned),
            });
        }
        // Every bit of a number: neither program prints all digits of one.
        let bits = match self {
            Self::Sqlite { .. } => "hex(ieee754_to_blob(value))",
            Self::Postgres { .. } => "encode(float8send(value), 'hex')",
        };
        for row in self.rows(&format!("SELECT job_id, name, split, step, {bits} AS bits FROM job_metrics"))? {
            let value = u64::from_str_radix(&text(&row, "bits"), 16).context("a value is no number")?;
            let curves = truth.curves.entry(text(&row, "job_id")).or_default();
            let curve = curves.entry((text(&row, "split"), text(&row, "name"))).or_default();
            truth.points += 1;
            truth.doubled_points += usize::from(curve.insert(number(&row, "step"), value).is_some());
        }
        for row in self.rows("SELECT job_id, seq, text FROM job_logs")? {
            truth.lines.entry(text(&row, "job_id")).or_default().insert(number(&row, "seq"), text(&row, "text"));
        }
        truth.models = self.stored("SELECT id, sha256, size_bytes AS bytes, job_id AS of FROM models")?;
        truth.datasets = self.stored("SELECT id, sha256, size_bytes AS bytes, name AS of FROM datasets")?;
        truth.checkpoints = self.stored("SELECT path AS id, sha256, 0 AS bytes, job_id AS of FROM checkpoints")?;
        if matches!(self, Self::Sqlite { .. }) {
            let checks = self.rows("PRAGMA integrity_check")?.into_iter().filter(|row| row["integrity_check"] != "ok");
            truth.broken = checks.chain(self.rows("PRAGMA foreign_key_check")?).map(|row| row.to_string()).collect();
        }
        Ok(truth)
    }

    fn stored(&self, sql: &str) -> anyhow::Result<Vec<Stored>> {
        let stored = |row: &Value| Stored {
            id: text(row, "id"),
            sha256: text(row, "sha256"),
            bytes: number(row, "bytes"),
            of: text(row, "of"),
        };
        Ok(self.rows(sql)?.iter().map(stored).collect())
    }
}

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

fn number(row: &Value, name: &str) -> u64 {
    row[name].as_u64().unwrap_or_default()
}
