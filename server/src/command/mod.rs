//! The roles of the executable, a file each.

pub mod admin;
pub mod completions;
mod confinement;
pub mod data;
pub mod jobs;
pub mod login;
pub mod openapi;
mod platform_flags;
pub mod predict;
pub mod pull;
mod request_flags;
pub mod routes;
pub mod serve;
pub mod train;
pub mod worker;

use std::process::ExitCode;

use anyhow::Context;

use crate::telemetry;

/// Runs a role to its end, and says why it failed.
fn run_until_done(role: impl Future<Output = anyhow::Result<()>>) -> ExitCode {
    telemetry::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.context("could not start the runtime").and_then(|runtime| runtime.block_on(role));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("athanor: {error:#}");
            ExitCode::FAILURE
        }
    }
}
