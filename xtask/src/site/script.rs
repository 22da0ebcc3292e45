//! From the compiled module to what a browser loads: its parts, wasm-bindgen as a library, compressed copies.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow};
use serde::{Deserialize, Serialize};
use wasm_bindgen_cli_support::Bindgen;

use super::{compress, fingerprint::Fingerprint, parts};
use crate::{
    command, walk,
    wasm::{self, Toolchain},
    workspace::Workspace,
};

/// What is code of the page. The files refer to each other by name, so their folder is named by their content.
#[derive(Serialize, Deserialize)]
pub(super) struct Script {
    /// Name of the folder, below [`Script::root`].
    pub(super) name: String,
    /// Which parts each lazy function needs.
    pub(super) parts: BTreeMap<String, Vec<String>>,
    #[serde(skip)]
    pub(super) root: PathBuf,
}

/// Builds it, or takes that of the last time when `inputs` has not changed since.
pub(super) fn build(workspace: &Workspace, toolchain: &Toolchain, inputs: &str) -> anyhow::Result<Script> {
    let root = workspace.target.join("site.script");
    let (stamp, list) = (workspace.target.join("site.script.stamp"), root.join("script.json"));
    if fs::read_to_string(&stamp).ok().as_deref() != Some(inputs) {
        let module = wasm::frontend(workspace, toolchain)?;
        let _ = fs::remove_file(&stamp);
        let _ = fs::remove_dir_all(&root);
        let script = bind(&module, &root)?;
        fs::write(&list, serde_json::to_vec(&script)?)?;
        fs::write(&stamp, inputs)?;
    }
    let read = || anyhow::Ok(serde_json::from_slice(&fs::read(&list)?)?);
    let script: Script = read().with_context(|| format!("remove {} and build again", stamp.display()))?;
    Ok(Script { root, ..script })
}

fn bind(module: &Path, root: &Path) -> anyhow::Result<Script> {
    let folder = root.join("new");
    fs::create_dir_all(&folder)?;
    let divided = parts::divide(module, "athanor.js", &folder)?;
    command::announce("Binding the module to JavaScript");
    let bound = Bindgen::new().input_path(divided.main).out_name("athanor").web(true).and_then(|bindgen| {
        bindgen.typescript(false).remove_name_section(true).remove_producers_section(true);
        // The parts import the memory, the stack and the table of the main module.
        bindgen.keep_lld_exports(true).generate(&folder)
    });
    bound.map_err(|error| anyhow!("wasm-bindgen: {error:#}; is its version in Cargo.toml that of Cargo.lock?"))?;
    command::announce("Compressing it as small as it gets (a few seconds)");
    let files = walk::files(&folder)?;
    let mut content = Fingerprint::new(&folder);
    for file in &files {
        content.file(file)?;
    }
    for file in &files {
        compress::beside(file)?;
    }
    let main = folder.join("athanor_bg.wasm");
    let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len()) / 1000;
    let sizes = (size(&main), size(&compress::brotli_name(&main)));
    command::announce(&format!("The main module has {} kB, {} kB in brotli", sizes.0, sizes.1));
    let name: String = content.finish().chars().take(16).collect();
    fs::rename(&folder, root.join(&name))?;
    Ok(Script { name, parts: divided.parts, root: root.to_owned() })
}
