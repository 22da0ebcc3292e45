//! What a job would take, without submitting it.

use domain::{
    Principal,
    job::{Estimate, TrainingRequest},
};

use super::{
    sql,
    submit::{Labels, begun, check},
};
use crate::{Error, Platform, datasets};

/// Makes every choice that was left open, and says what training takes.
///
/// # Errors
/// `validation_failed` with every wrong field but its experiment.
pub async fn estimate(platform: &Platform, principal: &Principal, request: TrainingRequest) -> Result<Estimate, Error> {
    let dataset = datasets::find(platform, principal, &request.dataset).await?;
    Labels::of(&request)?;
    let spec = begun(platform, principal, request, &dataset).await?.resolve(&dataset)?;
    check(platform, &dataset, &spec)?;
    let speeds = sql::speeds(&platform.db, principal, dataset.id).await?;
    Ok(Estimate::of(spec, &dataset, &speeds))
}
