//! Jobs, models and datasets by a part of their name, for the palette.

use domain::{Timestamp, job::JobState};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::UiError;

/// Fewer letters find too much.
pub const FEWEST_LETTERS: usize = 2;

/// At most so many of each kind are found.
#[cfg(feature = "ssr")]
const MOST: u32 = 6;
/// What is longer is no name.
#[cfg(feature = "ssr")]
const MOST_LETTERS: usize = 200;

/// What was found, and what tells those of the same name apart. The page that asked says it in its own language, which need not be
/// that of the browser's cookie: another tab may have chosen another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Kind {
    Job { state: JobState, at: Timestamp },
    Model { target: String, at: Timestamp },
    Dataset { rows: u64 },
    Experiment,
}

/// Something with a page of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    #[serde(flatten)]
    pub kind: Kind,
    pub name: String,
    pub address: String,
}

/// Jobs, then models, datasets and experiments that the caller may see and whose name has `text` in it, in any case; of a job, also
/// the dataset's name or the target.
#[server(prefix = "/api/fn", endpoint = "find")]
pub async fn find(#[server(default)] text: String) -> Result<Vec<Found>, UiError> {
    use platform::{datasets, experiments, jobs, models};
    let (platform, principal) = crate::ssr::caller()?;
    let text: String = text.trim().chars().take(MOST_LETTERS).collect();
    if text.chars().count() < FEWEST_LETTERS {
        return Ok(Vec::new());
    }
    let named = platform::ListFilter { words: Some(text.clone()), limit: MOST, ..Default::default() };
    let filter = jobs::JobFilter { search: Some(text), limit: MOST, ..Default::default() };
    let page = jobs::list(&platform, &principal, filter).await.map_err(crate::ssr::fail)?;
    let models = models::list(&platform, &principal, &named).await.map_err(crate::ssr::fail)?.items;
    let datasets = datasets::list(&platform, &principal, &named).await.map_err(crate::ssr::fail)?.items;
    let experiments = experiments::list(&platform, &principal, &named).await.map_err(crate::ssr::fail)?.items;
    let jobs = page.jobs.into_iter().map(|job| Found {
        kind: Kind::Job { state: job.progress.status, at: job.created_at },
        address: format!("/jobs/{}", job.job_id),
        name: job.name,
    });
    let models = models.into_iter().map(|model| Found {
        address: format!("/models/{}", model.id),
        kind: Kind::Model { target: model.info.target, at: model.created_at },
        name: model.name,
    });
    let datasets = datasets.into_iter().map(|dataset| Found {
        kind: Kind::Dataset { rows: dataset.profile.rows },
        address: format!("/datasets/{}", dataset.id),
        name: dataset.name,
    });
    let experiments = experiments.into_iter().map(|experiment| Found {
        kind: Kind::Experiment,
        address: format!("/experiments/{}", experiment.id),
        name: experiment.name,
    });
    Ok(jobs.chain(models).chain(datasets).chain(experiments).collect())
}
