//! Running other programs: say why, run, and when it fails say what to do.

use std::{
    ffi::OsStr,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, anyhow};

/// Announces a step that takes a moment, on standard error.
pub fn announce(what: &str) {
    eprintln!("==> {what}");
}

/// Runs a command that the user sees the output of.
///
/// # Errors
/// One sentence: what did not work, and `remedy`, which says what to do about it.
pub fn run(reason: &str, command: &mut Command, remedy: &str) -> anyhow::Result<()> {
    announce(reason);
    let program = name(command);
    // What programs say is for people; standard output is kept for results, such as the path of an executable.
    let status = command
        .stdout(std::io::stderr())
        .status()
        .map_err(|error| anyhow!("{reason}: `{program}` could not be started ({error}); {remedy}"))?;
    anyhow::ensure!(status.success(), "{reason}: `{program}` failed ({status}); {remedy}");
    Ok(())
}

/// What a command prints on standard output, trimmed; `None` when it fails or does not exist.
pub fn ask(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether a command exists and succeeds; it says nothing.
pub fn succeeds(command: &mut Command) -> bool {
    ask(command).is_some()
}

/// Sends a signal, such as "KILL"; fine when the process is gone.
pub fn signal(pid: u32, name: &str) {
    succeeds(Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()));
}

/// A command at a folder.
pub fn at(folder: &Path, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}

/// The cargo that started us, without the variables it set for us alone: some build scripts watch them, and would run
/// again whenever somebody changes between `cargo build` and `cargo xtask`.
pub fn cargo(folder: &Path) -> Command {
    let mut command = at(folder, std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (variable, _) in std::env::vars_os() {
        if variable.to_str().is_some_and(is_about_this_crate) {
            command.env_remove(variable);
        }
    }
    command
}

fn is_about_this_crate(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"]
        .iter()
        .any(|prefix| variable.starts_with(prefix))
}

/// Where a program is on the search path.
pub fn find(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The home of what is downloaded or built once for all checkouts: `~/.cache/athanor`.
///
/// # Errors
/// When neither XDG_CACHE_HOME nor HOME is set.
pub fn cache() -> anyhow::Result<std::path::PathBuf> {
    let home = |variable| std::env::var_os(variable).filter(|value| !value.is_empty()).map(std::path::PathBuf::from);
    let cache = home("XDG_CACHE_HOME").or_else(|| home("HOME").map(|home| home.join(".cache")));
    Ok(cache.context("there is no folder for caches; set HOME")?.join("athanor"))
}

fn name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program()).to_string_lossy();
    let first = command.get_args().next().map(|argument| format!(" {}", argument.to_string_lossy()));
    format!("{program}{}", first.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{ask, is_about_this_crate, run, succeeds};

    #[test]
    fn a_failure_says_what_to_do() {
        let error = run("Breaking", Command::new("sh").args(["-c", "exit 3"]), "mend it").unwrap_err().to_string();
        assert!(error.starts_with("Breaking: `sh -c` failed") && error.ends_with("mend it"), "{error}");
        let error = run("Looking", &mut Command::new("no-such-program-here"), "install it").unwrap_err().to_string();
        assert!(error.contains("could not be started") && error.ends_with("install it"), "{error}");
    }

    #[test]
    fn questions_are_answered_trimmed() {
        assert_eq!(ask(Command::new("sh").args(["-c", "echo ' 1.95 '"])).as_deref(), Some("1.95"));
        assert!(!succeeds(Command::new("sh").args(["-c", "exit 1"])));
    }

    #[test]
    fn only_what_cargo_says_about_this_crate_is_dropped() {
        assert!(is_about_this_crate("CARGO_PKG_NAME") && is_about_this_crate("CARGO_MANIFEST_DIR"));
        assert!(!is_about_this_crate("CARGO_TARGET_DIR") && !is_about_this_crate("CARGO_HOME"));
    }
}
