//! What is shown of a job: short in lists, whole on its page, and small on the socket.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{JobFailure, JobSpec, JobState, Parameter, Task};
use crate::{DatasetId, ExperimentId, JobId, ModelId, Timestamp};

/// The part of a job that moves while it trains; the same fields in lists, on its page and on the socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobProgress {
    pub status: JobState,
    /// 0 to 100.
    pub progress: f64,
    /// Epochs finished.
    pub epoch: u32,
    pub total_epochs: u32,
    /// Optimizer steps taken.
    pub step: u64,
    pub total_steps: u64,
    /// The newest training loss.
    pub loss: Option<f64>,
    /// The newest value of each metric, as `split_name`: `validation_accuracy`, `test_rmse`, `baseline_accuracy`.
    pub metrics: BTreeMap<String, f64>,
    /// One sentence: what is happening, or why it ended.
    pub message: String,
    pub eta_seconds: Option<f64>,
    pub samples_per_second: Option<f64>,
    /// Times a trainer was started for this job.
    pub attempt: u32,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// Only when the status is FAILED.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure: Option<JobFailure>,
    /// Only when the status is COMPLETED.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model_id: Option<ModelId>,
    /// Somebody asked it to stop and it has not yet.
    #[serde(default)]
    pub stopping: bool,
}

impl JobProgress {
    /// Of a first attempt of which nothing more is known yet.
    pub fn begun(status: JobState, total_epochs: u32) -> Self {
        Self {
            status,
            progress: 0.0,
            epoch: 0,
            total_epochs,
            step: 0,
            total_steps: 0,
            loss: None,
            metrics: BTreeMap::new(),
            message: String::new(),
            eta_seconds: None,
            samples_per_second: None,
            attempt: 1,
            started_at: None,
            finished_at: None,
            failure: None,
            model_id: None,
            stopping: false,
        }
    }
}

/// A job in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobSummary {
    pub job_id: JobId,
    pub name: String,
    pub dataset_id: DatasetId,
    /// The dataset's name when the job was submitted; the dataset may be gone.
    pub dataset_name: String,
    pub task: Task,
    pub target: String,
    /// The architecture: `linear`, `mlp`, `resnet`, `transformer` or `cnn`.
    pub model: String,
    /// What it is trained with, by name: `lr`, `epochs`, `hidden`.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
    #[serde(default)]
    pub tags: Vec<String>,
    /// The experiment that it belongs to.
    #[serde(default)]
    pub experiment_id: Option<ExperimentId>,
    pub created_at: Timestamp,
    /// Sequence number of the newest event.
    pub last_seq: u64,
    /// A checkpoint exists, so that STOPPED and FAILED can go on from it.
    pub has_checkpoint: bool,
    #[serde(flatten)]
    pub progress: JobProgress,
}

/// A whole job: `GET /api/training/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobStatus {
    #[serde(flatten)]
    pub summary: JobSummary,
    /// Markdown.
    #[serde(default)]
    pub note: String,
    pub params: JobSpec,
}
