//! What the agent says, on standard input.

use std::{
    io::{self, BufRead},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Instant,
};

use domain::wire::trainer::{AGENT_GONE, Command, Start};

use super::silence::Silence;

/// Exit code when the agent speaks another language.
const UNREADABLE: u8 = 2;

/// Hands out the job, then waits for a stop, or for the end of the agent.
pub(super) fn listen(start: &mpsc::Sender<Start>, stop: &AtomicBool, silence: &Silence) {
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        silence.heard(Instant::now());
        match serde_json::from_str(&line) {
            Ok(Command::Start(job)) => {
                // Fails only when training has ended already.
                let _ = start.send(*job);
            }
            Ok(Command::Stop) => stop.store(true, Ordering::Relaxed),
            Ok(Command::Alive) => {}
            Err(error) => {
                eprintln!("an order cannot be read: {error}");
                std::process::exit(i32::from(UNREADABLE));
            }
        }
    }
    std::process::exit(i32::from(AGENT_GONE));
}
