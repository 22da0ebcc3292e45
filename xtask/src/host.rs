//! Cargo calls for this machine. They all name the same crates with the same features and the same profile, because
//! cargo compiles a dependency again for every other set of features, and Burn takes minutes.

use std::{path::PathBuf, process::Command};

use crate::{command, workspace::Workspace};

/// What runs on this machine. `xtask` is apart: what it depends on must not change the features of the product.
const CRATES: &[&str] = &["domain", "dataset", "engine", "platform", "app", "server"];

/// Cargo with a subcommand for all host crates.
pub fn cargo(workspace: &Workspace, subcommand: &str) -> Command {
    let mut cargo = workspace.cargo();
    cargo.arg(subcommand);
    for name in CRATES {
        cargo.args(["-p", name]);
    }
    cargo.args(["--features", "app/ssr"]);
    cargo
}

/// Builds the development executable and gives its path.
///
/// # Errors
/// When it does not compile.
pub fn server(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    command::run(
        "Building the server (the first time this compiles Burn, which takes several minutes)",
        cargo(workspace, "build").args(["--bin", "athanor"]),
        "mend what the compiler says above",
    )?;
    Ok(workspace.target.join("debug").join(format!("athanor{}", std::env::consts::EXE_SUFFIX)))
}

/// Makes sure of a cargo subcommand that rustup delivers as a component.
///
/// # Errors
/// When it is missing and rustup cannot add it.
pub fn component(workspace: &Workspace, subcommand: &str, component: &str) -> anyhow::Result<()> {
    if command::succeeds(workspace.cargo().args([subcommand, "--version"])) {
        return Ok(());
    }
    command::run(
        &format!("Adding {component} to the toolchain"),
        Command::new("rustup").args(["component", "add", component]),
        &format!("install rustup, or {component} for your cargo"),
    )
}
