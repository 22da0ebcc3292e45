//! Deaths on purpose, for the tests of whoever has to survive them. Only in debug builds.
//!
//! `ATHANOR_TRAINER_FAULT`: `panic@epoch=2`, `abort@epoch=2` (first attempt only), `panic_always@epoch=2`,
//! `sleep_ms_per_step=20`.

use std::time::Duration;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fault {
    panic_at: Option<u32>,
    abort_at: Option<u32>,
    sleep: Option<Duration>,
}

impl Fault {
    /// What the environment asks for.
    pub(crate) fn from_environment(attempt: u32) -> Self {
        if !cfg!(debug_assertions) {
            return Self::default();
        }
        let Ok(text) = std::env::var("ATHANOR_TRAINER_FAULT") else { return Self::default() };
        let mut fault = Self::default();
        for part in text.split(',') {
            let Some((what, number)) = part.rsplit_once('=') else { continue };
            let number: u32 = number.parse().unwrap_or(1);
            match what {
                "panic@epoch" if attempt == 1 => fault.panic_at = Some(number),
                "panic_always@epoch" => fault.panic_at = Some(number),
                "abort@epoch" if attempt == 1 => fault.abort_at = Some(number),
                "sleep_ms_per_step" => fault.sleep = Some(Duration::from_millis(u64::from(number))),
                _ => {}
            }
        }
        fault
    }

    pub(crate) fn at_step(&self) {
        if let Some(sleep) = self.sleep {
            std::thread::sleep(sleep);
        }
    }

    /// `epoch` counts from 1.
    pub(crate) fn at_end_of_epoch(&self, epoch: u32) {
        assert!(self.panic_at.is_none_or(|at| epoch < at), "a fault was asked for in epoch {epoch}");
        if self.abort_at.is_some_and(|at| epoch >= at) {
            std::process::abort();
        }
    }
}
