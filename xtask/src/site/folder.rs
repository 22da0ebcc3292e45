//! Folders of files that refer to each other by name, named by their content, and made again only when what they are made of
//! has changed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::{Serialize, de::DeserializeOwned};

use super::{compress, fingerprint::Fingerprint};
use crate::{command, walk, workspace::Workspace};

/// Such a folder, and what is known of it.
pub(super) struct Folder<T> {
    /// Its name, below `root`.
    pub(super) name: String,
    pub(super) root: PathBuf,
    pub(super) known: T,
}

/// Fills a folder by `make`, or takes that of the last time when `inputs` has not changed since. `what` names its place in
/// the target folder.
pub(super) fn made<T: Serialize + DeserializeOwned>(
    workspace: &Workspace,
    what: &str,
    inputs: &str,
    make: impl FnOnce(&Path) -> anyhow::Result<T>,
) -> anyhow::Result<Folder<T>> {
    let root = workspace.target.join(format!("site.{what}"));
    let (stamp, list) = (workspace.target.join(format!("site.{what}.stamp")), root.join("folder.json"));
    if fs::read_to_string(&stamp).ok().as_deref() != Some(inputs) {
        let _ = fs::remove_file(&stamp);
        let _ = fs::remove_dir_all(&root);
        let new = root.join("new");
        fs::create_dir_all(&new)?;
        let known = make(&new)?;
        let name = seal(&new)?;
        fs::rename(&new, root.join(&name))?;
        fs::write(&list, serde_json::to_vec(&(name, known))?)?;
        fs::write(&stamp, inputs)?;
    }
    let read = || anyhow::Ok(serde_json::from_slice(&fs::read(&list)?)?);
    let (name, known) = read().with_context(|| format!("remove {} and build again", stamp.display()))?;
    Ok(Folder { name, root, known })
}

/// Compresses every file, says how large the modules are, and gives the name by content.
fn seal(folder: &Path) -> anyhow::Result<String> {
    command::announce("Compressing it as small as it gets (a few seconds)");
    let files = walk::files(folder)?;
    let mut content = Fingerprint::new(folder);
    for file in &files {
        content.file(file)?;
    }
    for file in &files {
        compress::beside(file)?;
        if file.file_name().is_some_and(|name| name.to_string_lossy().ends_with("_bg.wasm")) {
            let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len()) / 1000;
            let sizes = (size(file), size(&compress::brotli_name(file)));
            command::announce(&format!("The module has {} kB, {} kB in brotli", sizes.0, sizes.1));
        }
    }
    Ok(content.finish().chars().take(16).collect())
}
