//! The files under a folder that people wrote, in a fixed order.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

/// Folders that tools fill.
const MADE: &[&str] = &["target", "node_modules", "test-results", "playwright-report", "screenshots"];

/// All files under `folder`, sorted; none when there is no such folder. Hidden files and what tools made are left out.
///
/// # Errors
/// When a folder cannot be read.
pub fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        if !next.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&next).with_context(|| format!("could not read {}", next.display()))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            if !path.is_dir() {
                found.push(path);
            } else if !MADE.contains(&name.as_ref()) {
                folders.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
