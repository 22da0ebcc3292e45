//! The real executable in its roles, each behind a proxy, and what can be done to a process.

use std::{
    env,
    fs::{self, OpenOptions},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;

use super::proxy::Proxy;
use crate::command;

pub(super) const LEASE: Duration = Duration::from_secs(3);
/// How long a process may take until it answers.
const START: Duration = Duration::from_secs(25);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Serve,
    Worker,
}

/// How every process of a round is started.
#[derive(Clone)]
pub(super) struct Setup {
    pub(super) executable: PathBuf,
    /// Logs and the page; the data has a folder of its own.
    pub(super) folder: PathBuf,
    pub(super) data: PathBuf,
    pub(super) database_url: Option<String>,
    pub(super) slots: u32,
    /// `ATHANOR_TRAINER_FAULT`.
    pub(super) trainer: String,
}

pub(super) struct Node {
    pub(super) role: Role,
    pub(super) proxy: Proxy,
    pub(super) suspended: bool,
    setup: Setup,
    log: PathBuf,
    child: Option<Child>,
}

impl Setup {
    /// The page that servers of a round have: enough to start.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn site(&self) -> anyhow::Result<PathBuf> {
        let site = self.folder.join("site");
        fs::create_dir_all(&site)?;
        fs::write(
            site.join("assets.json"),
            r#"{"scripts":"/pkg/a","css":"/pkg/a.css","loader":"parts.js","parts":{},"inference":"/pkg/b/worker.js"}"#,
        )?;
        fs::write(site.join("favicon.svg"), "<svg/>")?;
        Ok(site)
    }

    /// A node that has not been started.
    ///
    /// # Errors
    /// When there is no port for its proxy.
    pub(super) fn node(&self, role: Role, name: &str) -> anyhow::Result<Node> {
        let log = self.folder.join(format!("{name}.log"));
        Ok(Node { role, proxy: Proxy::start()?, suspended: false, setup: self.clone(), log, child: None })
    }
}

impl Node {
    /// Starts it, and waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub(super) fn start(&mut self) -> anyhow::Result<()> {
        let Setup { executable, folder, data, database_url, slots, trainer } = &self.setup;
        let mut command = bound_to_us(executable);
        for (variable, _) in env::vars_os() {
            let name = variable.to_string_lossy();
            if name.starts_with("ATHANOR_") || matches!(&*name, "DATABASE_URL" | "JWT_SECRET" | "RUST_LOG") {
                command.env_remove(&variable);
            }
        }
        match self.role {
            Role::Serve => {
                command.args(["serve", "--addr", "127.0.0.1:0", "--site-dir"]).arg(self.setup.site()?);
            }
            Role::Worker => {
                command.arg("worker");
            }
        }
        command.args(["--bcrypt-cost", "4", "--lease-seconds", &LEASE.as_secs().to_string()]);
        command.args(["--slots", &slots.to_string(), "--checkpoint-seconds", "1", "--data-dir"]).arg(data);
        if let Some(url) = database_url {
            command.env("DATABASE_URL", url);
        }
        if !trainer.is_empty() {
            command.env("ATHANOR_TRAINER_FAULT", trainer);
        }
        let log = OpenOptions::new().create(true).append(true).open(&self.log)?;
        let mut child = command
            .env("RUST_BACKTRACE", "1")
            // A few people here ask more often than anybody would.
            .env("ATHANOR_RATE_LIMIT", "0")
            // Its trainers inherit it, and are known by it.
            .env("HOME", folder)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("could not start {}", executable.display()))?;
        let said = first_line(&mut child);
        let role = self.role;
        let port = said.as_deref().and_then(|line| line.trim().rsplit(':').next()?.parse().ok());
        if role == Role::Serve && port.is_none() || role == Role::Worker && said.is_none() {
            let _ = child.kill();
            let _ = child.wait();
            anyhow::bail!(
                "{} did not start; see {}",
                if role == Role::Serve { "a server" } else { "a worker" },
                self.log.display()
            );
        }
        if let Some(port) = port {
            self.proxy.lead_to(port);
        }
        self.child = Some(child);
        self.suspended = false;
        Ok(())
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Running, and not suspended.
    pub(super) fn is_awake(&self) -> bool {
        self.child.is_some() && !self.suspended
    }

    /// SIGKILL.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        self.suspended = false;
    }

    /// SIGTERM; [`Node::ended`] says when it is done.
    pub(super) fn terminate(&self) {
        if let Some(pid) = self.pid() {
            command::signal(pid, "TERM");
        }
    }

    /// How it ended, once it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.as_mut()?.try_wait().ok().flatten()?;
        self.child = None;
        Some(status)
    }

    pub(super) fn suspend(&mut self) {
        if let Some(pid) = self.pid() {
            command::signal(pid, "STOP");
            self.suspended = true;
        }
    }

    pub(super) fn go_on(&mut self) {
        if let Some(pid) = self.pid() {
            command::signal(pid, "CONT");
        }
        self.suspended = false;
    }

    /// SIGTERM, and the end, which has to be orderly.
    ///
    /// # Errors
    /// When it is not, or does not come within `patience`.
    pub(super) fn stop(&mut self, patience: Duration) -> anyhow::Result<()> {
        self.terminate();
        let until = Instant::now() + patience;
        while self.child.is_some() {
            if let Some(status) = self.ended() {
                anyhow::ensure!(status.success(), "a process that was asked to end ended with {status}");
                return Ok(());
            }
            anyhow::ensure!(Instant::now() < until, "a process that was asked to end did not within {patience:?}");
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    pub(super) fn log(&self) -> &Path {
        &self.log
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A command that is killed when we die, however that happens: nobody has to look for what a chaos left running.
fn bound_to_us(program: &Path) -> Command {
    let Some(setpriv) = command::find("setpriv") else { return Command::new(program) };
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// What it says first; `None` when it ends before, or takes too long.
fn first_line(child: &mut Child) -> Option<String> {
    let output = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        if BufReader::new(output).read_line(&mut line).is_ok_and(|length| length > 0) {
            let _ = sender.send(line);
        }
    });
    receiver.recv_timeout(START).ok()
}
