//! Jobs, models and datasets by a part of their name, for the palette.

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

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Job,
    Model,
    Dataset,
    Experiment,
}

/// Something with a page of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub kind: Kind,
    pub name: String,
    /// Tells those of the same name apart.
    pub about: String,
    pub address: String,
}

/// Jobs, then models, datasets and experiments that the caller may see and whose name has `text` in it, in any case; of a job, also
/// the dataset's name or the target.
#[server(prefix = "/api/fn", endpoint = "find")]
pub async fn find(#[server(default)] text: String) -> Result<Vec<Found>, UiError> {
    use crate::components::{badge::state_word, format};
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
        kind: Kind::Job,
        about: t!("{state}, {at}", state = state_word(job.progress.status), at = format::moment(job.created_at)),
        address: format!("/jobs/{}", job.job_id),
        name: job.name,
    });
    let models = models.into_iter().map(|model| Found {
        kind: Kind::Model,
        about: t!("predicts {target}, {at}", target = model.info.target, at = format::moment(model.created_at)),
        address: format!("/models/{}", model.id),
        name: model.name,
    });
    let datasets = datasets.into_iter().map(|dataset| Found {
        kind: Kind::Dataset,
        about: format::counted(dataset.profile.rows, t!("row"), t!("rows")),
        address: format!("/datasets/{}", dataset.id),
        name: dataset.name,
    });
    let experiments = experiments.into_iter().map(|experiment| Found {
        kind: Kind::Experiment,
        about: String::new(),
        address: format!("/experiments/{}", experiment.id),
        name: experiment.name,
    });
    Ok(jobs.chain(models).chain(datasets).chain(experiments).collect())
}
