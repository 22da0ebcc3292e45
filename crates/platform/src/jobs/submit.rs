//! From a request to a row in the queue.

use domain::{
    ApiError, JobId, Principal,
    dataset::DatasetView,
    error::FieldErrors,
    job::{JobSpec, JobStatus, TrainingRequest, check_tags},
};
use uuid::Uuid;

use super::{
    again,
    idempotency::{self, IdempotencyKey},
    no_such_job, room, sql,
};
use crate::{
    Breakpoint, Error, Platform, clock, datasets,
    events::{self, Change},
    experiments, models,
};

/// Makes every choice that was left open, and queues the job. From here on it ends COMPLETED, FAILED with a reason, or
/// STOPPED by a person. With a key that the same request was sent with before it gives the same job.
///
/// # Errors
/// `validation_failed` with every wrong field.
pub async fn submit(
    platform: &Platform,
    principal: &Principal,
    request: TrainingRequest,
    key: Option<&IdempotencyKey>,
) -> Result<JobStatus, Error> {
    principal.may_change()?;
    let dataset = datasets::find(platform, principal, &request.dataset).await?;
    let spec = begun(platform, principal, request.clone(), &dataset).await?.resolve(&dataset)?;
    let key = key.map(|key| (key, &request));
    enqueue(platform, principal, &dataset, &spec, Labels::of(&request)?, key).await
}

/// A new job with the spec of another, but for `changes`, and with a number behind its name unless they have another one.
///
/// # Errors
/// `not_found`, `conflict` when the dataset is gone, or `validation_failed` for the changes.
pub async fn clone(
    platform: &Platform,
    principal: &Principal,
    id: JobId,
    changes: TrainingRequest,
) -> Result<JobStatus, Error> {
    let original = sql::find(&platform.db, principal, id).await?.ok_or_else(no_such_job)?;
    principal.may_change()?;
    let wanted = changes.dataset.clone();
    let dataset = if wanted.is_empty() {
        let dataset = datasets::sql::find(&platform.db, principal, original.params.dataset_id).await?;
        let gone = || ApiError::conflict("The dataset of this job has been deleted, so it cannot be trained again.");
        dataset.ok_or_else(gone)?
    } else {
        datasets::find(platform, principal, &wanted).await?
    };
    let name = again::name(platform, principal, &original.summary.name).await?;
    let tags = Some(original.summary.tags);
    let request = TrainingRequest { name: Some(name), tags, ..TrainingRequest::from_spec(&original.params) };
    let request = request.with(changes);
    let mut labels = Labels::of(&request)?;
    // An admin who clones somebody else's job has no place in that person's experiment.
    if let Some(id) = original.summary.experiment_id.filter(|_| labels.experiment.is_empty())
        && experiments::is_of(platform, principal.user_id, id).await?
    {
        labels.experiment = id.to_string();
    }
    let spec = begun(platform, principal, request, &dataset).await?.resolve(&dataset)?;
    enqueue(platform, principal, &dataset, &spec, labels, None).await
}

/// What people say of a new job.
pub(super) struct Labels {
    /// As it was typed; empty for none.
    experiment: String,
    tags: Vec<String>,
}

impl Labels {
    /// # Errors
    /// `validation_failed` with `tags`.
    pub(super) fn of(request: &TrainingRequest) -> Result<Self, Error> {
        let mut errors = FieldErrors::default();
        let tags = check_tags(request.tags.clone().unwrap_or_default(), &mut errors);
        errors.into_result()?;
        Ok(Self { experiment: request.experiment_id.clone().unwrap_or_default(), tags })
    }
}

/// The request with what the model decides that it begins with, if there is one.
pub(super) async fn begun(
    platform: &Platform,
    principal: &Principal,
    request: TrainingRequest,
    dataset: &DatasetView,
) -> Result<TrainingRequest, Error> {
    let Some(id) = request.start_from.as_deref().filter(|id| !id.is_empty()) else { return Ok(request) };
    let none = || ApiError::field("start_from", "There is no such model.");
    let id = id.parse().map_err(|_| none())?;
    let model = models::sql::find(&platform.db, principal, id).await?.ok_or_else(none)?;
    let before = sql::find(&platform.db, principal, model.job_id).await?.map(|job| job.params);
    let before = before.filter(|before| before.dataset_id == dataset.id);
    Ok(request.starting_from(&model, before.as_ref())?)
}

/// Whether this server can train such a job.
///
/// # Errors
/// `validation_failed` when it has no such device, or not the memory.
pub(super) fn check(platform: &Platform, dataset: &DatasetView, spec: &JobSpec) -> Result<(), ApiError> {
    let devices = crate::devices(platform);
    if !devices.contains(&spec.device) {
        let there: Vec<&str> = devices.iter().map(|device| device.as_str()).collect();
        let why = format!("This server has no {}; it has {}.", spec.device.as_str(), there.join(", "));
        return Err(ApiError::field("device", why));
    }
    room::check(platform, dataset, spec)
}

async fn enqueue(
    platform: &Platform,
    principal: &Principal,
    dataset: &DatasetView,
    spec: &JobSpec,
    labels: Labels,
    key: Option<(&IdempotencyKey, &TrainingRequest)>,
) -> Result<JobStatus, Error> {
    check(platform, dataset, spec)?;
    let (id, now) = (JobId(Uuid::now_v7()), clock::now());
    let mut transaction = platform.db.begin().await?;
    if let Some((key, request)) = key
        && let Some(before) = idempotency::take(&mut transaction, principal, key, request, id, now).await?
    {
        let gone = || ApiError::conflict("The job that this Idempotency-Key made has been deleted. Use a new key.");
        return Ok(sql::find(&mut transaction, principal, before).await?.ok_or_else(gone)?);
    }
    // It may have been deleted since it was looked up; from here on, deleting it is refused.
    datasets::sql::hold(&mut transaction, dataset.id).await?;
    if datasets::sql::find(&mut transaction, principal, dataset.id).await?.is_none() {
        return Err(ApiError::field("dataset", "This dataset has just been deleted.").into());
    }
    let mut errors = FieldErrors::default();
    let experiment = experiments::take(&mut transaction, principal.user_id, &labels.experiment, &mut errors).await?;
    errors.into_result()?;
    let labels = (experiment, &labels.tags[..]);
    sql::insert(&mut transaction, id, principal.user_id, &dataset.name, spec, labels, now).await?;
    let status = sql::find(&mut transaction, principal, id).await?.ok_or_else(no_such_job)?;
    let (job, owner) = (&status.summary, principal.user_id);
    let change = Change { job, owner, after: 0, messages: Vec::new(), listed: true, ended: false, wakes: true };
    Breakpoint::JobInserted.reached();
    events::commit(platform, transaction, change).await?;
    Breakpoint::JobSubmitted.reached();
    Ok(status)
}
