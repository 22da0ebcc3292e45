//! From the compiled page to what a browser loads: its parts, wasm-bindgen as a library, compressed copies.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use super::{bind, parts};

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
    // The parts import the memory, the stack and the table of the main module.
    bind::bind("Binding the page to JavaScript", &divided.main, "athanor", true, folder)?;
    Ok(Script { parts: divided.parts })
}
