//! `athanor data`: datasets of a server.

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use domain::dataset::DatasetView;
use serde_json::{Value, json};

use crate::client::{self, Connection, Exit, Failure, ServerFlags, ask, datasets, one_dataset, push, tell, visible};

#[derive(clap::Args)]
pub struct Flags {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Upload a file: CSV, TSV, JSONL (gzipped or not), or a zip with one folder of images for each class.
    Push {
        file: PathBuf,
        /// What to call it [default: the name of the file without its ending].
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        server: ServerFlags,
    },
    /// List yours and the samples.
    Ls {
        #[command(flatten)]
        server: ServerFlags,
    },
    /// Delete one. Its jobs and models stay.
    Rm {
        /// Its id or its name.
        dataset: String,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
        #[command(flatten)]
        server: ServerFlags,
    },
}

pub fn run(flags: Flags) -> ExitCode {
    match flags.command {
        Command::Push { file, name, server } => client::run(server.json, || {
            let answer = push(&Connection::open(&server)?, &file, name.as_deref())?;
            if server.json {
                tell::say_json(&answer)?;
            } else {
                let dataset = &answer["dataset"];
                let text = |key: &str| visible(dataset[key].as_str().unwrap_or_default()).into_owned();
                tell::say(&format!("{}  {}  {} rows", text("id"), text("name"), dataset["rows"]))?;
            }
            Ok(Exit::Done)
        }),
        Command::Ls { server } => client::run(server.json, || list(&server)),
        Command::Rm { dataset, yes, server } => client::run(server.json, || remove(&server, &dataset, yes)),
    }
}

fn list(server: &ServerFlags) -> Result<Exit, Failure> {
    let connection = Connection::open(server)?;
    if server.json {
        let (datasets, count) = connection.list::<Value>("/api/datasets", "datasets", usize::MAX)?;
        tell::say_json(&json!({"ok": true, "datasets": datasets, "count": count}))?;
        return Ok(Exit::Done);
    }
    let row = |dataset: DatasetView| {
        vec![
            dataset.id.to_string(),
            dataset.profile.rows.to_string(),
            dataset.profile.columns.len().to_string(),
            dataset.format.as_str().to_owned(),
            if dataset.sample { format!("{} (sample)", dataset.name) } else { dataset.name },
        ]
    };
    let rows: Vec<Vec<String>> = datasets(&connection)?.into_iter().map(row).collect();
    tell::table(&["ID", "ROWS", "COLUMNS", "FORMAT", "NAME"], &rows)?;
    Ok(Exit::Done)
}

fn remove(server: &ServerFlags, named: &str, yes: bool) -> Result<Exit, Failure> {
    if !yes && !ask::can_ask() {
        return Err(Failure::usage("Nobody can be asked here: say --yes to delete without a question."));
    }
    let connection = Connection::open(server)?;
    let dataset = one_dataset(&connection, named)?;
    let (id, name, rows) = (dataset.id, visible(&dataset.name), dataset.profile.rows);
    if !yes && !ask::confirmed(&format!("Delete the dataset \"{name}\" ({rows} rows, {id})?"))? {
        return Err(Failure::refused("Nothing was deleted."));
    }
    let answer = connection.delete(&format!("/api/datasets/{id}"))?;
    if server.json {
        tell::say_json(&answer)?;
    } else {
        tell::say(&format!("Deleted \"{name}\" ({id})."))?;
    }
    Ok(Exit::Done)
}
