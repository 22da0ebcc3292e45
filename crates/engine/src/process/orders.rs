//! What the agent says, on standard input.

use std::{
    io::{self, BufRead, Read},
    process::exit,
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use domain::wire::trainer::{AGENT_GONE, Command, Start};

use super::silence::Silence;

/// Exit code when the agent speaks another language.
const UNREADABLE: u8 = 2;

/// Longest order. A job with ten thousand features has a tenth of it.
const LINE_BYTES: u64 = 16 << 20;

/// Waits for the job; `None` when the agent is gone before it said one.
pub(super) fn job(stop: &AtomicBool, silence: &Silence) -> Option<Start> {
    loop {
        match next(silence)? {
            Command::Start(job) => return Some(*job),
            Command::Stop => stop.store(true, Ordering::Relaxed),
            Command::Alive => {}
        }
    }
}

/// After the job: waits for a stop, or for the end of the agent.
pub(super) fn listen(stop: &AtomicBool, silence: &Silence) {
    while let Some(order) = next(silence) {
        match order {
            Command::Stop => stop.store(true, Ordering::Relaxed),
            // There is one job.
            Command::Alive | Command::Start(_) => {}
        }
    }
    exit(i32::from(AGENT_GONE));
}

fn next(silence: &Silence) -> Option<Command> {
    let mut line = Vec::new();
    let read = io::stdin().lock().take(LINE_BYTES).read_until(b'\n', &mut line);
    if !read.is_ok_and(|bytes| bytes > 0) {
        return None;
    }
    silence.heard(Instant::now());
    match serde_json::from_slice(&line) {
        Ok(order) => Some(order),
        Err(error) => {
            eprintln!("an order cannot be read: {error}");
            exit(i32::from(UNREADABLE));
        }
    }
}
