//! `cargo xtask chaos`: the real executable under a seeded schedule of kills, suspensions, cuts, damage and full disks,
//! and a checker that shares nothing with it. The invariants are in docs/RELIABILITY.md.

mod api;
mod check;
mod cluster;
mod disk;
mod faults;
mod ledger;
mod mutants;
mod people;
mod proxy;
mod reference;
mod round;
mod trainers;
mod truth;
mod watcher;
mod work;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, ExitCode},
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use reference::Reference;
use round::{Engine, Ground};

use crate::{apt, command, host, postgres::Postgres, workspace::Workspace};

/// Rounds of `cargo xtask test`, half of them on each engine.
const IN_TESTS: u64 = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Engines {
    Sqlite,
    Postgres,
    /// One round on one, the next on the other
    Both,
}

#[derive(Debug, clap::Args)]
pub struct Flags {
    /// How many rounds
    #[arg(long, default_value_t = 10)]
    rounds: u64,
    /// Of the first round; the next has the next [default: the time]
    #[arg(long)]
    seed: Option<u64>,
    #[arg(long, value_enum, default_value_t = Engines::Both)]
    engine: Engines,
    /// Keeps the folders, also of rounds without a violation
    #[arg(long)]
    keep: bool,
    /// Plants each bug of xtask/mutants in a copy of this checkout and expects rounds to find it
    #[arg(long)]
    mutants: bool,
    /// Plants only the bug of this name
    #[arg(long, requires = "mutants")]
    mutant: Option<String>,
    /// Another executable than this checkout's, which must be a debug build
    #[arg(long)]
    executable: Option<PathBuf>,
}

/// Plays rounds and prints a line for each.
///
/// # Errors
/// When they cannot be played.
pub fn run(workspace: &Workspace, flags: &Flags) -> anyhow::Result<ExitCode> {
    disk::enter_namespace();
    prepare()?;
    if flags.mutants {
        return mutants::run(workspace, flags);
    }
    let executable = match &flags.executable {
        Some(executable) => executable.canonicalize()?,
        None => host::server(workspace)?,
    };
    let now = UNIX_EPOCH.elapsed().map_or(1, |since| since.as_secs());
    let first = flags.seed.unwrap_or(now);
    let found = rounds(&executable, flags.engine, first, flags.rounds, flags.keep, false)?;
    println!("{} rounds from seed {first}, {} with violations", flags.rounds, found.len());
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// As a part of the tests: ten short rounds whose seeds are always the same.
///
/// # Errors
/// When there is a violation.
pub fn test(workspace: &Workspace) -> anyhow::Result<()> {
    let executable = host::server(workspace)?;
    let ours = env::current_exe()?;
    command::run(
        "Ten rounds of chaos",
        process::Command::new(ours)
            .args(["chaos", "--seed", "1", "--rounds", &IN_TESTS.to_string(), "--executable"])
            .arg(executable),
        "the lines above say what must not be, and how to repeat it",
    )
}

fn prepare() -> anyhow::Result<()> {
    if apt::is_debian() && Path::new("/usr/bin/dpkg-query").exists() {
        apt::install(&["postgresql", "sqlite3"], "what is recorded is read with them")?;
    }
    Ok(())
}

/// Gives what was found, a list for each round with violations; the first of them ends it when `until_found`.
fn rounds(
    executable: &Path,
    engines: Engines,
    first: u64,
    count: u64,
    keep: bool,
    until_found: bool,
) -> anyhow::Result<Vec<Vec<String>>> {
    let folder = env::temp_dir().join(format!("athanor-chaos-{}-reference", process::id()));
    command::announce("Training every spec undisturbed");
    let reference = Arc::new(Reference::make(executable, folder.clone())?);
    let _ = fs::remove_dir_all(folder);
    let postgres = if engines == Engines::Sqlite { None } else { Some(Postgres::start()?) };
    let ground = Ground { executable, reference, postgres: postgres.as_ref() };
    let mut found = Vec::new();
    for number in 0..count {
        let seed = first + number;
        let engine = match engines {
            Engines::Sqlite => Engine::Sqlite,
            Engines::Both if seed.is_multiple_of(2) => Engine::Sqlite,
            Engines::Postgres | Engines::Both => Engine::Postgres,
        };
        let report = round::play(&ground, engine, seed, keep)?;
        println!("round {} of {count}, {:<8}, seed {seed}: {}", number + 1, engine.name(), report.line);
        if !report.violations.is_empty() {
            for violation in &report.violations {
                println!("  VIOLATION: {violation}");
            }
            found.push(report.violations);
            if until_found {
                let _ = fs::remove_dir_all(report.folder);
                break;
            }
            println!("  kept in {}", report.folder.display());
            println!("  again: cargo xtask chaos --rounds 1 --seed {seed} --engine {}", engine.name());
        }
        // Nobody of the last round is left when the next begins.
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(found)
}
