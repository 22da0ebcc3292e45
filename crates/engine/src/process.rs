//! `athanor trainer`: a job comes in on standard input, frames go out on standard output. Nothing else is known here: no
//! database, no network, no secrets. When standard input ends, the agent is gone and so are we.

use std::{
    io::{self, BufRead, Stdout, Write},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use domain::{
    job::{FailureCode, JobFailure},
    wire::trainer::{Command, Finished, Frame, PROTOCOL, Start},
};

use crate::{
    Error,
    train::{self, Sink},
};

/// Exit code when the agent is gone or speaks another protocol.
const NO_AGENT: u8 = 3;

/// Trains the job that standard input brings.
pub fn run_trainer() -> ExitCode {
    die_with_parent();
    let stop = Arc::new(AtomicBool::new(false));
    let (sender, orders) = mpsc::channel();
    let flag = Arc::clone(&stop);
    thread::spawn(move || listen(&sender, &flag));
    let Ok(start) = orders.recv() else {
        eprintln!("this command is for agents: it waits for a job on standard input");
        return ExitCode::from(NO_AGENT);
    };
    let mut pipe = Pipe(io::stdout());
    let finished = if start.protocol == PROTOCOL {
        train::run(&start, &mut pipe, &stop)
    } else {
        Ok(Finished::Failed(JobFailure {
            code: FailureCode::Internal,
            message: format!("The agent speaks protocol {}, the trainer {PROTOCOL}.", start.protocol),
            location: "while starting".into(),
            hint: "Use one version of Athanor everywhere.".into(),
        }))
    };
    match finished.and_then(|finished| pipe.emit(Frame::Finished(Box::new(finished)))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(NO_AGENT),
    }
}

/// Hands out the job, then waits for a stop, or for the end of the agent.
fn listen(start: &mpsc::Sender<Start>, stop: &AtomicBool) {
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        match serde_json::from_str(&line) {
            Ok(Command::Start(job)) => {
                // Fails only when training has ended already.
                let _ = start.send(*job);
            }
            Ok(Command::Stop) => stop.store(true, Ordering::Relaxed),
            Ok(Command::Alive) => {}
            Err(error) => {
                eprintln!("an order cannot be read: {error}");
                std::process::exit(i32::from(NO_AGENT));
            }
        }
    }
    std::process::exit(i32::from(NO_AGENT));
}

struct Pipe(Stdout);

impl Sink for Pipe {
    fn emit(&mut self, frame: Frame) -> Result<(), Error> {
        let mut line = serde_json::to_vec(&frame).map_err(|error| Error::Internal(error.to_string()))?;
        line.push(b'\n');
        let mut pipe = self.0.lock();
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
