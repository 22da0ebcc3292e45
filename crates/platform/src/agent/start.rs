//! What a trainer is told at its start.

use domain::wire::trainer::{DatasetFile, PROTOCOL, Start};

use super::record::Record;
use crate::{Error, Platform, datasets, queue};

/// Everything a trainer needs; `None` when the dataset is gone.
///
/// # Errors
/// `Storage` when the job's directory cannot be made.
pub(super) async fn start_order(platform: &Platform, record: &Record<'_>) -> Result<Option<Start>, Error> {
    let (lease, spec) = (record.lease(), record.spec().clone());
    let Some(dataset) = datasets::sql::find_for_agent(&platform.db, spec.dataset_id).await? else { return Ok(None) };
    let work_dir = platform.data.job(lease.job_id);
    tokio::fs::create_dir_all(&work_dir).await.map_err(Error::storage("make the job's directory"))?;
    let checkpoints = queue::sql::checkpoints(&platform.db, lease.job_id).await?;
    let source = datasets::source_of(platform, &dataset);
    Ok(Some(Start {
        protocol: PROTOCOL,
        job_id: lease.job_id,
        attempt: lease.attempt,
        spec,
        dataset: DatasetFile {
            path: source.path.to_string_lossy().into_owned(),
            format: source.format,
            gzip: source.gzip,
            name: dataset.name,
            sha256: dataset.sha256,
        },
        checkpoints: checkpoints.iter().map(|path| work_dir.join(path).to_string_lossy().into_owned()).collect(),
        work_dir: work_dir.to_string_lossy().into_owned(),
        checkpoint_seconds: platform.config.checkpoint_every.as_secs(),
        keep_checkpoints: platform.config.keep_checkpoints,
        // Before the lease is lost: by then another attempt may have begun.
        silence_seconds: (platform.config.lease * 5 / 6).as_secs().max(1),
        memory_bytes: platform.config.job_memory_bytes,
    }))
}
