//! Deaths and other trouble on purpose, for the tests of whoever has to survive them. Only in debug builds.
//!
//! `ATHANOR_TRAINER_FAULT` holds one or more of these, with commas between:
//!
//! * `panic@epoch=2`, `abort@epoch=2`: dies at the end of that epoch, in the first attempt only; `panic_always@epoch=2`.
//! * `abort@checkpoint`, `abort@model`: dies when a checkpoint, or the model, is durable and nobody was told; first
//!   attempt only.
//! * `hang@epoch=2`: at the end of that epoch stops for ever and answers nothing, not even `Stop`; first attempt only.
//! * `slow_start_ms=500`: waits before the first frame.
//! * `sleep_ms_per_step=20`: waits after each step.
//! * `allocate_mb=512`: takes so much memory before the data is read.
//! * `checkpoint_every_step`: whatever the schedule says.
//! * `checkpoint_enospc`, `model_enospc`: every checkpoint, or the model, finds the disk full.

use std::{io, thread, time::Duration};

use crate::Error;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fault {
    panic_at: Option<u32>,
    abort_at: Option<u32>,
    abort_at_checkpoint: bool,
    abort_at_model: bool,
    hang_at: Option<u32>,
    start: Option<Duration>,
    step: Option<Duration>,
    allocate_mb: usize,
    pub(crate) checkpoint_every_step: bool,
    checkpoint_enospc: bool,
    model_enospc: bool,
}

impl Fault {
    /// What the environment asks for.
    pub(crate) fn from_environment(attempt: u32) -> Self {
        if !cfg!(debug_assertions) {
            return Self::default();
        }
        std::env::var("ATHANOR_TRAINER_FAULT").map_or_else(|_| Self::default(), |text| Self::parse(&text, attempt))
    }

    /// Reads the names in the first lines of this file; others are nothing.
    pub(crate) fn parse(text: &str, attempt: u32) -> Self {
        let mut fault = Self::default();
        for part in text.split(',') {
            let (what, number) = part.rsplit_once('=').unwrap_or((part, "1"));
            let number: u32 = number.parse().unwrap_or(1);
            let pause = Some(Duration::from_millis(u64::from(number)));
            match what {
                "panic@epoch" if attempt == 1 => fault.panic_at = Some(number),
                "panic_always@epoch" => fault.panic_at = Some(number),
                "abort@epoch" if attempt == 1 => fault.abort_at = Some(number),
                "abort@checkpoint" => fault.abort_at_checkpoint = attempt == 1,
                "abort@model" => fault.abort_at_model = attempt == 1,
                "hang@epoch" if attempt == 1 => fault.hang_at = Some(number),
                "slow_start_ms" => fault.start = pause,
                "sleep_ms_per_step" => fault.step = pause,
                "allocate_mb" => fault.allocate_mb = number as usize,
                "checkpoint_every_step" => fault.checkpoint_every_step = true,
                "checkpoint_enospc" => fault.checkpoint_enospc = true,
                "model_enospc" => fault.model_enospc = true,
                _ => {}
            }
        }
        fault
    }

    pub(crate) fn at_start(&self) {
        if let Some(pause) = self.start {
            thread::sleep(pause);
        }
    }

    pub(crate) fn before_data(&self) {
        // Ones, because pages of zeros cost nothing until they are written to.
        std::hint::black_box(vec![1_u8; self.allocate_mb * 1_000_000]);
    }

    pub(crate) fn at_step(&self) {
        if let Some(pause) = self.step {
            thread::sleep(pause);
        }
    }

    /// `epoch` counts from 1.
    pub(crate) fn at_end_of_epoch(&self, epoch: u32) {
        assert!(self.panic_at.is_none_or(|at| epoch < at), "a fault was asked for in epoch {epoch}");
        abort_if(self.abort_at.is_some_and(|at| epoch >= at));
        while self.hang_at.is_some_and(|at| epoch >= at) {
            thread::park();
        }
    }

    pub(crate) fn before_checkpoint(&self) -> Result<(), Error> {
        full_disk_if(self.checkpoint_enospc).map_err(Error::storage("write a checkpoint"))
    }

    pub(crate) fn after_checkpoint(&self) {
        abort_if(self.abort_at_checkpoint);
    }

    pub(crate) fn after_model(&self) {
        abort_if(self.abort_at_model);
    }

    pub(crate) fn before_model(&self) -> Result<(), Error> {
        full_disk_if(self.model_enospc).map_err(Error::storage("write the model"))
    }
}

fn abort_if(asked: bool) {
    if asked {
        std::process::abort();
    }
}

fn full_disk_if(asked: bool) -> io::Result<()> {
    if asked { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
}
