//! PostgreSQL's programs, for the tests that start a server of their own.

mod server;

pub use server::Postgres;

use std::{fs, path::PathBuf};

use crate::{apt, command};

const PROGRAMS: [&str; 4] = ["initdb", "postgres", "pg_isready", "createdb"];

/// Makes sure that they are here.
///
/// # Errors
/// When they are missing and cannot be installed; the sentence says what to do.
pub fn ensure() -> anyhow::Result<()> {
    if found() {
        return Ok(());
    }
    anyhow::ensure!(
        command::find("apt-get").is_some(),
        "the tests start a PostgreSQL server, and its programs are not in PATH; install PostgreSQL 14 or newer"
    );
    apt::install(&["postgresql"], "a database server for the tests")?;
    anyhow::ensure!(found(), "PostgreSQL was installed, but initdb is neither in PATH nor under /usr/lib/postgresql");
    Ok(())
}

/// Debian keeps them out of PATH, one directory a version.
fn found() -> bool {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let whole = |folder: PathBuf| PROGRAMS.iter().all(|program| folder.join(program).exists());
    debian.map(|version| version.path().join("bin")).chain(std::env::split_paths(&path)).any(whole)
}
