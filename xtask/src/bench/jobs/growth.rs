//! How long people wait when the database has grown.

use std::time::Instant;

use serde_json::json;

use super::{quantiles::Times, seed::Shell, swarm::subscribe};
use crate::{
    bench::megabytes,
    client::{Client, text},
    postgres::Postgres,
    server::{Server, Setup},
};

const JOBS: u64 = 100_000;
const POINTS: u64 = 1_000_000;
const ASKED: usize = 200;
/// Of what takes longer.
const ASKED_SELDOM: usize = 3;

pub(super) fn on_sqlite(setup: &Setup) -> anyhow::Result<()> {
    let mut server = Server::start(&setup.with(&["--slots", "1"]))?;
    let (owner, stranger, job) = people(&server)?;
    server.stop();
    let file = server.data().join("athanor.db");
    Shell::Sqlite(&file).fill(&job, JOBS, POINTS)?;
    measure(&mut server, &owner, &stranger, &job)
}

pub(super) fn on_postgres(setup: &Setup, postgres: &Postgres) -> anyhow::Result<()> {
    let url = postgres.database("growth")?;
    let mut server = Server::start(&setup.with(&["--slots", "1", "--database-url", &url]))?;
    let (owner, stranger, job) = people(&server)?;
    server.stop();
    Shell::Postgres { postgres, url: &url }.fill(&job, JOBS, POINTS)?;
    measure(&mut server, &owner, &stranger, &job)
}

/// Whoever has all the jobs, somebody with a few, and the job that is copied. Neither is an admin.
fn people(server: &Server) -> anyhow::Result<(Client, Client, String)> {
    let admin = Client::new(&server.url).stranger()?;
    let (owner, stranger) = (admin.stranger()?, admin.stranger()?);
    let mut job = String::new();
    for client in [&stranger, &stranger, &owner] {
        let request = json!({ "dataset": "iris", "epochs": 2, "name": "original" });
        text(&client.post("/api/training", &request)?, "/job_id")?.clone_into(&mut job);
        client.wait_for_the_end(&job)?;
    }
    Ok((owner, stranger, job))
}

fn measure(server: &mut Server, owner: &Client, stranger: &Client, job: &str) -> anyhow::Result<()> {
    let begun = Instant::now();
    server.start_again()?;
    println!("start                     {} until it answers", super::milliseconds(begun.elapsed()));
    let (owner, stranger) = (owner.at(&server.url), stranger.at(&server.url));
    let get = |client: &Client, path: &str| client.get(path).map(drop);
    time("list, owner of all", || get(&owner, "/api/training/jobs?limit=50"))?;
    time("list, owner of three", || get(&stranger, "/api/training/jobs?limit=50"))?;
    time("list, sorted by loss", || get(&owner, "/api/training/jobs?limit=50&sort=loss"))?;
    time("list, searched", || get(&owner, "/api/training/jobs?limit=50&search=copy%2099999"))?;
    time("status", || get(&owner, &format!("/api/training/{job}")))?;
    time("subscribe, all points", || hear(&owner, job, 0))?;
    time("subscribe, newest points", || hear(&owner, job, POINTS - 100))?;
    time_of(ASKED_SELDOM, "curve of 1,000 points", || {
        get(&owner, &format!("/api/training/{job}/metrics?max_points=1000"))
    })?;
    time("submit", || owner.post("/api/training", &json!({ "dataset": "iris", "epochs": 1 })).map(drop))?;
    println!("memory                    {}", megabytes(server.memory()));
    Ok(())
}

/// Subscribes and waits for the first message.
fn hear(client: &Client, job: &str, after: u64) -> anyhow::Result<()> {
    let mut socket = subscribe(client, job, after)?;
    let first = socket.read()?;
    anyhow::ensure!(first.to_text()?.contains("job_update"), "an unexpected message: {first}");
    Ok(())
}

fn time(what: &str, ask: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<()> {
    time_of(ASKED, what, ask)
}

fn time_of(count: usize, what: &str, mut ask: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut times = Times::default();
    for _ in 0..count {
        let begun = Instant::now();
        ask()?;
        times.add(begun.elapsed());
    }
    println!("{what:<25} {}", times.summary());
    Ok(())
}
