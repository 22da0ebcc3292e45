//! A trainer process: starting it, the two pipes, and how it ended.

use std::{
    collections::VecDeque, ffi::OsString, io, process::ExitStatus, process::Stdio, sync::Arc, sync::Mutex,
    sync::PoisonError,
};

use domain::wire::trainer::{AGENT_GONE, Command as Order, Frame};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{ChildStdin, Command},
    sync::mpsc,
    task::JoinHandle,
};
use tracing::Instrument;

use crate::queue::Lease;

/// Longest line a trainer may send; a frame has a few hundred bytes.
const LINE_BYTES: u64 = 16 << 20;
/// Lines of stderr that are quoted when a trainer dies.
const LAST_WORDS: usize = 12;
/// Frames taken at once.
const BATCH: usize = 64;

/// What of the environment a trainer inherits: no secrets.
const ENVIRONMENT: &[&str] = &["PATH", "HOME", "TMPDIR", "LANG", "RUST_BACKTRACE", "ATHANOR_TRAINER_FAULT"];

/// Killed when dropped.
pub(super) struct Child {
    process: tokio::process::Child,
    stdin: ChildStdin,
    frames: mpsc::Receiver<io::Result<Frame>>,
    broken: Option<io::Error>,
    last_words: Arc<Mutex<VecDeque<String>>>,
    stderr: JoinHandle<()>,
}

impl Child {
    /// Starts `command` (program, then arguments) for an attempt, which the process's environment names: whoever looks at
    /// the machine can tell what trains there.
    pub(super) fn start(command: &[OsString], lease: &Lease) -> io::Result<Self> {
        let (program, arguments) =
            command.split_first().ok_or_else(|| io::Error::other("no trainer command is configured"))?;
        let mut process = Command::new(program);
        process
            .args(arguments)
            .env_clear()
            .envs(ENVIRONMENT.iter().filter_map(|name| std::env::var_os(name).map(|value| (name, value))))
            .env("ATHANOR_JOB", lease.job_id.to_string())
            .env("ATHANOR_ATTEMPT", lease.attempt.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // Ctrl-C in a terminal goes to the whole process group: the agent decides what becomes of its trainers.
        #[cfg(unix)]
        process.process_group(0);
        let mut process = process.spawn()?;
        let missing = || io::Error::other("a pipe of the trainer is missing");
        let stdin = process.stdin.take().ok_or_else(missing)?;
        let stdout = process.stdout.take().ok_or_else(missing)?;
        let stderr = process.stderr.take().ok_or_else(missing)?;
        let (sender, frames) = mpsc::channel(BATCH);
        tokio::spawn(read_frames(stdout, sender));
        let last_words = Arc::default();
        let stderr = tokio::spawn(read_last_words(stderr, Arc::clone(&last_words)).in_current_span());
        Ok(Self { process, stdin, frames, broken: None, last_words, stderr })
    }

    /// The process, as the system names it; `None` once it has ended.
    pub(super) fn id(&self) -> Option<u32> {
        self.process.id()
    }

    pub(super) async fn send(&mut self, order: &Order) -> io::Result<()> {
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        self.stdin.write_all(&line).await?;
        self.stdin.flush().await
    }

    /// The frames that have come, at least one; empty at the end. May be dropped and called again.
    ///
    /// # Errors
    /// When what came next is no frame; those before it were given out.
    pub(super) async fn frames(&mut self) -> io::Result<Vec<Frame>> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        let mut batch = Vec::new();
        self.frames.recv_many(&mut batch, BATCH).await;
        let mut frames = Vec::with_capacity(batch.len());
        for frame in batch {
            match frame {
                Ok(frame) => frames.push(frame),
                Err(error) if frames.is_empty() => return Err(error),
                // The last one: nothing is read after it.
                Err(error) => self.broken = Some(error),
            }
        }
        Ok(frames)
    }

    /// Waits for the end and says how it came.
    pub(super) async fn end(mut self) -> Ended {
        let status = self.process.wait().await;
        if status.as_ref().is_ok_and(|status| status.code() == Some(i32::from(AGENT_GONE))) {
            return Ended::TookUsForGone;
        }
        // The pipe may hold words that were not read yet; a grandchild may hold it open, so not for ever.
        let _ = tokio::time::timeout(std::time::Duration::from_secs(1), &mut self.stderr).await;
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        let how = status.map_or_else(|error| format!("could not be waited for: {error}"), describe);
        let said: Vec<&str> = words.iter().map(String::as_str).collect();
        Ended::Died(if said.is_empty() { how } else { format!("{how}: {}", said.join(" ")) })
    }

    pub(super) async fn kill(mut self) {
        // Fails only when it has ended already.
        let _ = self.process.kill().await;
    }
}

/// How a trainer ended that did not say so itself.
pub(super) enum Ended {
    /// For people.
    Died(String),
    /// It heard nothing from us for too long: this process had been suspended.
    TookUsForGone,
}

fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if let Some(signal) = status.signal() {
            let name = match signal {
                4 => "illegal instruction",
                6 => "abort",
                7 => "bus error",
                9 => "kill, as the system does when memory runs out",
                11 => "segmentation fault",
                15 => "terminate",
                25 => "a file grew beyond what a trainer may write",
                31 => "a system call that is not allowed here",
                _ => "unexpected",
            };
            return format!("was ended by signal {signal} ({name})");
        }
    }
    match status.code() {
        Some(0) => "ended without saying how".to_owned(),
        Some(code) => format!("ended with code {code}"),
        None => "ended in an unknown way".to_owned(),
    }
}

async fn read_frames(stdout: impl AsyncRead + Unpin, sender: mpsc::Sender<io::Result<Frame>>) {
    let mut stdout = BufReader::new(stdout);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut stdout).take(LINE_BYTES).read_until(b'\n', &mut line).await;
        let frame = match read {
            Ok(0) => return,
            Ok(_) if line.last() != Some(&b'\n') => {
                // The trainer died in the middle of a line; how is told by its exit status.
                return;
            }
            Ok(_) => serde_json::from_slice(&line).map_err(io::Error::from),
            Err(error) => Err(error),
        };
        let broken = frame.is_err();
        if sender.send(frame).await.is_err() || broken {
            return;
        }
    }
}

async fn read_last_words(stderr: impl AsyncRead + Unpin, words: Arc<Mutex<VecDeque<String>>>) {
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    let mut tracing_back = false;
    loop {
        line.clear();
        match (&mut stderr).take(4_096).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        tracing::debug!(trainer = %text);
        // What comes after the reason of a panic is for people with a terminal.
        tracing_back |= text == "stack backtrace:";
        if text.is_empty() || tracing_back || text.starts_with("note: run with") {
            continue;
        }
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        if words.len() == LAST_WORDS {
            words.pop_front();
        }
        words.push_back(text);
    }
}
