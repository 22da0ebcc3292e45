//! `cargo xtask schemathesis`: a server is asked what its specification allows, and what it forbids, thousands of times. It
//! never fails, says nothing that is not specified, takes all that is right and nothing that is wrong.

mod config;
mod site;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;
use config::Ids;
use serde_json::json;

use crate::{
    client::{Client, PASSWORD, text, unique_email},
    command, host, images, python,
    server::{Server, Setup},
    workspace::Workspace,
};

/// Requests of `cargo xtask test`: about two minutes.
const IN_TESTS: u64 = 5_000;
/// People and API tokens that may be deleted: so many that some are left until the end.
const MANY: usize = 20;

#[derive(Debug, clap::Args)]
pub struct Flags {
    /// How many requests at least
    #[arg(long, default_value_t = 10_000)]
    requests: u64,
    /// Of the first run; the next has the next
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// An executable that is built already
    #[arg(long)]
    executable: Option<PathBuf>,
}

/// A part of `cargo xtask test`.
///
/// # Errors
/// As for [`run`].
pub fn test(workspace: &Workspace) -> anyhow::Result<()> {
    run(workspace, &Flags { requests: IN_TESTS, seed: 1, executable: None })
}

/// Starts a server with little room and something of everything, and lets Schemathesis ask.
///
/// # Errors
/// When an answer is wrong, or there were fewer requests than were asked for.
pub fn run(workspace: &Workspace, flags: &Flags) -> anyhow::Result<()> {
    let packages: Vec<&str> = include_str!("requirements.txt").lines().collect();
    let python = python::environment("schemathesis", &packages)?;
    let executable = flags.executable.clone().map_or_else(|| host::server(workspace), Ok)?;
    let limits = ["--bcrypt-cost", "4", "--slots", "1", "--max-upload-mb", "1", "--job-memory-mb", "512"];
    let limits = limits.map(str::to_owned).to_vec();
    let site = site::Site::new()?;
    let server = Server::start(&Setup { executable, site: site.folder().to_owned(), arguments: limits })?;
    let folder = server.data().with_file_name("schemathesis");
    fs::create_dir_all(&folder)?;
    let (client, ids) = fill(&server.url, &folder)?;
    let config = folder.join("schemathesis.toml");
    fs::write(&config, config::text(client.token(), &ids))?;
    let mut seed = flags.seed;
    loop {
        let mut schemathesis = Command::new(&python);
        schemathesis.args(["-m", "schemathesis.cli", "--config-file"]).arg(&config).arg("run");
        schemathesis.arg(format!("{}/api/openapi.json", server.url)).args(["--seed", &seed.to_string()]);
        schemathesis.current_dir(&folder).env("NO_PROXY", "*").env("PYTHONUTF8", "1");
        let remedy = "mend the route, or what its handler says of itself; `st replay` in the lines above repeats it";
        command::run(&format!("Asking the server what seed {seed} makes"), &mut schemathesis, remedy)?;
        let who = client.get("/api/auth/verify").context("who asked has been locked out half way")?;
        anyhow::ensure!(who["user"]["role"] == "admin", "who asked is no admin any more");
        let answered = answered(&server.url)?;
        println!("{answered} requests answered");
        if answered >= flags.requests {
            return Ok(());
        }
        seed += 1;
    }
}

/// An admin with data, a trained model and an experiment, who asks with an API token; and others whom it does not matter what
/// happens to.
fn fill(url: &str, folder: &Path) -> anyhow::Result<(Client, Ids)> {
    let stranger = Client::new(url);
    let session = stranger.stranger()?;
    let made = session.post("/api/tokens", &json!({"name": "Schemathesis", "scope": "admin"}))?;
    let client = session.with_token(text(&made, "/secret")?);
    let archive = folder.join("pictures.zip");
    images::write(&archive, 12, 8, 3)?;
    let uploaded = client.upload("pictures.zip", fs::read(&archive)?)?;
    let experiment = client.post("/api/experiments", &json!({"name": "Small"}))?;
    let experiment = text(&experiment, "/experiment/id")?.to_owned();
    let mut ids = Ids { experiments: vec![experiment.clone()], ..Ids::default() };
    // Nobody has this name (RFC 6761).
    let webhook = client.post("/api/webhooks", &json!({"url": "https://athanor.invalid/"}))?;
    ids.webhooks.push(text(&webhook, "/id")?.to_owned());
    for number in 0..MANY {
        let person = json!({"email": unique_email(), "password": PASSWORD, "name": format!("Person {number}")});
        ids.people.push(text(&stranger.post("/api/auth/register", &person)?, "/user/id")?.to_owned());
        let token = client.post("/api/tokens", &json!({"name": format!("Token {number}"), "scope": "read"}))?;
        ids.tokens.push(text(&token, "/id")?.to_owned());
    }
    ids.pictures.push(text(&uploaded, "/dataset/id")?.to_owned());
    for dataset in ["iris", "sample_dataset"] {
        let wanted = json!({ "dataset": dataset, "epochs": 3, "experiment_id": experiment });
        let job = text(&client.post("/api/training", &wanted)?, "/job_id")?.to_owned();
        let ended = client.wait_for_the_end(&job)?;
        ids.models.push(text(&ended, "/model_id").context("the job has no model")?.to_owned());
        ids.datasets.push(text(&ended, "/dataset_id")?.to_owned());
        ids.jobs.push(job);
    }
    // One that was stopped can go on.
    let endless = json!({"dataset": "iris", "epochs": 100_000, "early_stopping": false});
    let job = text(&client.post("/api/training", &endless)?, "/job_id")?.to_owned();
    client.wait_until(&job, |status| status["status"] == "RUNNING")?;
    client.post(&format!("/api/training/{job}/stop"), &json!({}))?;
    client.wait_for_the_end(&job)?;
    ids.jobs.push(job);
    Ok((client, ids))
}

/// Requests to the API so far, as the server counts them.
fn answered(url: &str) -> anyhow::Result<u64> {
    let text = ureq::get(format!("{url}/metrics")).call()?.body_mut().read_to_string()?;
    let counted =
        text.lines().filter(|line| line.starts_with("athanor_http_requests_total{") && line.contains("\"/api/"));
    Ok(counted.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum())
}
