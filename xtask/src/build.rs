//! `cargo xtask build`: one release executable with the page inside.

use std::path::PathBuf;

use crate::{
    command,
    site::{self, Edition},
    workspace::Workspace,
};

/// Builds it and gives its path.
///
/// # Errors
/// When the page or the executable does not build.
pub fn release(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    site::build(workspace, Edition::Release)?;
    command::run(
        "Building the release executable (ten minutes or more the first time)",
        workspace.cargo().args(["build", "--release", "-p", "server", "--features", "embed-site"]),
        "mend what the compiler says above",
    )?;
    Ok(workspace.target.join("release").join(format!("athanor{}", std::env::consts::EXE_SUFFIX)))
}
