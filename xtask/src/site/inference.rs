//! The module that asks models in a browser, and the worker that it runs in.

use std::{fs, path::Path};

use anyhow::Context;

use super::bind;

/// What a page starts.
pub(super) const WORKER: &str = "worker.js";

/// Binds the module into `folder`, beside its worker.
///
/// # Errors
/// When it cannot be bound, or the worker is not where it was.
pub(super) fn bind(module: &Path, root: &Path, folder: &Path) -> anyhow::Result<()> {
    bind::bind("Binding the models' half to JavaScript", module, "inference", false, folder)?;
    let worker = root.join("inference/src").join(WORKER);
    fs::copy(&worker, folder.join(WORKER)).with_context(|| format!("could not copy {}", worker.display()))?;
    Ok(())
}
