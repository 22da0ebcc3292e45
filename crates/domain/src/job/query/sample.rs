//! A job to try queries on.

use serde_json::json;

use crate::{Timestamp, job::JobSummary};

/// The experiment that it belongs to.
pub(super) const EXPERIMENT: &str = "0192f000-0000-7000-8000-00000000000e";

/// When it is looked at.
pub(super) fn now() -> Timestamp {
    moment("2026-11-11T12:00:00Z")
}

pub(super) fn moment(text: &str) -> Timestamp {
    serde_json::from_value(json!(text)).unwrap()
}

/// It began ten days before [`now`] and was completed after five minutes.
pub(super) fn job() -> JobSummary {
    serde_json::from_value(json!({
        "job_id": "0192f000-0000-7000-8000-000000000001",
        "name": "First try ÄÖ",
        "dataset_id": "0192f000-0000-7000-8000-000000000002",
        "dataset_name": "Iris flowers",
        "task": "multiclass",
        "target": "Species",
        "model": "mlp",
        "parameters": {
            "lr": 0.003, "batch_size": 32, "optimizer": "adamw", "hidden": "64, 32", "epochs": 20, "warmup": 0.07
        },
        "tags": ["baseline", "Second Round"],
        "experiment_id": EXPERIMENT,
        "created_at": "2026-11-01T11:59:00Z",
        "last_seq": 9,
        "has_checkpoint": true,
        "status": "COMPLETED",
        "progress": 100.0,
        "epoch": 18,
        "total_epochs": 20,
        "step": 90,
        "total_steps": 100,
        "loss": 0.25,
        "metrics": {
            "train_accuracy": 0.97, "validation_accuracy": 0.91, "test_accuracy": 0.93, "baseline_accuracy": 0.4,
            "train_loss": 0.25
        },
        "message": "There is a model.",
        "eta_seconds": null,
        "samples_per_second": null,
        "attempt": 1,
        "started_at": "2026-11-01T12:00:00Z",
        "finished_at": "2026-11-01T12:05:00Z"
    }))
    .unwrap()
}
