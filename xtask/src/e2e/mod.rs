//! `cargo xtask e2e`: Playwright in a real Chromium against the real executable.

mod chromium;
mod node;

use std::{path::PathBuf, process::Command};

use self::node::Node;
use crate::{
    apt, command, host,
    site::{self, Edition},
    workspace::Workspace,
};

/// Node with our packages, and a Chromium for it.
pub struct Browser {
    node: Node,
    folder: PathBuf,
    chromium: PathBuf,
}

impl Browser {
    /// Sets up what is missing.
    ///
    /// # Errors
    /// When something cannot be had.
    pub fn ready(workspace: &Workspace) -> anyhow::Result<Self> {
        let folder = workspace.root.join("end2end");
        if apt::is_debian() {
            // Fonts, because pictures of pages are looked at: Persian needs glyphs.
            let packages = [chromium::package(), node::package(), Some("fonts-noto-core")];
            apt::install(&packages.into_iter().flatten().collect::<Vec<_>>(), "browser tests")?;
        }
        let node = node::ready()?;
        node.install(&folder)?;
        let chromium = chromium::ready(&node, &folder)?;
        Ok(Self { node, folder, chromium })
    }

    /// A program of Node's beside the packages, which finds the Chromium.
    pub fn command(&self, program: &str) -> Command {
        let mut command = self.node.command(&self.folder, program);
        command.env("CHROMIUM", &self.chromium);
        command
    }
}

/// Sets up what is missing and runs the tests.
///
/// # Errors
/// When something cannot be set up, or a test fails.
pub fn run(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<()> {
    let site = site::build(workspace, Edition::Development)?;
    let executable = host::server(workspace)?;
    command::run(
        "Browser tests",
        Browser::ready(workspace)?
            .command("npx")
            .args(["playwright", "test"])
            .args(arguments)
            .env("ATHANOR_BIN", executable)
            .env("ATHANOR_SITE_DIR", site),
        "look at the output above, and at the traces in end2end/test-results",
    )
}
