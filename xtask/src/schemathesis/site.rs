//! A page for a server that nobody visits: it wants to know where its parts are.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

use serde_json::json;

/// A folder that is gone when dropped.
pub(super) struct Site(PathBuf);

impl Site {
    pub(super) fn new() -> anyhow::Result<Self> {
        let folder = env::temp_dir().join(format!("athanor-no-page-{}", process::id()));
        fs::create_dir_all(&folder)?;
        let names = json!({"scripts": "/pkg/a", "css": "/pkg/a.css", "loader": "parts.js", "parts": {}, "inference": "/pkg/b/worker.js"});
        fs::write(folder.join("assets.json"), names.to_string())?;
        Ok(Self(folder))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
