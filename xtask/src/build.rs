//! `cargo xtask build`: one release executable with the page inside, and beside it the list of what it is made of.

use std::path::PathBuf;

use crate::{
    command, reproducible,
    site::{self, Edition},
    supply,
    workspace::Workspace,
};

/// Builds it and gives its path.
///
/// # Errors
/// When the page or the executable does not build.
pub fn release(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    site::build(workspace, Edition::Release)?;
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--release", "--locked", "-p", "server", "--features", "embed-site"]);
    reproducible::prepare(workspace, &mut cargo);
    command::run(
        "Building the release executable (ten minutes or more the first time)",
        &mut cargo,
        "mend what the compiler says above",
    )?;
    let executable = workspace.target.join("release").join(format!("athanor{}", std::env::consts::EXE_SUFFIX));
    let bill = supply::write_bill(workspace, &executable)?;
    command::announce(&format!("What it is made of is listed in {}", bill.display()));
    Ok(executable)
}
