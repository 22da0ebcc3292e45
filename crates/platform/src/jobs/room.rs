//! Whether a job can fit: one that cannot is refused before it takes anybody's turn.

use domain::{ApiError, dataset::DatasetView, job::JobSpec};

use crate::Platform;

/// Compares what the job needs with what one may have; without a limit, with the memory of this machine.
///
/// # Errors
/// `validation_failed` with both, when it is too much.
pub(super) fn check(platform: &Platform, dataset: &DatasetView, spec: &JobSpec) -> Result<(), ApiError> {
    let Some(limit) = platform.config.job_memory_bytes.or_else(machine) else { return Ok(()) };
    let needs = spec.memory(dataset);
    if needs.total() <= limit {
        return Ok(());
    }
    let field = if needs.data >= needs.model.max(needs.batch) { "features" } else { "model" };
    let megabytes = |bytes: u64| bytes.div_ceil(1 << 20);
    Err(ApiError::field(
        field,
        format!(
            "This job needs about {} MB of memory (data {}, model {}, one batch {}), and a job may have {} MB here. Choose fewer \
             features, a smaller model or a smaller batch, or have ATHANOR_JOB_MEMORY_MB raised.",
            megabytes(needs.total()),
            megabytes(needs.data),
            megabytes(needs.model),
            megabytes(needs.batch),
            megabytes(limit)
        ),
    ))
}

/// Bytes of memory of this machine, where it says so: `MemTotal`, which is in units of 1,024 bytes.
fn machine() -> Option<u64> {
    let said = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = said.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}
