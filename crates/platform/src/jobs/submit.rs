//! From a request to a row in the queue.

use domain::{
    ApiError, JobId, Principal,
    dataset::DatasetView,
    job::{JobSpec, JobStatus, TrainingRequest},
};
use uuid::Uuid;

use super::{no_such_job, sql};
use crate::{
    Error, Platform, clock, datasets,
    events::{self, Change},
};

/// Makes every choice that was left open, and queues the job. From here on it ends COMPLETED, FAILED with a reason, or
/// STOPPED by a person.
///
/// # Errors
/// `validation_failed` with every wrong field.
pub async fn submit(platform: &Platform, principal: &Principal, request: TrainingRequest) -> Result<JobStatus, Error> {
    let dataset = datasets::find(platform, principal, &request.dataset).await?;
    let spec = request.resolve(&dataset)?;
    enqueue(platform, principal, &dataset, &spec).await
}

/// A new job with the spec of another.
///
/// # Errors
/// `not_found`, or `conflict` when the dataset is gone.
pub async fn clone(platform: &Platform, principal: &Principal, id: JobId) -> Result<JobStatus, Error> {
    let original = sql::find(&platform.db, principal, id).await?.ok_or_else(no_such_job)?;
    let dataset = datasets::sql::find(&platform.db, principal, original.params.dataset_id).await?;
    let gone = || ApiError::conflict("The dataset of this job has been deleted, so it cannot be trained again.");
    enqueue(platform, principal, &dataset.ok_or_else(gone)?, &original.params).await
}

async fn enqueue(
    platform: &Platform,
    principal: &Principal,
    dataset: &DatasetView,
    spec: &JobSpec,
) -> Result<JobStatus, Error> {
    let id = JobId(Uuid::now_v7());
    let mut transaction = platform.db.begin().await?;
    // It may have been deleted since it was looked up; from here on, deleting it is refused.
    datasets::sql::hold(&mut transaction, dataset.id).await?;
    if datasets::sql::find(&mut transaction, principal, dataset.id).await?.is_none() {
        return Err(ApiError::field("dataset", "This dataset has just been deleted.").into());
    }
    sql::insert(&mut transaction, id, principal.user_id, &dataset.name, spec, clock::now()).await?;
    let status = sql::find(&mut transaction, principal, id).await?.ok_or_else(no_such_job)?;
    let (job, owner) = (&status.summary, principal.user_id);
    let change = Change { job, owner, after: 0, messages: Vec::new(), listed: true, wakes: true };
    events::commit(platform, transaction, change).await?;
    Ok(status)
}
