//! The trainer process of this machine: the same that an agent starts, with the same frames.

use std::{
    collections::VecDeque,
    env,
    io::{self, BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, TryRecvError, channel},
    thread::{self, JoinHandle},
};

use domain::wire::trainer::{Command as Order, Frame, Start};

use crate::client::failure::Failure;

/// Longest line that a trainer may send.
const LINE_BYTES: u64 = 16 << 20;
/// Lines of stderr that are quoted when it dies.
const LAST_WORDS: usize = 12;
/// What of the environment it inherits: no tokens.
const ENVIRONMENT: &[&str] = &["PATH", "HOME", "TMPDIR", "LANG", "RUST_BACKTRACE", "ATHANOR_TRAINER_FAULT"];

/// Killed when dropped.
pub(super) struct Trainer {
    process: Child,
    stdin: ChildStdin,
    frames: Receiver<io::Result<Frame>>,
    stderr: Option<JoinHandle<String>>,
}

/// What came from it.
pub(super) enum Heard {
    Frame(Box<Frame>),
    /// It says nothing any more.
    End,
}

impl Trainer {
    pub(super) fn start(start: &Start) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::refused(format!("The trainer could not be started: {error}."));
        let mut process = Command::new(env::current_exe().map_err(failed)?);
        process
            .arg("trainer")
            .env_clear()
            .envs(ENVIRONMENT.iter().filter_map(|name| env::var_os(name).map(|value| (name, value))))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Ctrl-C in a terminal goes to the whole process group; what becomes of the trainer is decided here.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut process, 0);
        let mut process = process.spawn().map_err(failed)?;
        let missing = || failed(io::Error::other("a pipe is missing"));
        let stdin = process.stdin.take().ok_or_else(missing)?;
        let stdout = process.stdout.take().ok_or_else(missing)?;
        let stderr = process.stderr.take().ok_or_else(missing)?;
        let (sender, frames) = channel();
        thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Some(frame) = read_frame(&mut stdout) {
                let broken = frame.is_err();
                if sender.send(frame).is_err() || broken {
                    return;
                }
            }
        });
        let stderr = Some(thread::spawn(move || last_words(stderr)));
        let mut trainer = Self { process, stdin, frames, stderr };
        // One that dies before it has read this says so by the end of its frames.
        trainer.send(&Order::Start(Box::new(start.clone())));
        Ok(trainer)
    }

    /// Everything that has come since the last call.
    ///
    /// # Errors
    /// When something was no frame.
    pub(super) fn heard(&mut self) -> Result<Vec<Heard>, Failure> {
        let mut heard = Vec::new();
        loop {
            match self.frames.try_recv() {
                Ok(Ok(frame)) => heard.push(Heard::Frame(Box::new(frame))),
                Ok(Err(error)) => {
                    return Err(Failure::refused(format!("The trainer said something unreadable: {error}.")));
                }
                Err(TryRecvError::Empty) => return Ok(heard),
                Err(TryRecvError::Disconnected) => {
                    heard.push(Heard::End);
                    return Ok(heard);
                }
            }
        }
    }

    pub(super) fn stop(&mut self) {
        self.send(&Order::Stop);
    }

    /// Nothing more is expected of it.
    pub(super) fn end(&mut self) {
        // Both fail only when it has ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// How it ended that did not say so itself.
    pub(super) fn last_words(&mut self) -> String {
        let how = match self.process.wait() {
            Ok(status) => format!("ended with {status}"),
            Err(error) => format!("could not be waited for: {error}"),
        };
        let words = self.stderr.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        if words.is_empty() { how } else { format!("{how}: {words}") }
    }

    fn send(&mut self, order: &Order) {
        // Fails only when it has ended, which its frames will tell.
        let _ = serde_json::to_vec(order).map_err(io::Error::from).and_then(|mut line| {
            line.push(b'\n');
            self.stdin.write_all(&line)?;
            self.stdin.flush()
        });
    }
}

impl Drop for Trainer {
    fn drop(&mut self) {
        self.end();
    }
}

/// `None` at the end, also when that comes in the middle of a line: how it ended is told by its exit status.
fn read_frame(stdout: &mut impl BufRead) -> Option<io::Result<Frame>> {
    let mut line = Vec::new();
    match stdout.take(LINE_BYTES).read_until(b'\n', &mut line) {
        Ok(_) if line.last() != Some(&b'\n') => None,
        Ok(_) => Some(serde_json::from_slice(&line).map_err(io::Error::from)),
        Err(error) => Some(Err(error)),
    }
}

fn last_words(stderr: impl Read) -> String {
    let mut words = VecDeque::new();
    for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        if text == "stack backtrace:" {
            break;
        }
        if text.is_empty() || text.starts_with("note: run with") {
            continue;
        }
        if words.len() == LAST_WORDS {
            words.pop_front();
        }
        words.push_back(text);
    }
    Vec::from(words).join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Frame, last_words, read_frame};

    #[test]
    fn frames_are_lines_and_what_breaks_off_is_none() {
        let mut said = &b"{\"frame\":\"loading\",\"share\":0.5}\nnonsense\n{\"frame\":"[..];
        assert!(matches!(read_frame(&mut said), Some(Ok(Frame::Loading { share: 0.5 }))));
        assert!(matches!(read_frame(&mut said), Some(Err(_))));
        assert!(read_frame(&mut said).is_none());
        assert!(read_frame(&mut said).is_none());
    }

    #[test]
    fn the_last_words_of_a_panic_are_its_reason() {
        let said = b"one\n\nthread panicked: here\nnote: run with X\nstack backtrace:\n 0: f\n";
        assert_eq!(last_words(&said[..]), "one thread panicked: here");
    }
}
