//! `athanor admin`: what an administrator does from a shell, also while a server runs.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::Subcommand;
use domain::Role;
use platform::admin::{Check, Site, backup, create_user, doctor, dump_state, list_users, reset_password, restore};

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
    /// Make an account. Without --password-stdin a link is printed by which its owner chooses a password.
    CreateUser {
        email: String,
        /// What to call the person; the part of the e-mail before the @ when absent.
        #[arg(long)]
        name: Option<String>,
        /// admin, member or viewer.
        #[arg(long, default_value = "member", value_parser = role)]
        role: Role,
        /// Read the password from standard input: one line.
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        place: Where,
    },
    /// Print a link by which somebody chooses a new password, within the hour.
    ResetPassword {
        email: String,
        #[command(flatten)]
        place: Where,
    },
    /// Print everybody who has an account: e-mail, role, when last seen.
    ListUsers {
        #[command(flatten)]
        place: Where,
    },
    /// Print the whole state of the queue, a JSON object a line.
    Jobs {
        #[command(flatten)]
        place: Where,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "say admin, member or viewer".to_owned())
}

/// One line of standard input, without its end.
fn password() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
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
        Command::CreateUser { email, name, role, password_stdin, place } => run_until_done(async move {
            let password = password_stdin.then(password).transpose()?;
            let who = (email.as_str(), name.as_deref(), role);
            let (user, link) = create_user(&place.site(), who, password.as_deref()).await?;
            println!("{} is a {} now", user.email, user.role.as_str());
            if let Some(link) = link {
                println!("within an hour, a password is chosen at {}", link.path);
            }
            Ok(())
        }),
        Command::ResetPassword { email, place } => run_until_done(async move {
            let link = reset_password(&place.site(), &email).await?;
            println!("within an hour, a new password is chosen at {}", link.path);
            Ok(())
        }),
        Command::ListUsers { place } => run_until_done(async move {
            let mut out = std::io::stdout().lock();
            for user in list_users(&place.site()).await? {
                let seen = user.last_seen_at.map_or_else(|| "never seen".to_owned(), |at| format!("seen {at}"));
                let locked = if user.disabled { ", locked" } else { "" };
                writeln!(out, "{}\t{}\t{seen}{locked}", user.email, user.role.as_str())?;
            }
            Ok(())
        }),
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
