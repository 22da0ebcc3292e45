//! A server of our own: a free port, an empty data folder, gone when dropped.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::Context;

use crate::command;

/// How to start one.
#[derive(Clone)]
pub struct Setup {
    pub executable: PathBuf,
    pub site: PathBuf,
    /// More arguments for `athanor serve`.
    pub arguments: Vec<String>,
}

impl Setup {
    /// The same with more arguments.
    pub fn with(&self, arguments: &[&str]) -> Self {
        let mut setup = self.clone();
        setup.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        setup
    }
}

pub struct Server {
    pub url: String,
    child: Child,
    setup: Setup,
    folder: PathBuf,
}

impl Server {
    /// Starts it and waits until it answers.
    pub fn start(setup: &Setup) -> anyhow::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("athanor-bench-{}-{number}", process::id()));
        fs::create_dir_all(&folder)?;
        let (child, url) = spawn(setup, &folder)?;
        Ok(Self { url, child, setup: setup.clone(), folder })
    }

    /// Resident memory in units of 1024 bytes, without its trainers.
    pub fn memory(&self) -> Option<u64> {
        let id = self.child.id();
        if let Ok(status) = fs::read_to_string(format!("/proc/{id}/status")) {
            return resident(&status);
        }
        command::ask(Command::new("ps").args(["-o", "rss=", "-p", &id.to_string()]))?.parse().ok()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Processor time so far, without its trainers; `None` where the system does not say.
    pub fn processor_time(&self) -> Option<Duration> {
        processor_time(&self.child.id().to_string())
    }

    /// Processes that train for it.
    pub fn trainers(&self) -> Vec<u32> {
        let listed = command::ask(Command::new("pgrep").args(["-P", &self.child.id().to_string()]));
        listed.unwrap_or_default().lines().filter_map(|pid| pid.parse().ok()).collect()
    }

    /// SIGKILL: nothing is said, nothing is written.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, and until it has ended.
    pub fn stop(&mut self) {
        // Asked first, so that it ends its trainers itself.
        let asked = cfg!(unix) && command::succeeds(Command::new("kill").arg(self.child.id().to_string()));
        if !asked {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }

    /// A new process on the same folder.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        (self.child, self.url) = spawn(&self.setup, &self.folder)?;
        Ok(())
    }
}

fn spawn(setup: &Setup, folder: &Path) -> anyhow::Result<(Child, String)> {
    // A folder without .env, and none of the settings of whoever calls.
    let mut command = Command::new(&setup.executable);
    for (variable, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ATHANOR_")) {
        command.env_remove(variable);
    }
    let log = fs::File::create(folder.join("server.log"))?;
    let mut child = command
        .current_dir(folder)
        .env("ATHANOR_BCRYPT_COST", "12")
        .args(["serve", "--addr", "127.0.0.1:0", "--data-dir", "data", "--site-dir"])
        .arg(&setup.site)
        .args(&setup.arguments)
        // What it can do is measured, not what it lets one caller do.
        .env("ATHANOR_RATE_LIMIT", "0")
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .with_context(|| format!("could not start {}", setup.executable.display()))?;
    let output = child.stdout.take().context("the server has no output")?;
    let mut lines = BufReader::new(output).lines();
    let url = lines.find_map(|line| line.ok()?.strip_prefix("listening on ").map(ToOwned::to_owned));
    let url = url.with_context(|| {
        let log = fs::read_to_string(folder.join("server.log")).unwrap_or_default();
        format!("the server ended before it listened: {}", log.trim())
    })?;
    Ok((child, url))
}

/// Of a process, or of this one ("self").
pub fn processor_time(process: &str) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    spent(&stat)
}

/// User and system time, which Linux counts in hundredths of a second. The name before them may have any character.
fn spent(stat: &str) -> Option<Duration> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
}

fn resident(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{resident, spent};

    #[test]
    fn processor_time_is_read_from_the_status_line() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 150 50 9 9 20 0 5 0 100 1 1";
        assert_eq!(spent(stat), Some(Duration::from_secs(2)));
        assert_eq!(spent("7 (athanor) S"), None);
    }

    #[test]
    fn memory_is_read_from_the_status() {
        assert_eq!(resident("Name:\tathanor\nVmPeak:\t 99 kB\nVmRSS:\t   51234 kB\n"), Some(51234));
        assert_eq!(resident("Name:\tathanor\n"), None);
    }
}
