//! `target/site`: what the server hands to browsers.
//!
//! ```text
//! assets.json                       where the files below are, and which parts each page needs
//! pkg/<hash>/athanor.js             wasm-bindgen's half of the page
//! pkg/<hash>/athanor_bg.wasm        what all pages need
//! pkg/<hash>/parts.js, *.wasm       a part a page, loaded when it is shown
//! pkg/<hash>/worker.js              starts inference.js and inference_bg.wasm, which ask models
//! pkg/athanor.<hash>.css            style/, in one file
//! <public files>
//! ```
//!
//! Beside each text or module lie its `.br` and `.gz`. Paths in `pkg` carry a hash of the content, so they never change.

mod bind;
mod compress;
mod css;
mod fingerprint;
mod folder;
mod inference;
mod parts;
mod script;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use fingerprint::Fingerprint;
use folder::Folder;
use script::Script;
use serde_json::json;

use crate::{command, walk, wasm, workspace::Workspace};

/// Which page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// What people get.
    Release,
    /// The same with the page of the design system, as the server has it in a build with debug assertions: the two halves have
    /// to have the same pages.
    Development,
}

impl Edition {
    /// Where its script is made, so that going from one edition to the other builds nothing again.
    fn folder(self) -> &'static str {
        match self {
            Self::Release => "script",
            Self::Development => "script.development",
        }
    }
}

/// Builds the page unless nothing has changed since the last time, and gives its folder.
///
/// # Errors
/// When there is no toolchain for it, or something does not compile.
pub fn build(workspace: &Workspace, edition: Edition) -> anyhow::Result<PathBuf> {
    let toolchain = wasm::ready(workspace)?;
    let root = &workspace.root;
    let models = inputs(workspace, &toolchain, "inference")?.finish();
    let mut page = inputs(workspace, &toolchain, "frontend")?;
    page.text(edition.folder());
    if edition == Edition::Development {
        // Which the page of the design system has within it.
        page.file(&root.join("style/tokens.css"))?;
    }
    let page = page.finish();
    let mut all = Fingerprint::new(root);
    all.text(&page);
    all.text(&models);
    all.folder(&root.join("style"))?;
    all.folder(&root.join("public"))?;
    let all = all.finish();

    let site = workspace.site();
    let stamp = workspace.target.join("site.stamp");
    if site.join("assets.json").is_file() && fs::read_to_string(&stamp).ok().as_deref() == Some(&all) {
        return Ok(site);
    }
    let page = folder::made(workspace, edition.folder(), &page, |folder| {
        script::bind(&wasm::frontend(workspace, &toolchain, edition)?, folder)
    })?;
    let models = folder::made(workspace, "inference", &models, |folder| {
        inference::bind(&wasm::inference(workspace, &toolchain)?, root, folder)
    })?;
    // Made beside and renamed, so that nobody ever sees half a page.
    let beside = workspace.target.join("site.next");
    let _ = fs::remove_dir_all(&beside);
    assemble(root, &page, &models, &beside).context("could not put the page together")?;
    let _ = fs::remove_file(&stamp);
    let _ = fs::remove_dir_all(&site);
    fs::rename(&beside, &site).with_context(|| format!("could not write {}", site.display()))?;
    fs::write(&stamp, all)?;
    command::announce(&format!("The page is in {}", site.display()));
    Ok(site)
}

/// A hash of everything that a crate for browsers is made of.
fn inputs(workspace: &Workspace, toolchain: &wasm::Toolchain, name: &str) -> anyhow::Result<Fingerprint> {
    let root = &workspace.root;
    let mut code = Fingerprint::new(root);
    code.text(&toolchain.stamp);
    for folder in workspace.folders_behind(name) {
        code.folder(&folder)?;
    }
    for part in ["Cargo.toml", "Cargo.lock"] {
        code.file(&root.join(part))?;
    }
    for part in ["xtask/src/site", "xtask/src/wasm"] {
        code.folder(&root.join(part))?;
    }
    Ok(code)
}

fn assemble(root: &Path, page: &Folder<Script>, models: &Folder<()>, site: &Path) -> anyhow::Result<()> {
    for (name, root) in [(&page.name, &page.root), (&models.name, &models.root)] {
        for file in walk::files(&root.join(name))? {
            copy(&file, root, &site.join("pkg"))?;
        }
    }
    let css = css::bundle(&root.join("style/main.css"))?;
    let name = format!("athanor.{}.css", fingerprint::short(css.as_bytes()));
    let path = site.join("pkg").join(&name);
    fs::write(&path, css)?;
    compress::beside(&path)?;
    let public = root.join("public");
    for file in walk::files(&public)? {
        compress::beside(&copy(&file, &public, site)?)?;
    }
    let names = json!({
        "scripts": format!("/pkg/{}", page.name),
        "css": format!("/pkg/{name}"),
        "loader": parts::LOADER,
        "parts": page.known.parts,
        "inference": format!("/pkg/{}/{}", models.name, inference::WORKER),
    });
    fs::write(site.join("assets.json"), names.to_string())?;
    Ok(())
}

fn copy(file: &Path, from: &Path, to: &Path) -> anyhow::Result<PathBuf> {
    let target = to.join(file.strip_prefix(from)?);
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(file, &target).with_context(|| format!("could not copy {}", file.display()))?;
    Ok(target)
}
