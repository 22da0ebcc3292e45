//! Jobs for pages: a job may have thousands of metrics, of which a page shows a few.

#[cfg(any(feature = "ssr", test))]
use std::collections::BTreeSet;

use domain::comparison::Comparison;
#[cfg(any(feature = "ssr", test))]
use domain::job::{JobSummary, Split};
use serde::{Deserialize, Serialize};

/// Jobs side by side, for a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Its jobs have the metrics that are shown.
    pub comparison: Comparison,
    /// Names of all their metrics, without their splits.
    pub metrics: Vec<String>,
}

/// For a page that judges jobs by `result`; by the headline metric of each when it is empty.
#[cfg(feature = "ssr")]
pub fn compared(mut comparison: Comparison, result: &str) -> Compared {
    let metrics = only_metrics(&mut comparison.jobs, &[result]);
    Compared { comparison, metrics }
}

/// Leaves jobs the metrics that are called so, with or without their split, and the one by which they are judged; gives the
/// names of all that they had, without their splits.
#[cfg(any(feature = "ssr", test))]
pub fn only_metrics(jobs: &mut [JobSummary], wanted: &[&str]) -> Vec<String> {
    let mut names = BTreeSet::new();
    for job in jobs {
        let headline = job.task.headline_metric();
        job.progress.metrics.retain(|name, _| {
            let short = Split::of_metric(name).map(|(_, metric)| metric);
            if let Some(short) = short.filter(|short| !names.contains(*short)) {
                names.insert(short.to_owned());
            }
            let is = |wanted: &str| {
                [Some(name.as_str()), short].into_iter().flatten().any(|name| name.eq_ignore_ascii_case(wanted))
            };
            is(headline) || wanted.iter().any(|wanted| is(wanted))
        });
    }
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use domain::job::JobSummary;

    use super::only_metrics;

    #[test]
    fn what_is_shown_stays_and_everything_is_named() {
        let job = serde_json::json!({
            "job_id": "00000000-0000-7000-8000-000000000001", "name": "a", "task": "binary", "target": "y", "model": "mlp",
            "dataset_id": "00000000-0000-7000-8000-000000000002", "dataset_name": "d", "has_checkpoint": false,
            "created_at": "2026-11-28T00:00:00Z", "last_seq": 9, "status": "COMPLETED", "progress": 100.0, "epoch": 1,
            "total_epochs": 1, "step": 1, "total_steps": 1, "loss": 0.1, "message": "", "eta_seconds": null, "attempt": 1,
            "samples_per_second": null, "started_at": null, "finished_at": null,
            "metrics": {"validation_accuracy": 0.5, "test_accuracy": 0.6, "baseline_accuracy": 0.3, "train_loss": 0.1,
                        "validation_loss": 0.2, "validation_f1_macro": 0.4, "test_ece": 0.0},
        });
        let mut jobs: Vec<JobSummary> = vec![serde_json::from_value(job).unwrap()];
        let names = only_metrics(&mut jobs, &["validation_loss", "ece", "lr"]);
        assert_eq!(names, ["accuracy", "ece", "f1_macro", "loss"]);
        let kept: Vec<_> = jobs[0].progress.metrics.keys().map(String::as_str).collect();
        assert_eq!(kept, ["test_accuracy", "test_ece", "validation_accuracy", "validation_loss"]);
    }
}
