//! Training: read, go on from the newest sound checkpoint, loop, keep the best epoch, deliver.

mod augment;
mod data;
mod folds;
mod rate;
mod report;
mod session;
#[cfg(test)]
pub(crate) mod tests;

use std::{sync::atomic::AtomicBool, time::Instant};

use domain::wire::trainer::{Finished, Frame, Start};

use self::{data::Data, session::Session};
use crate::{Error, fault::Fault};

/// Where frames go.
pub(crate) trait Sink {
    /// # Errors
    /// `AgentGone` when nobody reads them.
    fn emit(&mut self, frame: Frame) -> Result<(), Error>;
}

/// The whole job. `stop` may be set at any time: training ends after the current step, with a checkpoint.
///
/// # Errors
/// Only `AgentGone`: everything else is how a job can end.
pub(crate) fn run(start: &Start, sink: &mut dyn Sink, stop: &AtomicBool, fault: &Fault) -> Result<Finished, Error> {
    let mut place = "while reading the data".to_owned();
    match attempt(start, sink, stop, fault, &mut place) {
        Err(Error::AgentGone) => Err(Error::AgentGone),
        Err(error) => Ok(Finished::Failed(error.into_failure(&place, start.memory_bytes))),
        Ok(finished) => Ok(finished),
    }
}

fn attempt(
    start: &Start,
    sink: &mut dyn Sink,
    stop: &AtomicBool,
    fault: &Fault,
    place: &mut String,
) -> Result<Finished, Error> {
    fault.at_start();
    sink.emit(Frame::Loading { share: 0.0 })?;
    fault.before_data();
    let mut session = Session::open(start, Data::read(start, sink)?, *fault, sink)?;
    session.begin(sink)?;
    while !session.is_done() {
        *place = session.place();
        let whole = session.epoch(sink, stop)?;
        if !whole {
            return session.stopped(sink);
        }
    }
    "while cross-validating".clone_into(place);
    let began = Instant::now();
    let cross_validation = folds::cross_validate(start, session.standing(), sink, stop)?;
    session.was_away(began.elapsed());
    "while writing the model".clone_into(place);
    session.deliver(cross_validation, sink)
}
