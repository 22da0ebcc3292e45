//! The module that asks models in a browser, and the worker that it runs in.

use std::{fs, path::Path};

use anyhow::{Context, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use super::folder;
use crate::command;

/// What a page starts.
pub(super) const WORKER: &str = "worker.js";

/// Binds the module into `folder`, beside its worker.
///
/// # Errors
/// When it cannot be bound, or the worker is not where it was.
pub(super) fn bind(module: &Path, root: &Path, folder: &Path) -> anyhow::Result<()> {
    command::announce("Binding the models' half to JavaScript");
    let bound = Bindgen::new().input_path(module).out_name("inference").web(true).and_then(|bindgen| {
        bindgen.typescript(false).remove_name_section(true).remove_producers_section(true).generate(folder)
    });
    bound.map_err(|error| anyhow!(folder::wrong_version(&error)))?;
    let worker = root.join("inference/src").join(WORKER);
    fs::copy(&worker, folder.join(WORKER)).with_context(|| format!("could not copy {}", worker.display()))?;
    Ok(())
}
