//! A server of our own: a free port, an empty data folder, gone when dropped.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
};

use anyhow::Context;

use crate::command;

pub(super) struct Server {
    pub(super) url: String,
    child: Child,
    folder: PathBuf,
}

impl Server {
    /// Starts it and waits until it answers.
    pub(super) fn start(executable: &Path, site: &Path) -> anyhow::Result<Self> {
        let folder = env::temp_dir().join(format!("athanor-bench-{}", process::id()));
        fs::create_dir_all(&folder)?;
        // A folder without .env, and none of the settings of whoever calls.
        let mut command = Command::new(executable);
        for (variable, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ATHANOR_")) {
            command.env_remove(variable);
        }
        let log = fs::File::create(folder.join("server.log"))?;
        let child = command
            .current_dir(&folder)
            .args(["serve", "--addr", "127.0.0.1:0", "--bcrypt-cost", "12", "--data-dir", "data", "--site-dir"])
            .arg(site)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("could not start {}", executable.display()))?;
        let mut server = Self { url: String::new(), child, folder };
        let output = server.child.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(output).lines();
        let url = lines.find_map(|line| line.ok()?.strip_prefix("listening on ").map(ToOwned::to_owned));
        server.url = url.with_context(|| {
            let log = fs::read_to_string(server.folder.join("server.log")).unwrap_or_default();
            format!("the server ended before it listened: {}", log.trim())
        })?;
        Ok(server)
    }

    /// Resident memory in units of 1024 bytes, without its trainers.
    pub(super) fn memory(&self) -> Option<u64> {
        let id = self.child.id();
        if let Ok(status) = fs::read_to_string(format!("/proc/{id}/status")) {
            return resident(&status);
        }
        command::ask(Command::new("ps").args(["-o", "rss=", "-p", &id.to_string()]))?.parse().ok()
    }
}

fn resident(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked first, so that it ends its trainers itself.
        let asked = cfg!(unix) && command::succeeds(Command::new("kill").arg(self.child.id().to_string()));
        if !asked {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::resident;

    #[test]
    fn memory_is_read_from_the_status() {
        assert_eq!(resident("Name:\tathanor\nVmPeak:\t 99 kB\nVmRSS:\t   51234 kB\n"), Some(51234));
        assert_eq!(resident("Name:\tathanor\n"), None);
    }
}
