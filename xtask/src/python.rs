//! Python environments for comparing with other programs, kept in the user's cache.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{apt, command};

const REMEDY: &str = "install Python 3.9 or newer with its venv module, and make sure that PyPI can be reached";

/// The interpreter of an environment of that name with these packages, as `pip install` takes them.
///
/// # Errors
/// When there is no Python, or the packages cannot be had.
pub fn environment(name: &str, packages: &[&str]) -> anyhow::Result<PathBuf> {
    let folder = command::cache()?.join("python").join(name);
    let (python, stamp) = (folder.join("bin").join("python"), folder.join("packages"));
    let wanted = packages.join("\n");
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    make(&folder)?;
    install(&python, packages)?;
    fs::write(stamp, wanted)?;
    Ok(python)
}

/// An empty environment in a folder; what was in it is gone.
///
/// # Errors
/// When there is no Python.
pub fn make(folder: &Path) -> anyhow::Result<()> {
    if apt::is_debian() && !command::succeeds(Command::new("python3").args(["-m", "ensurepip", "--version"])) {
        apt::install(&["python3-venv"], "what is compared with runs in Python")?;
    }
    fs::create_dir_all(folder)?;
    let mut venv = Command::new("python3");
    command::run("Making a Python environment", venv.args(["-m", "venv", "--clear"]).arg(folder), REMEDY)
}

/// Installs packages into the environment of an interpreter; options of `pip install` may be among them.
///
/// # Errors
/// When they cannot be had.
pub fn install(python: &Path, packages: &[&str]) -> anyhow::Result<()> {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
    command::run(&format!("Installing {}", packages.join(", ")), &mut pip, REMEDY)
}
