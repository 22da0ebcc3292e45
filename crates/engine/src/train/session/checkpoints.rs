//! Going on from a checkpoint, and writing the next. A checkpoint is for survival: one that cannot be written is told in
//! the log and tried again later, and training goes on without it.

use std::time::Instant;

use domain::{
    job::LogLevel,
    wire::trainer::{Begin, Finished, Frame},
};

use super::{Session, Sink};
use crate::{Error, checkpoint::Schedule, error::reason, train::report::Report};

impl Session<'_> {
    /// Goes on from the newest sound checkpoint, if there is one, and says where.
    pub(in crate::train) fn begin(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        let earlier = self.store.go_on(&self.start.checkpoints, &self.weights, &mut self.optimizer)?;
        for (name, why) in &earlier.damaged {
            warn(sink, format!("The checkpoint {name} was not used: {why}."))?;
        }
        if let Some(loaded) = earlier.loaded {
            (self.counters, self.weights, self.best) = (loaded.counters, loaded.weights, loaded.best);
            if self.spec.epochs > loaded.epochs {
                // Somebody who asks for more epochs wants them trained, also after early stopping.
                self.counters.patience_from = self.counters.epoch;
            }
            let text = format!("Going on from epoch {}, step {}.", self.counters.epoch, self.counters.step);
            sink.emit(Frame::Log { level: LogLevel::Info, text })?;
        } else if !earlier.damaged.is_empty() {
            warn(sink, "No checkpoint can be used: training begins again.".into())?;
        }
        self.set_out(sink)
    }

    /// Says that training begins where the counters are; nothing of earlier attempts is looked at.
    pub(in crate::train) fn set_out(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        let total_steps = self.steps_per_epoch * u64::from(self.spec.epochs);
        self.report = Report::new(total_steps, self.counters.step, self.start.updates_per_second);
        self.schedule = Schedule::new(self.start.checkpoint_seconds, Instant::now());
        let (epoch, step) = (self.counters.epoch, self.counters.step);
        sink.emit(Frame::Running(Box::new(Begin { epoch, step, total_steps })))
    }

    /// Call after each step.
    pub(super) fn checkpoint_within_epoch(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        // After the last step the end of the epoch is about to write one.
        let within = self.counters.step_in_epoch < self.steps_per_epoch;
        let due = self.fault.checkpoint_every_step || self.schedule.is_due_within_epoch(Instant::now());
        if within && due { self.checkpoint(sink) } else { Ok(()) }
    }

    /// Call at the end of each epoch. The last one always has a checkpoint, from which a completed job can be continued.
    pub(super) fn checkpoint_after_epoch(&mut self, last: bool, sink: &mut dyn Sink) -> Result<(), Error> {
        if last || self.schedule.is_due_after_epoch(Instant::now()) { self.checkpoint(sink) } else { Ok(()) }
    }

    /// Ends before the job is done.
    pub(in crate::train) fn stopped(&mut self, sink: &mut dyn Sink) -> Result<Finished, Error> {
        self.checkpoint(sink)?;
        if self.schedule.is_failing() {
            warn(sink, "The job will go on from the checkpoint before: what was trained since is lost.".into())?;
        }
        Ok(Finished::Stopped { epoch: self.counters.epoch })
    }

    fn checkpoint(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        // Measurements first: a checkpoint that is recorded has all points up to its step. And an agent that is gone is
        // noticed before anything is written.
        self.report.send(&self.counters, sink)?;
        if !self.leaves_files {
            return Ok(());
        }
        let began = Instant::now();
        let written = self
            .fault
            .before_checkpoint()
            .and_then(|()| self.store.write(&self.counters, &self.weights, &self.optimizer, &self.best));
        self.fault.after_checkpoint();
        let news = self.schedule.tried(began, Instant::now(), written.is_err());
        match written {
            Ok(ready) => {
                if news {
                    let text = "Checkpoints can be written again.".to_owned();
                    sink.emit(Frame::Log { level: LogLevel::Info, text })?;
                }
                ready.map_or(Ok(()), |ready| sink.emit(Frame::Checkpoint(ready)))
            }
            // Said once, not every time: the disk may stay full for days.
            Err(Error::Storage { source, .. }) if news => warn(
                sink,
                format!(
                    "A checkpoint could not be written: {}. The next try is in {} s; an interruption would \
                     cost what was trained since the checkpoint before.",
                    reason(&source),
                    self.schedule.until_next_try().as_secs()
                ),
            ),
            Err(Error::Storage { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn warn(sink: &mut dyn Sink, text: String) -> Result<(), Error> {
    sink.emit(Frame::Log { level: LogLevel::Warning, text })
}
