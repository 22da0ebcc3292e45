//! How an attempt ends. Each ending is one transaction, and may be tried again when the database did not answer.

use domain::{
    ModelId,
    job::{FailureCode, JobFailure, JobState, LogLevel, Transition},
    model::ModelView,
    wire::trainer::{Delivery, ran_out_of_memory},
};
use uuid::Uuid;

use super::Record;
use crate::{
    Breakpoint, Error, blob, clock, jobs, metrics, models,
    queue::sql::{self, Ending},
};

/// Trainers that may die before the job is given up.
const DEATHS: u32 = 3;

impl Record<'_> {
    /// Keeps the model that the trainer left in the job's directory.
    ///
    /// # Errors
    /// `Storage` when it cannot be kept: try [`Record::fail`] then.
    pub(in crate::agent) async fn complete(&mut self, delivery: &Delivery) -> Result<(), Error> {
        let state = self.next_state(Transition::Complete)?;
        let model_id = ModelId(Uuid::now_v7());
        let delivered = self.platform.data.job(self.lease.job_id).join(self.within_job(&delivery.model_dir)?);
        let kept = self.platform.data.model(model_id);
        blob::rename(&delivered, &kept).await.map_err(Error::storage("keep the trained model"))?;
        Breakpoint::ModelMoved.reached();
        let recorded = self.record_model(delivery, model_id, state).await;
        Breakpoint::ModelRecorded.reached();
        if recorded.is_err() {
            // A directory without a row belongs to nobody. Back where it was, for another try; what cannot be put back is
            // swept at the next start.
            let _ = blob::rename(&kept, &delivered).await;
        }
        recorded
    }

    async fn record_model(&mut self, delivery: &Delivery, id: ModelId, state: JobState) -> Result<(), Error> {
        let evaluation = &delivery.info.evaluation;
        for (prefix, values) in [("test", &evaluation.metrics), ("baseline", &evaluation.baseline)] {
            self.metrics.extend(values.iter().map(|(name, value)| (format!("{prefix}_{name}"), *value)));
        }
        let mut write = self.begin().await?;
        // Somebody may have renamed the job while it was trained.
        let name = jobs::sql::name(&mut write.transaction, self.lease.job_id).await?;
        let model = ModelView {
            id,
            job_id: self.lease.job_id,
            name: name.unwrap_or_else(|| self.job.summary.name.clone()),
            size_bytes: delivery.bundle_bytes,
            sha256: delivery.sha256.clone(),
            created_at: clock::now(),
            metrics: evaluation.metrics.clone(),
            info: delivery.info.clone(),
            report: None,
        };
        models::sql::insert(&mut write.transaction, self.lease.user_id, &model).await?;
        self.stand(&mut write, None).await?;
        self.log(&mut write, LogLevel::Info, &delivery.summary).await?;
        let ending = Ending { state, message: &delivery.summary, failure: None, model_id: Some(id) };
        sql::end(&mut write.transaction, self.lease.job_id, &ending, clock::now()).await?;
        self.commit(write).await
    }

    pub(in crate::agent) async fn stopped(&mut self, message: &str) -> Result<(), Error> {
        let state = self.next_state(Transition::Stop)?;
        let mut write = self.begin().await?;
        self.log(&mut write, LogLevel::Info, message).await?;
        let ending = Ending { state, message, failure: None, model_id: None };
        sql::end(&mut write.transaction, self.lease.job_id, &ending, clock::now()).await?;
        self.commit(write).await
    }

    pub(in crate::agent) async fn fail(&mut self, failure: &JobFailure) -> Result<(), Error> {
        let state = self.next_state(Transition::Fail)?;
        let mut write = self.begin().await?;
        let line = format!("{} ({}) {}", failure.message, failure.location, failure.hint);
        self.log(&mut write, LogLevel::Error, &line).await?;
        let ending = Ending { state, message: &failure.message, failure: Some(failure), model_id: None };
        sql::end(&mut write.transaction, self.lease.job_id, &ending, clock::now()).await?;
        self.commit(write).await
    }

    /// Where training stands, for the reason of a failure.
    pub(in crate::agent) fn place(&self) -> String {
        let progress = &self.job.summary.progress;
        match (progress.status, progress.step) {
            (JobState::Running, step) => format!("epoch {}, step {step}", progress.epoch + 1),
            (JobState::Loading, _) => "while reading the data".to_owned(),
            _ => "while starting".to_owned(),
        }
    }

    /// The trainer is gone without a word. Another attempt goes on from the last checkpoint, but not for ever.
    pub(in crate::agent) async fn died(&mut self, how: &str) -> Result<(), Error> {
        let mut write = self.begin().await?;
        let id = self.lease.job_id;
        let deaths = sql::count_death(&mut write.transaction, id).await?;
        let place = self.place();
        self.log(&mut write, LogLevel::Warning, &format!("The trainer {how} ({place}).")).await?;
        if write.stop_wanted {
            let state = self.next_state(Transition::Stop)?;
            let message = "Stopped; the trainer died while it was stopping.";
            let ending = Ending { state, message, failure: None, model_id: None };
            sql::end(&mut write.transaction, id, &ending, clock::now()).await?;
        } else if deaths >= DEATHS || ran_out_of_memory(how) {
            let failure = self.given_up(deaths, how, place);
            let state = self.next_state(Transition::Fail)?;
            let ending = Ending { state, message: &failure.message, failure: Some(&failure), model_id: None };
            sql::end(&mut write.transaction, id, &ending, clock::now()).await?;
        } else {
            let state = self.next_state(Transition::Requeue)?;
            let message = "The trainer died; going on from the last checkpoint.";
            sql::give_back(&mut write.transaction, id, state, message).await?;
            // At once after the first death, later after a while: what killed it may pass.
            sql::hold_back(&mut write.transaction, id, (1 << (2 * (deaths - 1))) - 1).await?;
        }
        self.commit(write).await?;
        metrics::TRAINER_DEATHS.add(1);
        Ok(())
    }

    fn given_up(&self, deaths: u32, how: &str, location: String) -> JobFailure {
        if ran_out_of_memory(how) {
            return JobFailure::out_of_memory(self.platform.config.job_memory_bytes, location);
        }
        JobFailure {
            code: FailureCode::TrainerDied,
            message: format!("The trainer died {deaths} times; the last time it {how}."),
            location,
            hint:
                "If memory ran out, try a smaller batch size or model; otherwise resume the job, and report this with \
                   the job's log."
                    .into(),
        }
    }

    /// The job goes back into the queue, unless somebody wanted it to stop. No death is counted.
    pub(in crate::agent) async fn give_back(&mut self, line: &str, message: &str) -> Result<(), Error> {
        let mut write = self.begin().await?;
        if write.stop_wanted {
            drop(write);
            return self.stopped("Stopped.").await;
        }
        let state = self.next_state(Transition::Requeue)?;
        self.log(&mut write, LogLevel::Info, line).await?;
        sql::give_back(&mut write.transaction, self.lease.job_id, state, message).await?;
        self.commit(write).await
    }
}
