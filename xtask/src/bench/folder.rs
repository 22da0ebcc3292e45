//! A place for the files of one measurement.

use std::{env, fs, io, path::PathBuf, process};

/// Gone when dropped.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new(subject: &str) -> io::Result<Self> {
        let folder = env::temp_dir().join(format!("athanor-bench-{subject}-{}", process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
