//! Debian packages: installed when missing, with sudo unless we are root.

use std::{fs, process::Command};

use crate::command;

/// Whether this is Debian itself: Ubuntu has apt but other packages.
pub fn is_debian() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|text| names_debian(&text)) && command::find("apt-get").is_some()
}

fn names_debian(os_release: &str) -> bool {
    os_release.lines().any(|line| matches!(line.trim(), "ID=debian" | "ID=\"debian\""))
}

/// Installs those of the packages that are missing.
///
/// # Errors
/// When apt cannot; the sentence names the command to run by hand.
pub fn install(packages: &[&str], what_for: &str) -> anyhow::Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    let remedy = format!("run `sudo apt-get update && sudo apt-get install --no-install-recommends {list}` yourself");
    // A list of packages that cannot be refreshed may still be good enough.
    if let Err(error) = command::run("Refreshing the list of packages", apt()?.arg("update"), "going on without") {
        command::announce(&error.to_string());
    }
    command::run(
        &format!("Installing {list} ({what_for})"),
        apt()?.args(["install", "--yes", "--no-install-recommends"]).args(&missing),
        &remedy,
    )
}

/// Makes sure of a program that is in a package of its name.
///
/// # Errors
/// When it is missing and cannot be installed.
pub fn ensure(program: &str, what_for: &str) -> anyhow::Result<()> {
    if command::find(program).is_some() {
        return Ok(());
    }
    anyhow::ensure!(command::find("apt-get").is_some(), "{program} is not in PATH: install it ({what_for})");
    install(&[program], what_for)
}

fn is_installed(package: &str) -> bool {
    let status = command::ask(Command::new("dpkg-query").args(["-W", "-f=${db:Status-Status}", package]));
    status.as_deref() == Some("installed")
}

fn apt() -> anyhow::Result<Command> {
    let mut apt = if command::ask(Command::new("id").arg("-u")).as_deref() == Some("0") {
        Command::new("env")
    } else {
        anyhow::ensure!(
            command::find("sudo").is_some(),
            "packages have to be installed, and there is neither root nor sudo; run this once as root"
        );
        let mut sudo = Command::new("sudo");
        sudo.arg("env");
        sudo
    };
    apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    Ok(apt)
}

#[cfg(test)]
mod tests {
    use super::names_debian;

    #[test]
    fn ubuntu_is_not_debian() {
        assert!(names_debian("NAME=\"Debian GNU/Linux\"\nID=debian\n"));
        assert!(!names_debian("ID=ubuntu\nID_LIKE=debian\n"));
    }
}
