//! `cargo xtask`: builds, runs and tests Athanor, and sets up whatever that needs.

mod apt;
mod bench;
mod build;
mod chaos;
mod client;
mod command;
mod e2e;
mod formats;
mod fuzz;
mod host;
mod images;
mod postgres;
mod python;
mod random;
mod reproducible;
mod run;
mod schemathesis;
mod server;
mod site;
mod smoke;
mod supply;
mod test;
mod texts;
mod tidy;
mod walk;
mod wasm;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use workspace::Workspace;

/// The two to know: `cargo xtask run` and `cargo xtask test`.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds what is missing and serves the product at http://127.0.0.1:3000
    Run {
        /// Arguments for `athanor serve`, after `--`
        #[arg(last = true)]
        serve: Vec<String>,
    },
    /// Sets up what the tests need and runs them all: tidy, fmt, clippy, unit, flow and browser tests, chaos
    Test {
        /// Runs one part
        #[arg(long, value_enum)]
        only: Option<test::Part>,
    },
    /// Builds the release executable with the page inside, and beside it a list of what it is made of; its path is the last line
    Build,
    /// Builds the page (WebAssembly, styles, static files) into target/site
    Site,
    /// Runs the browser tests in Chromium
    E2e {
        /// Arguments for `playwright test`, after `--`
        #[arg(last = true)]
        playwright: Vec<String>,
    },
    /// Measures, and prints a line a number
    Bench(bench::Flags),
    /// Kills, suspends and cuts off whatever runs while people train, and checks that nothing is lost, doubled or damaged
    Chaos(chaos::Flags),
    /// Gives made-up and damaged files, messages and requests to everything that reads them
    Fuzz(fuzz::Flags),
    /// Asks a server what its specification allows and forbids, and checks every answer
    Schemathesis(schemathesis::Flags),
    /// Walks through a running server in seven steps: health, register, login, me, train, wait, list
    Smoke {
        #[arg(default_value = "http://127.0.0.1:3000")]
        url: String,
    },
    /// Checks the rules of the house: arrows between crates, file sizes, names, first lines
    Tidy,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match Workspace::find().and_then(|workspace| start(&workspace, arguments.task)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(workspace: &Workspace, task: Task) -> anyhow::Result<ExitCode> {
    match task {
        Task::Run { serve } => return run::run(workspace, &serve),
        Task::Test { only } => return test::run(workspace, only),
        Task::Chaos(flags) => return chaos::run(workspace, &flags),
        Task::Smoke { url } => return Ok(smoke::run(&url)),
        Task::Build => println!("{}", build::release(workspace)?.display()),
        Task::Site => println!("{}", site::build(workspace, site::Edition::Release)?.display()),
        Task::E2e { playwright } => e2e::run(workspace, &playwright)?,
        Task::Bench(flags) => bench::run(workspace, &flags)?,
        Task::Fuzz(flags) => fuzz::run(workspace, &flags)?,
        Task::Schemathesis(flags) => schemathesis::run(workspace, &flags)?,
        Task::Tidy => tidy::run(workspace)?,
    }
    Ok(ExitCode::SUCCESS)
}
