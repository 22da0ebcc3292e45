//! From the compiled page to what a browser loads: its parts, wasm-bindgen as a library, compressed copies.

use std::{collections::BTreeMap, path::Path};

use anyhow::anyhow;
use serde::{Deserialize, Serialize};
use wasm_bindgen_cli_support::Bindgen;

use super::{folder, parts};
use crate::command;

/// What is code of the page.
#[derive(Serialize, Deserialize)]
pub(super) struct Script {
    /// Which parts each lazy function needs.
    pub(super) parts: BTreeMap<String, Vec<String>>,
}

/// Divides and binds the module into `folder`.
///
/// # Errors
/// When it cannot be divided or bound.
pub(super) fn bind(module: &Path, folder: &Path) -> anyhow::Result<Script> {
    let divided = parts::divide(module, "athanor.js", folder)?;
    command::announce("Binding the page to JavaScript");
    let bound = Bindgen::new().input_path(divided.main).out_name("athanor").web(true).and_then(|bindgen| {
        bindgen.typescript(false).remove_name_section(true).remove_producers_section(true);
        // The parts import the memory, the stack and the table of the main module.
        bindgen.keep_lld_exports(true).generate(folder)
    });
    bound.map_err(|error| anyhow!(folder::wrong_version(&error)))?;
    Ok(Script { parts: divided.parts })
}
