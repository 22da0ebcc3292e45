//! `cargo xtask bench`: numbers about a server of our own on an empty data folder. It reports, and fails only when
//! something cannot be measured: what is fast enough depends on the machine.

mod engine;
mod folder;
mod jobs;
mod latency;
mod load;
mod quality;
mod table;
mod ui;

use std::{
    env,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use crate::{
    build,
    client::Client,
    command, host,
    server::{Server, Setup},
    site::{self, Edition},
    walk,
    workspace::Workspace,
};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Subject {
    /// Time to the first metric, idle memory, size of the page, behaviour under load
    Server,
    /// Watchers, a grown database, recovery after kills, half-written files
    Jobs,
    /// Training, reading and many small jobs, beside PyTorch and pandas
    Engine,
    /// Models by every default, beside those of scikit-learn
    Quality,
    /// Pages in a browser with much in the database, beside MLflow's
    Ui,
}

/// How it is measured.
#[derive(clap::Args)]
pub struct Flags {
    #[arg(value_enum, default_value_t = Subject::Server)]
    subject: Subject,
    /// Measures the development build instead of a release
    #[arg(long)]
    dev: bool,
    /// Of the engine's measurements, which take turns with PyTorch's, and of opening each page
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Of the measurements of engine, quality or ui, those whose names contain this: 784, CNN, csv, jobs; wine, shops;
    /// list, experiment, comparison, points, live, 3G
    #[arg(long)]
    only: Option<String>,
    /// Measures pages without MLflow beside them
    #[arg(long)]
    no_mlflow: bool,
    /// Seconds for which the page of a job that is being trained is watched
    #[arg(long, default_value_t = 60)]
    live: u32,
}

/// Builds, measures and prints, a line a number.
///
/// # Errors
/// When the server cannot be built or started, or does not answer.
pub fn run(workspace: &Workspace, flags: &Flags) -> anyhow::Result<()> {
    let (rounds, only) = (flags.rounds, flags.only.as_deref());
    let setup = setup(workspace, flags.dev)?;
    match flags.subject {
        Subject::Server => measure_server(&setup),
        Subject::Jobs => jobs::run(&setup),
        Subject::Engine => engine::run(workspace, &setup, rounds, only),
        Subject::Quality => quality::run(&setup, only),
        Subject::Ui => {
            ui::run(workspace, &setup, ui::Wanted { rounds, only, mlflow: !flags.no_mlflow, live: flags.live })
        }
    }
}

/// What is built, or, as for the browser tests, what ATHANOR_BIN and ATHANOR_SITE_DIR name.
fn setup(workspace: &Workspace, dev: bool) -> anyhow::Result<Setup> {
    let named = |variable| env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let (Some(executable), Some(site)) = (named("ATHANOR_BIN"), named("ATHANOR_SITE_DIR")) {
        println!("build                     {}", executable.display());
        return Ok(Setup { executable, site, arguments: Vec::new() });
    }
    let executable = if dev { host::server(workspace)? } else { build::release(workspace)? };
    let site = site::build(workspace, if dev { Edition::Development } else { Edition::Release })?;
    println!("build                     {}", if dev { "dev" } else { "release" });
    Ok(Setup { executable, site, arguments: Vec::new() })
}

fn measure_server(setup: &Setup) -> anyhow::Result<()> {
    command::announce("Starting a server on an empty data folder");
    let server = Server::start(setup)?;
    let at_start = server.memory();
    thread::sleep(Duration::from_secs(2));
    let idle = server.memory();
    let client = Client::new(&server.url);

    println!("memory after start        {}", megabytes(at_start));
    println!("memory after 2 s idle     {}", megabytes(idle));
    println!("module, brotli            {}", module_size(&setup.site));
    command::announce("Measuring how soon a job shows its first number");
    println!("first metric              {}", latency::first_metric(&client)?);
    command::announce("Load: 200 registrations, 50 uploads and 200 jobs from 8 threads");
    load::run(&client)?.print();
    println!("memory after the load     {}", megabytes(server.memory()));
    Ok(())
}

fn megabytes(kilobytes: Option<u64>) -> String {
    kilobytes
        .map_or_else(|| "unknown on this system".to_owned(), |size| format!("{:.1} MB", size as f64 * 1.024 / 1000.0))
}

/// Of what every page loads, in brotli.
fn module_size(site: &Path) -> String {
    let files = walk::files(&site.join("pkg")).unwrap_or_default();
    let module = files.into_iter().find(|file| file.ends_with("athanor_bg.wasm.br"));
    let size = module.and_then(|file| file.metadata().ok()).map(|file| file.len());
    size.map_or_else(|| "there is none".to_owned(), |size| format!("{:.1} kB", size as f64 / 1000.0))
}
