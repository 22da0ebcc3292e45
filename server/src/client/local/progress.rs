//! What the frames of a trainer say of its job, as a server would tell it.

use domain::{
    job::{JobProgress, JobState},
    wire::trainer::{Finished, Frame},
};

use crate::client::curve::Curves;

/// Where a job of this machine stands.
pub struct Progress {
    job: JobProgress,
    curves: Curves,
}

impl Progress {
    pub fn new(total_epochs: u32) -> Self {
        let job = JobProgress { message: "Starting.".into(), ..JobProgress::begun(JobState::Starting, total_epochs) };
        Self { job, curves: Curves::default() }
    }

    pub fn job(&self) -> &JobProgress {
        &self.job
    }

    pub fn curves(&self) -> &Curves {
        &self.curves
    }

    pub fn epoch(&self) -> u32 {
        self.job.epoch
    }

    pub fn stopping(&mut self) {
        self.job.stopping = true;
    }

    /// For the reason of a failure.
    pub fn place(&self) -> String {
        match self.job.status {
            JobState::Running => format!("epoch {}, step {}", self.job.epoch + 1, self.job.step),
            JobState::Loading => "while reading the data".to_owned(),
            _ => "while starting".to_owned(),
        }
    }

    /// Takes a frame that moves the job.
    pub fn take(&mut self, frame: Frame) {
        let job = &mut self.job;
        match frame {
            Frame::Loading { share } => {
                job.status = JobState::Loading;
                job.message = format!("Reading the data: {:.0} %.", share.clamp(0.0, 1.0) * 100.0);
            }
            Frame::Running(begin) => {
                job.status = JobState::Running;
                job.message = "Training.".into();
                job.total_steps = begin.total_steps;
            }
            Frame::Progress(news) => {
                for point in &news.points {
                    job.metrics.insert(format!("{}_{}", point.split.as_str(), point.name), point.value);
                    self.curves.push(point);
                }
                (job.epoch, job.step, job.total_steps) = (news.epoch, news.step, news.total_steps);
                job.loss = news.loss.or(job.loss);
                job.samples_per_second = news.samples_per_second.or(job.samples_per_second);
                job.eta_seconds = news.eta_seconds;
                job.progress = 100.0 * news.step as f64 / news.total_steps.max(1) as f64;
                job.message = format!("Epoch {} of {}.", (news.epoch + 1).min(job.total_epochs), job.total_epochs);
            }
            Frame::Log { .. } | Frame::Checkpoint(_) | Frame::Finished(_) => {}
        }
    }

    /// The job at its end.
    pub fn ended(&self, finished: &Finished) -> JobProgress {
        let mut job = self.job.clone();
        (job.eta_seconds, job.stopping) = (None, false);
        match finished {
            Finished::Completed(delivery) => {
                let evaluation = &delivery.info.evaluation;
                for (prefix, values) in [("test", &evaluation.metrics), ("baseline", &evaluation.baseline)] {
                    job.metrics.extend(values.iter().map(|(name, value)| (format!("{prefix}_{name}"), *value)));
                }
                (job.status, job.progress) = (JobState::Completed, 100.0);
                job.message.clone_from(&delivery.summary);
            }
            Finished::Stopped { epoch } => {
                job.status = JobState::Stopped;
                job.message = format!("Stopped after epoch {epoch}; nothing was kept.");
            }
            Finished::Failed(failure) => {
                job.status = JobState::Failed;
                job.message.clone_from(&failure.message);
                job.failure = Some(failure.clone());
            }
        }
        job
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        job::{JobState, Point, Split},
        wire::trainer::{Begin, Finished, Frame, Progress as News},
    };

    use super::Progress;

    #[test]
    fn frames_move_the_job_as_a_server_would_say_it() {
        let mut progress = Progress::new(10);
        progress.take(Frame::Loading { share: 0.5 });
        assert_eq!((progress.job().status, progress.place().as_str()), (JobState::Loading, "while reading the data"));
        progress.take(Frame::Running(Box::new(Begin { epoch: 0, step: 0, total_steps: 40 })));
        let point = Point { name: "loss".into(), split: Split::Validation, step: 10, epoch: 2, value: 0.5 };
        progress.take(Frame::Progress(Box::new(News {
            at: None,
            epoch: 2,
            step: 10,
            total_steps: 40,
            loss: Some(0.4),
            samples_per_second: None,
            eta_seconds: Some(3.0),
            points: vec![point],
        })));
        let job = progress.job();
        assert_eq!((job.status, job.progress, job.message.as_str()), (JobState::Running, 25.0, "Epoch 3 of 10."));
        assert_eq!(job.metrics["validation_loss"], 0.5);
        let stopped = progress.ended(&Finished::Stopped { epoch: 2 });
        assert_eq!((stopped.status, stopped.eta_seconds), (JobState::Stopped, None));
    }
}
