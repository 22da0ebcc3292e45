//! From frames to rows. Every transaction begins with the fence; watchers are told after the commit.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use domain::{
    ModelId,
    job::{FailureCode, JobFailure, JobSpec, JobState, JobStatus, LogLevel, Point, Transition},
    model::ModelView,
    wire::{
        socket::ServerMessage,
        trainer::{Delivery, Finished, Frame},
    },
};
use sqlx::{Sqlite, Transaction};
use uuid::Uuid;

use crate::{
    Error, Platform, blob, clock,
    events::{self, JobEvent},
    jobs, models,
    queue::{
        Lease,
        sql::{self, Ending, Standing},
    },
};

/// Trainers that may die before the job is given up.
const DEATHS: u32 = 3;
/// Lists are told of progress this often; of changes of state at once.
const LIST_EVERY: Duration = Duration::from_millis(500);

/// Writes for one attempt.
pub(super) struct Record<'a> {
    platform: &'a Platform,
    lease: Lease,
    job: JobStatus,
    metrics: BTreeMap<String, f64>,
    listed: Instant,
}

/// A transaction that has passed the fence.
struct Write {
    transaction: Transaction<'static, Sqlite>,
    /// Sequence number before it, and the first one it may use.
    after: u64,
    seq: u64,
    points: Vec<Point>,
    lines: Vec<ServerMessage>,
}

impl<'a> Record<'a> {
    /// Begins to write for a fresh claim.
    pub(super) async fn open(platform: &'a Platform, lease: Lease) -> Result<Self, Error> {
        let found = jobs::sql::find_for_agent(&platform.db.read, lease.job_id).await?;
        let job = found.ok_or(Error::Fenced)?;
        let metrics = job.summary.progress.metrics.clone();
        let mut record = Self { platform, lease, job, metrics, listed: Instant::now() };
        let write = record.begin().await?;
        record.commit(write).await?;
        Ok(record)
    }

    pub(super) fn lease(&self) -> Lease {
        self.lease
    }

    pub(super) fn spec(&self) -> &JobSpec {
        &self.job.params
    }

    async fn begin(&self) -> Result<Write, Error> {
        let mut transaction = self.platform.db.begin().await?;
        let after = sql::fence(&mut transaction, &self.lease).await?;
        Ok(Write { transaction, after, seq: after + 1, points: Vec::new(), lines: Vec::new() })
    }

    async fn commit(&mut self, mut write: Write) -> Result<(), Error> {
        let found = jobs::sql::find_for_agent(&mut *write.transaction, self.lease.job_id).await?;
        let job = found.ok_or(Error::Fenced)?;
        write.transaction.commit().await?;
        let moved = job.summary.progress.status != self.job.summary.progress.status;
        self.job = job;
        let summary = &self.job.summary;
        self.platform.hub.publish_job(self.lease.job_id, || {
            let mut messages = vec![events::update(summary, write.seq, write.points)];
            messages.append(&mut write.lines);
            JobEvent::Change { after: write.after, seq: summary.last_seq, messages }
        });
        if moved || summary.progress.status.is_terminal() || self.listed.elapsed() >= LIST_EVERY {
            self.platform.hub.publish_summary(self.lease.user_id, summary);
            self.listed = Instant::now();
        }
        Ok(())
    }

    fn next_state(&self, transition: Transition) -> Result<JobState, Error> {
        Ok(self.job.summary.progress.status.after(transition)?)
    }

    /// Records frames that came together in one transaction.
    pub(super) async fn take(&mut self, frames: Vec<Frame>) -> Result<(), Error> {
        if frames.is_empty() {
            return Ok(());
        }
        let mut write = self.begin().await?;
        for frame in frames {
            self.apply(&mut write, frame).await?;
        }
        let now = clock::now();
        sql::insert_points(&mut write.transaction, self.lease.job_id, write.seq, &write.points, now).await?;
        self.commit(write).await
    }

