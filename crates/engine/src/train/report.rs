//! What is told while training goes on: the first measurement at once, then as often as was asked for.

use std::time::{Duration, Instant, UNIX_EPOCH};

use domain::{
    Timestamp,
    job::{Point, Split},
    wire::trainer::{Frame, Progress},
};

use super::Sink;
use crate::{Error, checkpoint::Counters};

/// Also without measurements, so that a long epoch is seen to move.
const AT_LEAST_EVERY: Duration = Duration::from_millis(250);

pub(super) struct Report {
    points: Vec<Point>,
    total_steps: u64,
    loss: Option<f64>,
    began: Instant,
    began_at_step: u64,
    rows: u64,
    sent: Option<Instant>,
    at_most_every: Duration,
}

impl Report {
    pub(super) fn new(total_steps: u64, began_at_step: u64, updates_per_second: u32) -> Self {
        Self {
            points: Vec::new(),
            total_steps,
            loss: None,
            began: Instant::now(),
            began_at_step,
            rows: 0,
            sent: None,
            at_most_every: Duration::from_secs(1) / updates_per_second.max(1),
        }
    }

    /// Time in which nothing was trained.
    pub(super) fn was_away(&mut self, time: Duration) {
        self.began += time;
    }

    /// Adds a measurement; the newest training loss is remembered.
    pub(super) fn measure(&mut self, name: &str, split: Split, counters: &Counters, value: f64) {
        if split == Split::Train && name == "loss" {
            self.loss = Some(value);
        }
        let (step, epoch) = (counters.step, counters.epoch);
        self.points.push(Point { name: name.to_owned(), split, step, epoch, value });
    }

    /// Call after each step.
    pub(super) fn step(&mut self, rows: usize, counters: &Counters, sink: &mut dyn Sink) -> Result<(), Error> {
        self.rows += rows as u64;
        let due = match self.sent {
            None => !self.points.is_empty(),
            Some(sent) => {
                let wait = if self.points.is_empty() { AT_LEAST_EVERY } else { self.at_most_every };
                sent.elapsed() >= wait
            }
        };
        if due { self.send(counters, sink) } else { Ok(()) }
    }

    /// Sends what there is.
    pub(super) fn send(&mut self, counters: &Counters, sink: &mut dyn Sink) -> Result<(), Error> {
        let seconds = self.began.elapsed().as_secs_f64();
        let steps = counters.step.saturating_sub(self.began_at_step) as f64;
        let left = self.total_steps.saturating_sub(counters.step) as f64;
        let known = steps > 0.0 && seconds > 0.0;
        self.sent = Some(Instant::now());
        sink.emit(Frame::Progress(Box::new(Progress {
            at: Some(now()),
            epoch: counters.epoch,
            step: counters.step,
            total_steps: self.total_steps,
            loss: self.loss,
            samples_per_second: known.then(|| self.rows as f64 / seconds),
            eta_seconds: known.then(|| left * seconds / steps),
            points: std::mem::take(&mut self.points),
        })))
    }
}

/// For people and for measuring how long news take: nothing in training depends on it.
pub(super) fn now() -> Timestamp {
    Timestamp(UNIX_EPOCH.elapsed().map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX)))
}
