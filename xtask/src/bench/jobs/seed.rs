//! A database that has grown: many copies of one job, and many points in it, written by the database's own programs while
//! no server runs.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::Context;

use crate::{command, postgres::Postgres};

/// A way to write statements.
pub(super) enum Shell<'a> {
    Sqlite(&'a Path),
    Postgres { postgres: &'a Postgres, url: &'a str },
}

impl Shell<'_> {
    /// `jobs` copies of a job, older than it, and `points` points of its own training loss.
    pub(super) fn fill(&self, job: &str, jobs: u64, points: u64) -> anyhow::Result<()> {
        let columns = self.columns()?;
        let values: Vec<&str> = columns
            .iter()
            .map(|column| match column.as_str() {
                "id" => self.id(),
                "name" | "name_key" => "'copy ' || n.i",
                "search" => "'copy ' || n.i || ' iris'",
                "created_at" => "jobs.created_at - 1000000 * CAST(1 + n.i AS BIGINT)",
                // The copies have none.
                "model_id" => "NULL",
                name => name,
            })
            .collect();
        let (columns, values) = (columns.join(", "), values.join(", "));
        let numbers = |count: u64| match self {
            Self::Sqlite(_) => format!(
                "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n) AS n"
            ),
            Self::Postgres { .. } => format!("generate_series(1, {count}) AS n(i)"),
        };
        self.run(&format!(
            "BEGIN;
             INSERT INTO jobs ({columns}) SELECT {values} FROM jobs, {} WHERE jobs.id = '{job}';
             DELETE FROM job_metrics WHERE job_id = '{job}';
             INSERT INTO job_metrics (job_id, seq, name, split, step, epoch, value, at)
             SELECT '{job}', n.i, 'loss', 'train', n.i, n.i / 1000, 1.0 / n.i, 1700000000000000 + n.i FROM {};
             UPDATE jobs SET last_seq = {}, step = {points}, total_steps = {points} WHERE id = '{job}';
             UPDATE job_logs SET seq = seq + {points} WHERE job_id = '{job}';
             COMMIT;
             {}",
            numbers(jobs),
            numbers(points),
            points + 1_000,
            // What a database does by itself while it grows slowly.
            match self {
                Self::Sqlite(_) => "ANALYZE;",
                Self::Postgres { .. } => "VACUUM ANALYZE;",
            },
        ))
    }

    /// A `UUIDv7` of long ago that `n.i` decides.
    fn id(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "printf('018f%04x-%04x-7000-8000-%012x', n.i / 65536, n.i % 65536, n.i)",
            Self::Postgres { .. } => {
                "'018f' || lpad(to_hex(n.i / 65536), 4, '0') || '-' || lpad(to_hex(n.i % 65536), 4, '0') || '-7000-8000-' || \
                 lpad(to_hex(n.i), 12, '0')"
            }
        }
    }

    fn columns(&self) -> anyhow::Result<Vec<String>> {
        let listed = match self {
            Self::Sqlite(_) => self.ask("SELECT name FROM pragma_table_info('jobs')"),
            Self::Postgres { .. } => self.ask(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'jobs' ORDER BY ordinal_position",
            ),
        };
        Ok(listed.context("the columns of jobs cannot be read")?.lines().map(ToOwned::to_owned).collect())
    }

    fn command(&self) -> Command {
        match self {
            Self::Sqlite(file) => {
                let mut sqlite = Command::new("sqlite3");
                sqlite.arg("-bail").arg(file);
                sqlite
            }
            Self::Postgres { postgres, url } => {
                let mut psql = Command::new(postgres.psql());
                psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", url]);
                psql
            }
        }
    }

    fn ask(&self, query: &str) -> Option<String> {
        let mut command = self.command();
        match self {
            Self::Sqlite(_) => command.arg(query),
            Self::Postgres { .. } => command.args(["--command", query]),
        };
        command::ask(&mut command)
    }

    fn run(&self, script: &str) -> anyhow::Result<()> {
        let mut shell = self.command().stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        shell.stdin.take().context("no pipe")?.write_all(script.as_bytes())?;
        anyhow::ensure!(shell.wait()?.success(), "the database could not be filled");
        Ok(())
    }
}
