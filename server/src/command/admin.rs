//! `athanor admin`: what an administrator does from a shell, also while a server runs.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::Subcommand;
use platform::admin::{Check, Site, backup, doctor, dump_state, restore};

use super::{confinement, run_until_done};

#[derive(clap::Args)]
pub struct Flags {
    #[command(subcommand)]
    command: Command,
}

/// Which installation.
#[derive(clap::Args)]
struct Where {
    /// The data directory of the server.
    #[arg(long, env = "ATHANOR_DATA_DIR", default_value = "artifacts")]
    data_dir: PathBuf,
    /// postgres://user:password@host/database; the SQLite file in the data directory when absent.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

impl Where {
    fn site(self) -> Site {
        let database_url = self.database_url.filter(|url| !url.is_empty());
        Site { data_dir: self.data_dir, database_url }
    }
}

#[derive(Subcommand)]
enum Command {
    /// Write everything into one file, while the server goes on: .tar, or .tar.gz to compress it.
    Backup {
        /// Appears when it is whole; one of that name is replaced.
        file: PathBuf,
        #[command(flatten)]
        place: Where,
    },
    /// Put a backup into a new data directory, and into a new database when one is given.
    Restore {
        file: PathBuf,
        /// Where to; must be empty or not exist.
        #[arg(long)]
        data_dir: PathBuf,
        /// postgres://... of an empty database; SQLite in the data directory when absent, whatever the backup was made of.
        #[arg(long)]
        database_url: Option<String>,
    },
    /// Examine everything, change nothing, and say what is wrong; exit code 1 when something is.
    Doctor {
        /// Read every dataset and every model, to compare hashes.
        #[arg(long)]
        deep: bool,
        #[command(flatten)]
        place: Where,
    },
    /// Print the whole state of the queue, a JSON object a line.
    Jobs {
        #[command(flatten)]
        place: Where,
    },
}

pub fn run(flags: Flags) -> ExitCode {
    match flags.command {
        Command::Backup { file, place } => run_until_done(async move {
            let made = backup(&place.site(), &file).await?;
            println!("{}: {} rows, {} files, {} bytes", file.display(), made.rows, made.files, made.bytes);
            for skipped in made.skipped {
                println!("left out, deleted meanwhile: {skipped}");
            }
            Ok(())
        }),
        Command::Restore { file, data_dir, database_url } => run_until_done(async move {
            let site = Where { data_dir, database_url }.site();
            let restored = restore(&file, &site).await?;
            println!(
                "{}: {} rows, {} files of Athanor {}; {} jobs go on from their last checkpoint",
                site.data_dir.display(),
                restored.rows,
                restored.files,
                restored.made_by,
                restored.requeued
            );
            Ok(())
        }),
        Command::Doctor { deep, place } => run_until_done(examine(place.site(), deep)),
        Command::Jobs { place } => run_until_done(async move {
            let mut out = std::io::stdout().lock();
            for line in dump_state(&place.site()).await? {
                writeln!(out, "{line}")?;
            }
            Ok(())
        }),
    }
}

async fn examine(site: Site, deep: bool) -> anyhow::Result<()> {
    let mut findings = doctor(&site, deep).await?;
    findings.push(confinement::look());
    let mut wrong = 0;
    for finding in findings {
        let mark = match finding.check {
            Check::Fine => "ok   ",
            Check::Note => "note ",
            Check::Wrong => {
                wrong += 1;
                "WRONG"
            }
        };
        println!("{mark} {}", finding.sentence);
    }
    anyhow::ensure!(wrong == 0, "{wrong} things are wrong; the lines above say what and what to do");
    Ok(())
}
