//! `athanor trainer`: a job comes in on standard input, frames go out on standard output. Nothing else is known here: no
//! database, no network, no secrets, and [`confine`] sees to it. When standard input ends, or nothing comes for too long, the agent is gone and so are
//! we.

mod again;
mod memory;
mod orders;
mod silence;
#[cfg(test)]
mod tests;

use std::{
    io::{self, Stdout, Write},
    process::ExitCode,
    sync::{Arc, atomic::AtomicBool},
    thread,
    time::Instant,
};

use domain::{
    job::{FailureCode, JobFailure, LogLevel},
    wire::trainer::{AGENT_GONE, Finished, Frame, PROTOCOL, Start},
};

use self::silence::Silence;
use crate::{
    Error,
    confine::{self, Places},
    fault::Fault,
    threads,
    train::{self, Sink},
};

/// Trains the job that standard input brings.
pub fn run_trainer() -> ExitCode {
    again::start_again();
    die_with_parent();
    confine::limit();
    let stop = Arc::new(AtomicBool::new(false));
    let silence = Arc::new(Silence::new(Instant::now()));
    let Some(start) = orders::job(&stop, &silence) else {
        eprintln!("this command is for agents: it waits for a job on standard input");
        return ExitCode::from(AGENT_GONE);
    };
    let complaints = give_up_what_is_not_needed(&start);
    // Threads from here on: they have only what this one has left.
    silence.allow(start.silence_seconds);
    let (flag, heard, watched) = (Arc::clone(&stop), Arc::clone(&silence), Arc::clone(&silence));
    thread::spawn(move || orders::listen(&flag, &heard));
    thread::spawn(move || silence::watch(&watched));
    let mut pipe = Pipe { stdout: io::stdout(), silence };
    let finished = train(&start, complaints, &mut pipe, &stop);
    match finished.and_then(|finished| pipe.emit(Frame::Finished(Box::new(finished)))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(AGENT_GONE),
    }
}

/// Memory beyond the job's, files that are not its own, the network: for good. Says what could not be given up, for the log of
/// the job; what this machine knows nothing of is told by the agent when it starts.
fn give_up_what_is_not_needed(start: &Start) -> Vec<String> {
    let mut complaints = Vec::new();
    if let Some(bytes) = start.memory_bytes
        && let Err(error) = memory::limit(bytes)
    {
        let limit = bytes >> 20;
        complaints
            .push(format!("The memory limit of {limit} MiB could not be set: {error}. Training goes on without."));
    }
    let confined = confine::confine(&Places::of(start));
    if confined.landlock.is_err() {
        complaints.extend(confined.missing());
    }
    complaints
}

fn train(start: &Start, complaints: Vec<String>, pipe: &mut Pipe, stop: &AtomicBool) -> Result<Finished, Error> {
    if start.protocol != PROTOCOL {
        return Ok(Finished::Failed(JobFailure {
            code: FailureCode::Internal,
            message: format!("The agent speaks protocol {}, the trainer {PROTOCOL}.", start.protocol),
            location: "while starting".into(),
            hint: "Use one version of Athanor everywhere.".into(),
        }));
    }
    for text in complaints {
        pipe.emit(Frame::Log { level: LogLevel::Warning, text })?;
    }
    threads::allow(start.threads);
    train::run(start, pipe, stop, &Fault::from_environment(start.attempt))
}

struct Pipe {
    stdout: Stdout,
    silence: Arc<Silence>,
}

impl Sink for Pipe {
    fn emit(&mut self, frame: Frame) -> Result<(), Error> {
        // A process that was stopped and goes on comes here before the watch has looked at the clock.
        if self.silence.is_too_long(Instant::now()) {
            return Err(Error::AgentGone);
        }
        let mut line = serde_json::to_vec(&frame).map_err(|error| Error::Internal(error.to_string()))?;
        line.push(b'\n');
        let mut pipe = self.stdout.lock();
        pipe.write_all(&line).and_then(|()| pipe.flush()).map_err(|_| Error::AgentGone)
    }
}

/// The end of standard input says the same, but not to a process that is stuck.
#[cfg(target_os = "linux")]
fn die_with_parent() {
    use rustix::process::{Signal, set_parent_process_death_signal};
    // Refused only by sandboxes that forbid it; standard input remains.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent() {}
