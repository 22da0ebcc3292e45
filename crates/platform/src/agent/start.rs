//! What a trainer is told at its start.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use domain::wire::trainer::{DatasetFile, PROTOCOL, Start};

use super::record::Record;
use crate::{Error, Platform, blob, datasets, queue};

/// The job's own copy of the model that it starts from: that may be deleted before the job has ended.
const START_FROM: &str = "start-from";

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
    let (folder, recorded) = (work_dir.clone(), checkpoints.clone());
    tokio::task::spawn_blocking(move || sweep(&folder, &recorded))
        .await
        .map_err(|error| Error::Internal(error.to_string()))?
        .map_err(Error::storage("remove what earlier attempts left"))?;
    let source = datasets::source_of(platform, &dataset);
    let start_from = match spec.start_from {
        Some(id) => {
            let (model, own) = (platform.data.model(id), work_dir.join(START_FROM));
            let path = own.to_string_lossy().into_owned();
            tokio::task::spawn_blocking(move || keep(&model, &own))
                .await
                .map_err(|error| Error::Internal(error.to_string()))?
                .map_err(Error::storage("copy the model that the job starts from"))?;
            Some(path)
        }
        None => None,
    };
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
        start_from,
        // Before the lease is lost: by then another attempt may have begun.
        silence_seconds: (platform.config.lease * 5 / 6).as_secs().max(1),
        updates_per_second: platform.config.updates_per_second,
        memory_bytes: platform.config.job_memory_bytes,
        threads: threads(platform.config.slots),
    }))
}

/// Cores that each of so many jobs may have to itself.
fn threads(slots: usize) -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (cores / slots.max(1)).max(1) as u32
}

/// Copies what a trainer needs of a model, once. One that is gone is left to the trainer to tell.
fn keep(model: &Path, own: &Path) -> io::Result<()> {
    if own.exists() || !model.exists() {
        return Ok(());
    }
    let beside = own.with_extension("part");
    blob::remove(&beside)?;
    fs::create_dir_all(&beside)?;
    for name in ["encoder.json", "model.safetensors"] {
        fs::copy(model.join(name), beside.join(name))?;
    }
    fs::rename(&beside, own)
}

/// Removes what earlier attempts left and no row names: checkpoints that were never recorded or are forgotten, models that
/// were never delivered.
fn sweep(work_dir: &Path, recorded: &[String]) -> io::Result<()> {
    let keep: HashSet<PathBuf> = recorded.iter().map(|path| work_dir.join(path)).collect();
    for folder in [work_dir.join("checkpoints"), work_dir.to_owned()] {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        for entry in entries {
            let path = entry?.path();
            if ![work_dir.join("checkpoints"), work_dir.join(START_FROM)].contains(&path) && !keep.contains(&path) {
                blob::remove(&path)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::sweep;

    #[test]
    fn only_what_is_recorded_stays() {
        let job = tempfile::tempdir().unwrap();
        for folder in ["checkpoints/a1-e1", "checkpoints/a1-e2", "checkpoints/a1-e3.part", "model-a1", "start-from"] {
            fs::create_dir_all(job.path().join(folder)).unwrap();
        }
        sweep(job.path(), &["checkpoints/a1-e2".to_owned()]).unwrap();
        let left: Vec<_> =
            fs::read_dir(job.path().join("checkpoints")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["a1-e2"]);
        assert!(!job.path().join("model-a1").exists() && job.path().join("start-from").exists());
        sweep(&job.path().join("nothing"), &[]).unwrap();
    }
}
