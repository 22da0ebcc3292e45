//! What makes two builds of one commit the same, wherever they are made: no folders of the machine in the result, and the time
//! of the commit where a tool writes a time.

use std::{path::PathBuf, process::Command};

use crate::{command, workspace::Workspace};

/// Flags that take the folder of downloaded crates out of what is compiled. Our own files are named from the root already.
pub fn flags() -> Vec<String> {
    cargo_home().map(|home| remapped(&home, "cargo")).into_iter().collect()
}

/// The environment of a release build of the server.
pub fn prepare(workspace: &Workspace, cargo: &mut Command) {
    let mut folders = vec![(workspace.root.clone(), "athanor"), (workspace.target.clone(), "target")];
    folders.extend(cargo_home().map(|home| (home, "cargo")));
    let flags: Vec<String> = folders.iter().map(|(from, to)| remapped(from, to)).collect();
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    // The C libraries within (SQLite, AWS-LC, mimalloc) name their files too.
    let flags: Vec<String> =
        folders.iter().map(|(from, to)| format!("-ffile-prefix-map={}={to}", from.display())).collect();
    cargo.env("CFLAGS", flags.join(" ")).env("CXXFLAGS", flags.join(" "));
    let committed = command::ask(command::at(&workspace.root, "git").args(["log", "-1", "--format=%ct"]));
    if let Some(seconds) = committed.filter(|seconds| !seconds.is_empty()) {
        cargo.env("SOURCE_DATE_EPOCH", seconds);
    }
}

fn remapped(from: &std::path::Path, to: &str) -> String {
    format!("--remap-path-prefix={}={to}", from.display())
}

fn cargo_home() -> Option<PathBuf> {
    let given = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    given("CARGO_HOME").or_else(|| given("HOME").map(|home| home.join(".cargo")))
}
