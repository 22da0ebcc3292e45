//! A small disk for the data, so that it can be full for a moment: a tmpfs in a mount namespace of our own, which goes
//! with our processes, however they end.

use std::{
    env,
    fs::{self, File},
    io::Write,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Command,
};

use crate::command;

/// Says that we are in a namespace of our own already.
const INSIDE: &str = "ATHANOR_CHAOS_NAMESPACE";

/// Starts this process again in a mount namespace of its own, where that is allowed.
pub(super) fn enter_namespace() {
    let unshare = ["--mount", "--propagation", "private"];
    let allowed = command::succeeds(Command::new("unshare").args(unshare).arg("true"));
    let (None, true, Ok(program)) = (env::var_os(INSIDE), allowed, env::current_exe()) else { return };
    // Returns only when it failed; then no disk will be full.
    let _ = Command::new("unshare").args(unshare).arg(program).args(env::args_os().skip(1)).env(INSIDE, "1").exec();
}

/// A folder that may be a disk.
pub(super) struct Disk {
    pub(super) folder: PathBuf,
    small: bool,
}

impl Disk {
    /// # Errors
    /// When the folder cannot be made.
    pub(super) fn new(folder: PathBuf, megabytes: u32) -> anyhow::Result<Self> {
        fs::create_dir_all(&folder)?;
        let small = env::var_os(INSIDE).is_some()
            && command::succeeds(
                Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"]).arg(&folder),
            );
        Ok(Self { folder, small })
    }

    /// Takes all room that is left; false where the disk is everybody's.
    pub(super) fn fill(&self) -> bool {
        if !self.small {
            return false;
        }
        let Ok(mut file) = File::create(self.filling()) else { return false };
        let block = vec![7; 64 << 10];
        while file.write_all(&block).is_ok() {}
        true
    }

    pub(super) fn free(&self) {
        let _ = fs::remove_file(self.filling());
    }

    fn filling(&self) -> PathBuf {
        self.folder.join("filling")
    }

    /// Copies everything to a place that stays.
    pub(super) fn keep(&self, place: &Path) {
        if self.small {
            let _ = command::succeeds(Command::new("cp").arg("-a").arg(&self.folder).arg(place));
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.small {
            command::succeeds(Command::new("umount").arg("--lazy").arg(&self.folder));
        }
    }
}
