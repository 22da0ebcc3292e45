//! Files that are there whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// Writes a file and waits until it is on the disk.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a directory from its files: written beside, each file and the directory fsynced, renamed, the parent fsynced.
/// After a power cut it is there with all files or not at all. When it cannot be written nothing of it stays, so that a
/// full disk is not made fuller.
pub(crate) fn write_directory(directory: &Path, files: &[(&str, &[u8])]) -> io::Result<()> {
    let parent = directory.parent().ok_or_else(|| io::Error::other("a directory without a parent"))?;
    let beside = directory.with_extension("part");
    remove(&beside)?;
    let written = write_all(&beside, files).and_then(|()| {
        remove(directory)?;
        fs::rename(&beside, directory)
    });
    if written.is_err() {
        // What went wrong first is what counts.
        let _ = remove(&beside);
    }
    written?;
    sync(parent)
}

fn write_all(directory: &Path, files: &[(&str, &[u8])]) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    for (name, bytes) in files {
        write(&directory.join(name), bytes)?;
    }
    sync(directory)
}

/// Removes a directory; fine when there is none.
pub(crate) fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::write_directory;

    #[test]
    fn a_directory_that_cannot_be_written_leaves_nothing_and_the_one_before_alone() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("model");
        write_directory(&directory, &[("a", b"first")]).unwrap();
        assert!(write_directory(&directory, &[("a", b"second"), ("no/such/place", b"")]).is_err());
        assert_eq!(fs::read(directory.join("a")).unwrap(), b"first");
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
        write_directory(&directory, &[("a", b"third")]).unwrap();
        assert_eq!(fs::read(directory.join("a")).unwrap(), b"third");
    }
}
