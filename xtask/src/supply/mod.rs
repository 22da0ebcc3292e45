//! What the product is made of: whether every crate may be in it (`deny.toml`), and the list of them that goes with a release.
//!
//! `cargo deny` reads the same file and knows advisories too, but takes minutes to install. What needs no database is checked
//! here in a second; where `cargo deny` is installed, it is asked as well.

mod graph;
mod licence;
mod policy;
mod sbom;

use std::{
    fs,
    path::{Path, PathBuf},
};

use self::policy::Policy;
use crate::{command, workspace::Workspace};

/// Checks every crate that the lock file has for anybody who builds this.
///
/// # Errors
/// When one may not be there; the lines on standard error say which and why.
pub fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let policy = Policy::read(&workspace.root)?;
    let packages = graph::every_package(workspace)?;
    let wrong = policy.wrong(&packages);
    for line in &wrong {
        eprintln!("{line}");
    }
    anyhow::ensure!(wrong.is_empty(), "{} crates are not what deny.toml allows; the lines above say why", wrong.len());
    if command::succeeds(workspace.cargo().args(["deny", "--version"])) {
        let remedy = "mend what cargo deny says above; without a network, `cargo deny --offline check`";
        command::run("Asking cargo deny, advisories included", workspace.cargo().args(["deny", "check"]), remedy)?;
    }
    Ok(())
}

/// Writes the software bill of materials (CycloneDX) beside an executable, and gives its path.
///
/// # Errors
/// When cargo does not say what is in it, or it cannot be written.
pub fn write_bill(workspace: &Workspace, executable: &Path) -> anyhow::Result<PathBuf> {
    let path = executable.with_extension("cdx.json");
    let bill = sbom::bill(&graph::product(workspace)?, &sbom::checksums(&workspace.root)?);
    fs::write(&path, serde_json::to_string_pretty(&bill)? + "\n")?;
    Ok(path)
}
