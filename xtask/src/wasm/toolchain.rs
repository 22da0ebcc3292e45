//! Finds, adds or builds a standard library for WebAssembly, in the order of what costs least.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{TARGET, debian};
use crate::{apt, command, workspace::Workspace};

/// What compiles for the browser.
pub struct Toolchain {
    /// The compiler, where it is not the one that cargo would choose.
    pub rustc: Option<PathBuf>,
    /// Where the standard library is, if not with the compiler.
    pub sysroot: Option<PathBuf>,
    /// Changes whenever the compiler or the standard library does.
    pub stamp: String,
}

/// A toolchain that is ready to use, set up if need be.
///
/// # Errors
/// When there is no way to one on this machine; the sentence says what to do.
pub fn ready(workspace: &Workspace) -> anyhow::Result<Toolchain> {
    if has_target(workspace) {
        return native(workspace);
    }
    if let Some(cached) = debian::cached()? {
        return Ok(cached);
    }
    command::announce("The toolchain cannot build for browsers yet: adding wasm32-unknown-unknown with rustup");
    // Whether it worked is seen in the folder, not in what rustup says: there may be no rustup at all.
    let added = Command::new("rustup").args(["target", "add", TARGET]).stdout(std::io::stderr()).status();
    if added.is_ok_and(|status| status.success()) && has_target(workspace) {
        return native(workspace);
    }
    anyhow::ensure!(
        apt::is_debian(),
        "there is no standard library for WebAssembly; run `rustup target add {TARGET}` where rustup can download"
    );
    command::announce("rustup could not add it: building the standard library from Debian's source package");
    debian::build()
}

fn native(workspace: &Workspace) -> anyhow::Result<Toolchain> {
    let version = command::ask(command::at(&workspace.root, "rustc").arg("-vV"));
    let stamp = version.ok_or_else(|| anyhow::anyhow!("`rustc -vV` failed; install Rust from https://rustup.rs"))?;
    Ok(Toolchain { rustc: None, sysroot: None, stamp })
}

fn has_target(workspace: &Workspace) -> bool {
    let folder =
        command::ask(command::at(&workspace.root, "rustc").args(["--print", "target-libdir", "--target", TARGET]));
    folder.is_some_and(|folder| holds_std(Path::new(&folder)))
}

/// Whether a folder has a standard library in it.
pub(super) fn holds_std(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && Path::new(name.as_ref()).extension().is_some_and(|extension| extension == "rlib")
    })
}
