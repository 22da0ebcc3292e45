//! What a job would take, before it is submitted.

use serde::{Deserialize, Serialize};

use super::JobSpec;
use crate::{JobId, dataset::DatasetView};

/// `POST /api/training/estimate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Estimate {
    /// With every choice that was left open.
    pub params: JobSpec,
    /// Rows that are learned from in an epoch.
    pub train_rows: u64,
    /// Trainable numbers of the model.
    pub parameters: u64,
    /// Of the training process, about.
    pub memory_bytes: u64,
    /// How long training takes at most, about: it may stop early. By the speed of the job `like`; null without one.
    pub seconds: Option<f64>,
    /// The newest such job, among the last twenty on the same data, with the same kind of model on the same device.
    pub like: Option<JobId>,
}

/// How fast a job was trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Speed {
    pub job_id: JobId,
    pub params: JobSpec,
    pub rows_per_second: f64,
}

impl Estimate {
    /// `speeds` are those of jobs on the same dataset, the newest first.
    pub fn of(params: JobSpec, dataset: &DatasetView, speeds: &[Speed]) -> Self {
        let parameters = params.parameters_on(dataset);
        let share = (1.0 - params.validation - params.test).max(0.0);
        let train_rows = (dataset.profile.rows as f64 * share).ceil() as u64;
        let like = speeds.iter().find(|speed| {
            let alike = speed.params.model.name() == params.model.name() && speed.params.device == params.device;
            alike && speed.rows_per_second > 0.0
        });
        let seconds = like.map(|like| {
            // A row costs a multiplication for each parameter; a smaller model is not counted as faster.
            let heavier = parameters as f64 / like.params.parameters_on(dataset).max(1) as f64;
            let rounds = 1.0 + f64::from(params.folds.unwrap_or(0));
            let rows = train_rows as f64 * f64::from(params.epochs) * rounds;
            rows / like.rows_per_second * heavier.max(1.0)
        });
        Self {
            memory_bytes: params.memory(dataset).total(),
            train_rows,
            parameters,
            seconds,
            like: like.map(|like| like.job_id),
            params,
        }
    }
}
