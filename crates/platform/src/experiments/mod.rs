//! Experiments: jobs that belong together, with a note on what was found out.

pub(crate) mod sql;

use domain::{
    ApiError, ExperimentId, Principal, UserId,
    error::FieldErrors,
    experiment::{ExperimentChanges, ExperimentView},
};
use uuid::Uuid;

use crate::{Error, ListFilter, Page, Platform, clock, db::Tx, events, page, shares};

fn no_such_experiment() -> Error {
    ApiError::not_found("experiment").into()
}

/// A page of the experiments that the caller may see, without their notes, the one that was changed last first.
///
/// # Errors
/// `validation_failed` for a cursor that is none.
pub async fn list(
    platform: &Platform,
    principal: &Principal,
    filter: &ListFilter,
) -> Result<Page<ExperimentView>, Error> {
    page::read::<sql::Experiments>(&platform.db, principal, filter).await
}

/// # Errors
/// `not_found`, also when it is somebody else's.
pub async fn get(platform: &Platform, principal: &Principal, id: ExperimentId) -> Result<ExperimentView, Error> {
    sql::find(&platform.db, principal, id).await?.ok_or_else(no_such_experiment)
}

/// # Errors
/// `validation_failed` with every wrong field; a name is needed.
pub async fn create(
    platform: &Platform,
    principal: &Principal,
    wanted: ExperimentChanges,
) -> Result<ExperimentView, Error> {
    principal.may_change()?;
    let wanted = ExperimentChanges { name: Some(wanted.name.unwrap_or_default()), ..wanted }.checked()?;
    let (id, now) = (ExperimentId(Uuid::now_v7()), clock::now());
    let experiment = ExperimentView {
        id,
        name: wanted.name.unwrap_or_default(),
        note: wanted.note.unwrap_or_default(),
        tags: wanted.tags.unwrap_or_default(),
        jobs: 0,
        active: 0,
        created_at: now,
        updated_at: now,
    };
    let mut transaction = platform.db.begin().await?;
    sql::insert(&mut transaction, principal.user_id, &experiment).await?;
    transaction.commit().await?;
    Ok(experiment)
}

/// # Errors
/// `not_found`, or `validation_failed` with every wrong field.
pub async fn change(
    platform: &Platform,
    principal: &Principal,
    id: ExperimentId,
    changes: ExperimentChanges,
) -> Result<ExperimentView, Error> {
    let changes = changes.checked()?;
    let mut transaction = platform.db.begin().await?;
    sql::hold(&mut transaction, id).await?;
    let before = sql::find(&mut transaction, principal, id).await?.ok_or_else(no_such_experiment)?;
    let owner = sql::owner(&mut transaction, id).await?.ok_or_else(no_such_experiment)?;
    shares::require_edit(&mut transaction, principal, owner, &[id.0]).await?;
    let after = ExperimentView {
        name: changes.name.unwrap_or(before.name),
        note: changes.note.unwrap_or(before.note),
        tags: changes.tags.unwrap_or(before.tags),
        updated_at: clock::now(),
        ..before
    };
    sql::update(&mut transaction, &after).await?;
    transaction.commit().await?;
    Ok(after)
}

/// Removes an experiment; its jobs stay.
///
/// # Errors
/// `not_found`, also when it is somebody else's.
pub async fn delete(platform: &Platform, principal: &Principal, id: ExperimentId) -> Result<(), Error> {
    let mut transaction = platform.db.begin().await?;
    sql::find(&mut transaction, principal, id).await?.ok_or_else(no_such_experiment)?;
    let owner = sql::owner(&mut transaction, id).await?.ok_or_else(no_such_experiment)?;
    shares::require_owner(principal, owner)?;
    sql::delete(&mut transaction, id).await?;
    shares::sql::forget(&mut transaction, id.0).await?;
    // Its jobs were seen through it.
    events::commit_access(platform, transaction).await
}

/// The experiment that a job of `owner` is to belong to, as it was typed; an empty text is none. It is held until the end of
/// the transaction, and knows that a job came.
/// One that is not the owner's is added to `errors` as `experiment_id`: others cannot see it.
pub(crate) async fn take(
    transaction: &mut Tx,
    owner: UserId,
    id: &str,
    errors: &mut FieldErrors,
) -> Result<Option<ExperimentId>, Error> {
    if id.is_empty() {
        return Ok(None);
    }
    if let Ok(id) = id.parse()
        && sql::touch(transaction, owner, id, clock::now()).await?
    {
        return Ok(Some(id));
    }
    errors.add("experiment_id", "There is no such experiment.");
    Ok(None)
}

/// Names of the caller's own experiments for a choice, by name: the 200 that were changed last, and `shown` in any case.
pub async fn names(
    platform: &Platform,
    principal: &Principal,
    shown: Option<ExperimentId>,
) -> Result<Vec<(ExperimentId, String)>, Error> {
    sql::names(&platform.db, principal, shown).await
}

/// Whether it is an experiment of this person's.
pub(crate) async fn is_of(platform: &Platform, owner: UserId, id: ExperimentId) -> Result<bool, Error> {
    sql::is_of(&platform.db, owner, id).await
}
