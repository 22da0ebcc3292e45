//! A Chromium: the one named by CHROMIUM, the system's, or Playwright's own.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::node::Node;
use crate::command;

/// Ubuntu's `/usr/bin/chromium-browser` is not here: it only starts a snap, which knows nothing of our folders.
const PLACES: &[&str] = &["/usr/bin/chromium", "/usr/bin/google-chrome", "/opt/homebrew/bin/chromium"];

/// The Debian package to install, if any.
pub(super) fn package() -> Option<&'static str> {
    present().is_none().then_some("chromium")
}

fn present() -> Option<PathBuf> {
    let named = env::var_os("CHROMIUM").map(PathBuf::from);
    named.into_iter().chain(PLACES.iter().map(PathBuf::from)).find(|path| path.is_file())
}

/// # Errors
/// When there is none and Playwright cannot download its own.
pub(super) fn ready(node: &Node, folder: &Path) -> anyhow::Result<PathBuf> {
    if let Some(path) = present() {
        return Ok(path);
    }
    let own = || {
        let script = "console.log(require('@playwright/test').chromium.executablePath())";
        let path = command::ask(node.command(folder, "node").args(["-e", script])).map(PathBuf::from);
        path.filter(|path| path.is_file())
    };
    if let Some(path) = own() {
        return Ok(path);
    }
    let mut install = node.command(folder, "npx");
    install.args(["playwright", "install"]);
    if cfg!(target_os = "linux") {
        install.arg("--with-deps");
    }
    command::run(
        "Installing Chromium for the browser tests",
        install.arg("chromium"),
        "install Chromium yourself and set CHROMIUM to its path",
    )?;
    own().context("there is no Chromium; install it and set CHROMIUM to its path")
}
