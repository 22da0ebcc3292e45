//! Node, which Playwright runs in: the system's if it is new enough, otherwise one of our own from npm.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::command;

/// The oldest major version that Playwright accepts.
const OLDEST: u32 = 20;
/// What is installed when the system's is older; Debian 12 has 18.
const OWN: &str = "node@22";

/// A Node that is new enough.
pub(super) struct Node {
    /// A folder to look in first, where the system's will not do.
    bin: Option<PathBuf>,
}

/// The Debian package to install, if any: it brings Node with it.
pub(super) fn package() -> Option<&'static str> {
    command::find("npm").is_none().then_some("npm")
}

/// # Errors
/// When there is no npm, or npm cannot download.
pub(super) fn ready() -> anyhow::Result<Node> {
    anyhow::ensure!(
        command::find("npm").is_some(),
        "the browser tests need npm; install Node.js {OLDEST} or newer from your package manager"
    );
    if major(&mut Command::new("node")).is_some_and(|major| major >= OLDEST) {
        return Ok(Node { bin: None });
    }
    let home = command::cache()?.join("node");
    let bin = home.join("node_modules/node/bin");
    if major(&mut Command::new(bin.join("node"))).is_none_or(|major| major < OLDEST) {
        fs::create_dir_all(&home)?;
        command::run(
            &format!("Installing a newer Node.js for the browser tests into {}", home.display()),
            command::at(&home, "npm").args(["install", "--no-audit", "--no-fund", "--prefix", "."]).arg(OWN),
            &format!("install Node.js {OLDEST} or newer yourself"),
        )?;
    }
    Ok(Node { bin: Some(bin) })
}

fn major(node: &mut Command) -> Option<u32> {
    command::ask(node.arg("--version"))?.strip_prefix('v')?.split('.').next()?.parse().ok()
}

impl Node {
    /// A program of Node's in a folder.
    pub(super) fn command(&self, folder: &Path, program: &str) -> Command {
        let mut command = command::at(folder, program);
        if let Some(bin) = &self.bin {
            let path = env::var_os("PATH").unwrap_or_default();
            let folders = std::iter::once(bin.clone()).chain(env::split_paths(&path));
            if let Ok(path) = env::join_paths(folders) {
                command.env("PATH", path);
            }
        }
        command
    }

    /// The packages that a folder's lock file names, unless they are there already.
    ///
    /// # Errors
    /// When npm cannot.
    pub(super) fn install(&self, folder: &Path) -> anyhow::Result<()> {
        let lock = fs::read(folder.join("package-lock.json"))?;
        let stamp = folder.join("node_modules/.installed-lock.json");
        if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
            return Ok(());
        }
        command::run(
            "Installing the npm packages of the browser tests",
            self.command(folder, "npm")
                .args(["ci", "--no-audit", "--no-fund"])
                .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
            "see whether npm can reach its registry",
        )?;
        fs::write(stamp, lock)?;
        Ok(())
    }
}
