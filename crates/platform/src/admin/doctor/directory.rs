//! The data directory itself: is it there, who may look into it, is there room.

use std::{fs, path::Path};

use super::Report;
use crate::blob::Paths;

/// Less than this is soon used up by checkpoints.
const LITTLE_BYTES: u64 = 1 << 30;
/// With less than this the next write may fail.
const TOO_LITTLE_BYTES: u64 = 100 << 20;
const SECRET_BYTES: u64 = 32;

/// Whether there is anything more to look at.
pub(super) fn look(report: &mut Report, paths: &Paths) -> bool {
    let root = paths.root();
    match fs::metadata(root) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => {
            report.wrong(format!("{} is no directory. Give the --data-dir of the server.", root.display()));
            return false;
        }
        Err(error) => {
            report.wrong(format!(
                "The data directory {} cannot be looked at: {error}. Give the --data-dir of the server, and run this as \
                 the server's user.",
                root.display()
            ));
            return false;
        }
    }
    permissions(report, paths);
    space(report, root);
    secrets(report, paths);
    true
}

#[cfg(unix)]
fn permissions(report: &mut Report, paths: &Paths) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let root = paths.root();
    let before = report.0.len();
    let owner = fs::metadata(root).map(|found| found.uid()).ok();
    for path in ["", "datasets", "jobs", "models", "uploads", "secrets"].map(|name| root.join(name)) {
        let Ok(found) = fs::metadata(&path) else {
            report.wrong(format!("{} is missing. The next start of the server makes it.", path.display()));
            continue;
        };
        if found.permissions().mode() & 0o077 != 0 {
            report.wrong(format!(
                "Other users of this machine may look into {}. Run `chmod 700 {}`.",
                path.display(),
                path.display()
            ));
        }
        if Some(found.uid()) != owner {
            report.wrong(format!(
                "{} belongs to another user than the data directory. Run `chown -R USER {}` with the server's user.",
                path.display(),
                root.display()
            ));
        }
    }
    if report.0.len() == before {
        report.fine(format!("The data directory {} is closed to other users.", root.display()));
    }
}

#[cfg(not(unix))]
fn permissions(report: &mut Report, paths: &Paths) {
    report.note(format!("Who may look into {} is not examined on this system.", paths.root().display()));
}

#[cfg(unix)]
fn space(report: &mut Report, root: &Path) {
    let free = match rustix::fs::statvfs(root) {
        Ok(found) => found.f_bavail * found.f_frsize,
        Err(error) => {
            report.wrong(format!("How much room the disk has cannot be told: {error}."));
            return;
        }
    };
    let megabytes = free >> 20;
    if free < TOO_LITTLE_BYTES {
        report.wrong(format!("The disk has {megabytes} MB left, too little to work. Free some space."));
    } else if free < LITTLE_BYTES {
        report.note(format!("The disk has {megabytes} MB left. Uploads and checkpoints will soon need more."));
    } else {
        report.fine(format!("The disk has {megabytes} MB left."));
    }
}

#[cfg(not(unix))]
fn space(report: &mut Report, _root: &Path) {
    report.note("How much room the disk has is not examined on this system.");
}

fn secrets(report: &mut Report, paths: &Paths) {
    let folder = paths.secrets();
    let size = |name: &str| fs::metadata(folder.join(name)).map(|found| found.len());
    match size("pepper") {
        Ok(SECRET_BYTES) => report.fine("The pepper of the passwords is there."),
        Ok(_) => report.wrong("secrets/pepper does not have 32 bytes, so no password fits. Restore a backup."),
        Err(_) => report.wrong(
            "secrets/pepper is missing or cannot be read. Without it no password fits any more: restore it from a \
             backup before a start makes a new one.",
        ),
    }
    if size("jwt").is_err() {
        report
            .note("There is no secrets/jwt: the server must be given JWT_SECRET, or it makes a new key at its start.");
    }
    #[cfg(unix)]
    for name in ["pepper", "jwt"] {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.join(name);
        if fs::metadata(&path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0) {
            report.wrong(format!("Other users may read {}. Run `chmod 600 {}`.", path.display(), path.display()));
        }
    }
}
