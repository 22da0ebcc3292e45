//! What a trainer says while it trains.

use std::path::{Component, Path};

use domain::{
    job::{JobState, Transition},
    wire::trainer::Frame,
};

use super::{Record, Write};
use crate::{Breakpoint, Error, clock, queue::sql};

impl Record<'_> {
    /// Records frames that came together in one transaction. All or none: after an error they may be given again.
    pub(in crate::agent) async fn take(&mut self, frames: &[Frame]) -> Result<(), Error> {
        if frames.is_empty() {
            return Ok(());
        }
        let before = (self.job.clone(), self.metrics.clone());
        let taken = self.write_frames(frames).await;
        if taken.is_err() {
            (self.job, self.metrics) = before;
        }
        taken
    }

    async fn write_frames(&mut self, frames: &[Frame]) -> Result<(), Error> {
        let mut write = self.begin().await?;
        for frame in frames {
            self.apply(&mut write, frame).await?;
        }
        let at = *write.said.get_or_insert_with(clock::now);
        sql::insert_points(&mut write.transaction, self.lease.job_id, write.seq, &write.points, at).await?;
        if !write.points.is_empty() {
            Breakpoint::PointsWritten.reached();
        }
        self.commit(write).await
    }

    async fn apply(&mut self, write: &mut Write, frame: &Frame) -> Result<(), Error> {
        let id = self.lease.job_id;
        match frame {
            // That it has begun to read is news once; then only how far it is.
            Frame::Loading { share } if self.state() == JobState::Loading => {
                let message = format!("Reading the data: {:.0} %.", share.clamp(0.0, 1.0) * 100.0);
                self.stand(write, Some(&message)).await?;
            }
            Frame::Loading { .. } => {
                let state = self.next_state(Transition::Load)?;
                sql::set_state(&mut write.transaction, id, state, "Reading the data.").await?;
                self.job.summary.progress.status = state;
            }
            Frame::Running(begin) => {
                let state = self.next_state(Transition::Run)?;
                let message = match begin.step {
                    0 => "Training.".to_owned(),
                    step => format!("Going on from epoch {}, step {step}.", begin.epoch),
                };
                sql::set_state(&mut write.transaction, id, state, &message).await?;
                sql::delete_points_after(&mut write.transaction, id, begin.step).await?;
                let progress = &mut self.job.summary.progress;
                progress.status = state;
                progress.epoch = begin.epoch;
                progress.step = begin.step;
                progress.total_steps = begin.total_steps;
                self.stand(write, None).await?;
            }
            Frame::Progress(news) => {
                write.said = write.said.or(news.at);
                for point in &news.points {
                    self.metrics.insert(format!("{}_{}", point.split.as_str(), point.name), point.value);
                }
                write.points.extend(news.points.iter().cloned());
                let progress = &mut self.job.summary.progress;
                write.steps += news.step.saturating_sub(progress.step);
                progress.epoch = news.epoch;
                progress.step = news.step;
                progress.total_steps = news.total_steps;
                progress.loss = news.loss.or(progress.loss);
                progress.samples_per_second = news.samples_per_second.or(progress.samples_per_second);
                progress.eta_seconds = news.eta_seconds;
                let total = progress.total_epochs;
                let message = if progress.stopping {
                    None
                } else {
                    Some(format!("Epoch {} of {total}.", (news.epoch + 1).min(total)))
                };
                self.stand(write, message.as_deref()).await?;
            }
            Frame::Log { level, text } => self.log(write, *level, text).await?,
            Frame::Checkpoint(ready) => {
                let path = self.within_job(&ready.path)?;
                let at = (ready.epoch, ready.step);
                sql::insert_checkpoint(&mut write.transaction, &self.lease, at, &path, &ready.sha256, clock::now())
                    .await?;
                for pruned in &ready.pruned {
                    let below = self.within_job(pruned)?;
                    sql::delete_checkpoint(&mut write.transaction, id, &below).await?;
                    write.outdated.push(self.platform.data.job(id).join(below));
                }
            }
            Frame::Finished(_) => {
                return Err(Error::Internal("a trainer went on after it had finished".into()));
            }
        }
        Ok(())
    }

    /// The part of a trainer's path below the job's directory.
    pub(super) fn within_job(&self, path: &str) -> Result<String, Error> {
        let below = Path::new(path).strip_prefix(self.platform.data.job(self.lease.job_id));
        match below {
            Ok(below) if below.components().all(|part| matches!(part, Component::Normal(_))) => {
                Ok(below.to_string_lossy().into_owned())
            }
            _ => Err(Error::Internal(format!("a trainer named {path:?}, which is not in its directory"))),
        }
    }
}