    async fn apply(&mut self, write: &mut Write, frame: Frame) -> Result<(), Error> {
        let id = self.lease.job_id;
        match frame {
            Frame::Loading => {
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
                for point in &news.points {
                    self.metrics.insert(format!("{}_{}", point.split.as_str(), point.name), point.value);
                }
                write.points.extend(news.points);
                let progress = &mut self.job.summary.progress;
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
            Frame::Log { level, text } => self.log(write, level, &text).await?,
            Frame::Checkpoint(ready) => {
                let path = self.within_job(&ready.path)?;
                let at = (ready.epoch, ready.step);
                sql::insert_checkpoint(&mut write.transaction, &self.lease, at, &path, &ready.sha256, clock::now())
                    .await?;
                for pruned in &ready.pruned {
                    sql::delete_checkpoint(&mut write.transaction, id, &self.within_job(pruned)?).await?;
                }
            }
            Frame::Finished(_) => {
                return Err(Error::Internal("a trainer went on after it had finished".into()));
            }
        }
        Ok(())
    }

    async fn stand(&self, write: &mut Write, message: Option<&str>) -> Result<(), Error> {
        let progress = &self.job.summary.progress;
        let standing = Standing {
            epoch: progress.epoch,
            step: progress.step,
            total_steps: progress.total_steps,
            loss: progress.loss,
            samples_per_second: progress.samples_per_second,
            eta_seconds: progress.eta_seconds,
            metrics: &self.metrics,
            message,
        };
        sql::set_standing(&mut write.transaction, self.lease.job_id, &standing).await
    }

    async fn log(&self, write: &mut Write, level: LogLevel, text: &str) -> Result<(), Error> {
        let (job_id, at) = (self.lease.job_id, clock::now());
        let seq = sql::append_log(&mut write.transaction, job_id, level, text, at).await?;
        write.lines.push(ServerMessage::JobLog { job_id, seq, at, level, text: text.to_owned() });
        Ok(())
    }

    /// The part of a trainer's path below the job's directory.
    fn within_job(&self, path: &str) -> Result<String, Error> {
        let below = Path::new(path).strip_prefix(self.platform.data.job(self.lease.job_id));
        match below {
            Ok(below) if below.components().all(|part| matches!(part, std::path::Component::Normal(_))) => {
                Ok(below.to_string_lossy().into_owned())
            }
            _ => Err(Error::Internal(format!("a trainer named {path:?}, which is not in its directory"))),
        }
    }

    /// The trainer said how it ended.
    pub(super) async fn finish(&mut self, finished: Finished) -> Result<(), Error> {
        match finished {
            Finished::Completed(delivery) => self.complete(*delivery).await,
            Finished::Stopped { epoch } => self.stopped(&format!("Stopped after epoch {epoch}.")).await,
            Finished::Failed(failure) => self.fail(&failure).await,
        }
    }

    async fn complete(&mut self, delivery: Delivery) -> Result<(), Error> {
        let state = self.next_state(Transition::Complete)?;
        let evaluation = &delivery.info.evaluation;
        for (prefix, values) in [("test", &evaluation.metrics), ("baseline", &evaluation.baseline)] {
            self.metrics.extend(values.iter().map(|(name, value)| (format!("{prefix}_{name}"), *value)));
        }
        let model = ModelView {
            id: ModelId(Uuid::now_v7()),
            job_id: self.lease.job_id,
            name: self.job.summary.name.clone(),
            size_bytes: delivery.bundle_bytes,
            sha256: delivery.sha256,
            created_at: clock::now(),
            metrics: evaluation.metrics.clone(),
            info: delivery.info,
        };
        let delivered = self.platform.data.job(self.lease.job_id).join(self.within_job(&delivery.model_dir)?);
        let kept = self.platform.data.model(model.id);
        let moved = (delivered, kept.clone());
        let keep = tokio::task::spawn_blocking(move || {
            fs::rename(&moved.0, &moved.1)?;
            moved.1.parent().map_or(Ok(()), blob::sync_directory)
        });
        keep.await
            .map_err(|error| Error::Internal(error.to_string()))?
            .map_err(Error::storage("keep the trained model"))?;
        let recorded = async {
            let mut write = self.begin().await?;
            models::sql::insert(&mut write.transaction, self.lease.user_id, &model).await?;
            self.stand(&mut write, None).await?;
            self.log(&mut write, LogLevel::Info, &delivery.summary).await?;
            let ending = Ending { state, message: &delivery.summary, failure: None, model_id: Some(model.id) };
            sql::end(&mut write.transaction, self.lease.job_id, &ending, clock::now()).await?;
            self.commit(write).await
        };
        recorded.await.inspect_err(|_| {
            // A directory without a row belongs to nobody; what cannot be removed now is swept at the next start.
            let _ = blob::remove(&kept);
        })
    }

    async fn stopped(&mut self, message: &str) -> Result<(), Error> {
        let state = self.next_state(Transition::Stop)?;
        let mut write = self.begin().await?;
        self.log(&mut write, LogLevel::Info, message).await?;
        let ending = Ending { state, message, failure: None, model_id: None };
        sql::end(&mut write.transaction, self.lease.job_id, &ending, clock::now()).await?;
        self.commit(write).await
    }

    async fn fail(&mut self, failure: &JobFailure) -> Result<(), Error> {
        let state = self.next_state(Transition::Fail)?;
        let mut write = self.begin().await?;
        let line = format!("{} ({}) {}", failure.message, failure.location, failure.hint);
        self.log(&mut write, LogLevel::Error, &line).await?;
        let ending = Ending { state, message: &failure.message, failure: Some(failure), model_id: None };
        sql::end(&mut write.transaction, self.lease.job_id, &ending, clock::now()).await?;
        self.commit(write).await
    }

    /// The trainer did not stop in time and was killed.
    pub(super) async fn killed(&mut self) -> Result<(), Error> {
        self.stopped("Stopped by force: the trainer did not answer within ten seconds.").await
    }

    /// The trainer is gone without a word. Another attempt goes on from the last checkpoint, but not for ever.
    pub(super) async fn died(&mut self, how: &str) -> Result<(), Error> {
        let mut write = self.begin().await?;
        let id = self.lease.job_id;
        let (deaths, stop_wanted) = sql::count_death(&mut write.transaction, id).await?;
        let progress = &self.job.summary.progress;
        let place = match (progress.status, progress.step) {
            (JobState::Running, step) => format!("epoch {}, step {step}", progress.epoch + 1),
            (JobState::Loading, _) => "while reading the data".to_owned(),
            _ => "while starting".to_owned(),
        };
        self.log(&mut write, LogLevel::Warning, &format!("The trainer {how} ({place}).")).await?;
        if stop_wanted {
            let state = self.next_state(Transition::Stop)?;
            let message = "Stopped; the trainer died while it was stopping.";
            let ending = Ending { state, message, failure: None, model_id: None };
            sql::end(&mut write.transaction, id, &ending, clock::now()).await?;
        } else if deaths >= DEATHS {
            let failure = JobFailure {
                code: FailureCode::TrainerDied,
                message: format!("The trainer died {deaths} times; the last time it {how}."),
                location: place,
                hint:
                    "If memory ran out, try a smaller batch size or model; otherwise resume the job, and report this \
                       with the job's log."
                        .into(),
            };
            let state = self.next_state(Transition::Fail)?;
            let ending = Ending { state, message: &failure.message, failure: Some(&failure), model_id: None };
            sql::end(&mut write.transaction, id, &ending, clock::now()).await?;
        } else {
            let state = self.next_state(Transition::Requeue)?;
            let message = "The trainer died; going on from the last checkpoint.";
            sql::give_back(&mut write.transaction, id, state, message).await?;
            sql::hold_back(&mut write.transaction, id, i64::from(1_u32 << (deaths - 1))).await?;
        }
        self.commit(write).await
    }

    /// The server goes; the job waits for it to come back. No death is counted.
    pub(super) async fn give_back(&mut self) -> Result<(), Error> {
        let state = self.next_state(Transition::Requeue)?;
        let mut write = self.begin().await?;
        self.log(&mut write, LogLevel::Info, "The server is being stopped; the job will go on when it is back.")
            .await?;
        sql::give_back(&mut write.transaction, self.lease.job_id, state, "Waiting for the server to come back.")
            .await?;
        self.commit(write).await
    }
}
