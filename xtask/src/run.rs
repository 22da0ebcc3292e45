//! `cargo xtask run`: the product, built and served.

use std::process::{Command, ExitCode};

use anyhow::Context;

use crate::{
    command, host,
    site::{self, Edition},
    workspace::Workspace,
};

/// Builds what is missing and becomes the server, so that Ctrl-C reaches it and nothing else.
pub fn run(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<ExitCode> {
    let site = site::build(workspace, Edition::Development)?;
    let executable = host::server(workspace)?;
    command::announce("Starting; open http://127.0.0.1:3000 unless you asked for another address; Ctrl-C stops it");
    let mut server = Command::new(&executable);
    server.current_dir(&workspace.root).arg("serve").args(arguments).env("ATHANOR_SITE_DIR", site);
    become_it(server).with_context(|| format!("could not start {}; build again", executable.display()))
}

#[cfg(unix)]
fn become_it(mut command: Command) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> std::io::Result<ExitCode> {
    let status = command.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
