//! Ctrl-C while a job is watched.

use std::{
    io,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use super::{failure::Failure, prompt, terminal};

/// From here on Ctrl-C is told and ends nothing by itself.
pub struct Interrupts(Receiver<()>);

impl Interrupts {
    pub fn listen() -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::refused(format!("Could not listen for Ctrl-C: {error}."));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (sender, receiver) = channel();
        thread::spawn(move || {
            runtime.block_on(async { while tokio::signal::ctrl_c().await.is_ok() && sender.send(()).is_ok() {} });
        });
        Ok(Self(receiver))
    }

    /// Whether it was pressed within that time.
    pub fn within(&self, pause: Duration) -> bool {
        match self.0.recv_timeout(pause) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                thread::sleep(pause);
                false
            }
        }
    }
}

/// What somebody who pressed Ctrl-C wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To leave, while the job goes on.
    Detach,
    Stop,
    /// Nothing; it was a mistake.
    Watch,
}

/// Asks. Pressing it again is an answer too, and so is having nobody to ask.
pub fn wish(interrupts: &Interrupts) -> Wish {
    if !terminal::can_ask() {
        return Wish::Detach;
    }
    let (sender, answers) = channel();
    // Nothing waits for it: after a second Ctrl-C the process ends, and the question with it.
    thread::spawn(move || {
        let typed =
            prompt::line("\nDetach, so that the job goes on, or stop it? [d]etach, [s]top, Enter to watch on: ");
        let _ = sender.send(typed.map_or(Wish::Detach, |typed| read(&typed)));
    });
    loop {
        if interrupts.within(Duration::from_millis(50)) {
            terminal::complain("");
            return Wish::Detach;
        }
        if let Ok(wish) = answers.try_recv() {
            return wish;
        }
    }
}

fn read(typed: &str) -> Wish {
    match typed.to_ascii_lowercase().chars().next() {
        Some('d') => Wish::Detach,
        Some('s') => Wish::Stop,
        _ => Wish::Watch,
    }
}

#[cfg(test)]
mod tests {
    use super::{Wish, read};

    #[test]
    fn what_is_no_answer_changes_nothing() {
        assert_eq!(
            (read("d"), read("Stop"), read(""), read("x")),
            (Wish::Detach, Wish::Stop, Wish::Watch, Wish::Watch)
        );
    }
}
