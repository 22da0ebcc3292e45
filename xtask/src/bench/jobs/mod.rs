//! `cargo xtask bench jobs`: what the promises about jobs cost. Watchers on one job, a database that has grown, how soon
//! a job trains again after a death, and half-written files.

mod growth;
mod halves;
mod quantiles;
mod recovery;
mod seed;
mod swarm;
mod watchers;

use std::time::Duration;

use crate::{apt, command, postgres, postgres::Postgres, server::Setup};

/// Measures and prints, a line a number.
///
/// # Errors
/// When something cannot be measured, and when a file was ever half there.
pub(super) fn run(setup: &Setup) -> anyhow::Result<()> {
    postgres::ensure()?;
    apt::ensure("sqlite3", "it fills the database")?;
    command::announce("Kills, and how soon a job trains again");
    recovery::measure(setup)?.print();
    command::announce("1,000 watchers on one job that says where it stands 50 times a second");
    watchers::measure(setup)?.print();
    command::announce("100,000 jobs and a job with 1,000,000 points, in SQLite");
    growth::on_sqlite(setup)?;
    command::announce("100,000 jobs and a job with 1,000,000 points, in PostgreSQL");
    growth::on_postgres(setup, &Postgres::start()?)?;
    command::announce("SIGKILL during 100 uploads and 100 models being written");
    halves::measure(setup)?.print();
    Ok(())
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
