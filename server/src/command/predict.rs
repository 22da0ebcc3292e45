//! `athanor predict`: a file of rows, asked of a model of a server or in a folder of this machine.

use std::{path::PathBuf, process::ExitCode};

use crate::client::{self, Exit, ServerFlags, predict, tell};

/// Writes the rows with a column `prediction` beside them, and for classes a column `probability`; with --json a line for each row.
#[derive(clap::Args)]
pub struct Flags {
    /// A folder with a model, or the id or name of one of the server.
    model: String,
    /// CSV, TSV or JSONL, gzipped or not; - is CSV on standard input.
    data: PathBuf,
    /// Where to; one of that name is replaced [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    server: ServerFlags,
}

pub fn run(flags: Flags) -> ExitCode {
    client::run(flags.server.json, || {
        let rows = predict(&flags.server, &flags.model, &flags.data, flags.out.as_deref())?;
        if let Some(out) = flags.out.as_ref().filter(|_| !flags.server.json) {
            tell::say(&format!("{}  {rows} rows", out.display()))?;
        }
        Ok(Exit::Done)
    })
}
