//! `cargo xtask e2e`: Playwright in a real Chromium against the real executable.

mod chromium;
mod node;

use crate::{apt, command, host, site, workspace::Workspace};

/// Sets up what is missing and runs the tests.
///
/// # Errors
/// When something cannot be set up, or a test fails.
pub fn run(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<()> {
    let site = site::build(workspace)?;
    let executable = host::server(workspace)?;
    let folder = workspace.root.join("end2end");
    if apt::is_debian() {
        // Fonts, because pictures of pages are looked at: Persian needs glyphs.
        let packages = [chromium::package(), node::package(), Some("fonts-noto-core")];
        apt::install(&packages.into_iter().flatten().collect::<Vec<_>>(), "browser tests")?;
    }
    let node = node::ready()?;
    node.install(&folder)?;
    let chromium = chromium::ready(&node, &folder)?;
    command::run(
        "Browser tests",
        node.command(&folder, "npx")
            .args(["playwright", "test"])
            .args(arguments)
            .env("ATHANOR_BIN", executable)
            .env("ATHANOR_SITE_DIR", site)
            .env("CHROMIUM", chromium),
        "look at the output above, and at the traces in end2end/test-results",
    )
}
