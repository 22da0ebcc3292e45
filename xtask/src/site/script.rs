//! From the compiled module to what a browser loads: wasm-bindgen as a library, names with a hash, compressed copies.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use super::{compress, fingerprint};
use crate::{
    command, walk,
    wasm::{self, Toolchain},
    workspace::Workspace,
};

/// The two files of the page that are code, and whatever they import.
pub(super) struct Script {
    pub(super) folder: PathBuf,
    pub(super) js: String,
    pub(super) wasm: String,
}

/// Builds them, or takes those of the last time when `inputs` has not changed since.
pub(super) fn build(workspace: &Workspace, toolchain: &Toolchain, inputs: &str) -> anyhow::Result<Script> {
    let folder = workspace.target.join("site.script");
    let stamp = workspace.target.join("site.script.stamp");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(inputs) {
        let module = wasm::frontend(workspace, toolchain)?;
        let _ = fs::remove_file(&stamp);
        bind(&module, &folder)?;
        fs::write(&stamp, inputs)?;
    }
    find(&folder).with_context(|| format!("{} is not whole; remove it and build again", stamp.display()))
}

fn bind(module: &Path, folder: &Path) -> anyhow::Result<()> {
    let _ = fs::remove_dir_all(folder);
    command::announce("Binding the module to JavaScript");
    // Sections that only debuggers read are a third of the module.
    let bound = Bindgen::new().input_path(module).out_name("athanor").web(true).and_then(|bindgen| {
        bindgen.typescript(false).remove_name_section(true).remove_producers_section(true).generate(folder)
    });
    bound.map_err(|error| anyhow!("wasm-bindgen: {error:#}; is its version in Cargo.toml that of Cargo.lock?"))?;
    let read = |name: &str| fs::read(folder.join(name)).with_context(|| format!("wasm-bindgen made no {name}"));
    let js = String::from_utf8(read("athanor.js")?).context("athanor.js is not UTF-8")?;
    let module = read("athanor_bg.wasm")?;
    let hash = fingerprint::short(&[js.as_bytes(), &module].concat());
    let wasm_name = format!("athanor.{hash}_bg.wasm");
    fs::remove_file(folder.join("athanor.js"))?;
    fs::rename(folder.join("athanor_bg.wasm"), folder.join(&wasm_name))?;
    fs::write(folder.join(format!("athanor.{hash}.js")), js.replace("athanor_bg.wasm", &wasm_name))?;
    command::announce("Compressing it as small as it gets (a few seconds)");
    let files = walk::files(folder)?;
    for file in &files {
        compress::beside(file)?;
    }
    let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len()) / 1000;
    let plain = folder.join(&wasm_name);
    command::announce(&format!(
        "The module has {} kB, {} kB in brotli",
        size(&plain),
        size(&compress::brotli_name(&plain))
    ));
    Ok(())
}

fn find(folder: &Path) -> anyhow::Result<Script> {
    let named = |suffix: &str| {
        let files = fs::read_dir(folder).ok()?.flatten();
        let mut names = files.map(|file| file.file_name().to_string_lossy().into_owned());
        names.find(|name| name.starts_with("athanor.") && name.ends_with(suffix))
    };
    Ok(Script {
        js: named(".js").context("there is no script")?,
        wasm: named("_bg.wasm").context("there is no module")?,
        folder: folder.to_owned(),
    })
}
