//! The data directory: where files live, and how they come to be there whole or not at all.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use domain::{DatasetId, JobId, ModelId};

use crate::Error;

/// Paths are made from ids that the server made, never from what a user typed.
#[derive(Debug)]
pub(crate) struct DataDir {
    root: PathBuf,
    /// Held as long as the platform lives; the system drops it with the process, however that ends.
    _lock: File,
}

impl DataDir {
    /// Makes the directories, takes the lock and empties what a dead predecessor left half-written.
    pub(crate) fn open(root: &Path) -> Result<Self, Error> {
        let make = |path: &Path| {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            // Other users of the machine have no business among people's data.
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(path).map_err(Error::storage(format!("make the directory {}", path.display())))
        };
        make(root)?;
        let root =
            root.canonicalize().map_err(Error::storage(format!("open the data directory {}", root.display())))?;
        let lock_path = root.join("lock");
        let lock = File::create(&lock_path).map_err(Error::storage(format!("write {}", lock_path.display())))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Setup(format!(
                    "another athanor is running on the data directory {}; stop it, or choose another --data-dir",
                    root.display()
                )));
            }
            Err(TryLockError::Error(error)) => {
                return Err(Error::storage(format!("lock {}", lock_path.display()))(error));
            }
        }
        for folder in ["datasets", "jobs", "models", "uploads"] {
            make(&root.join(folder))?;
        }
        let data = Self { root, _lock: lock };
        data.empty_uploads().map_err(Error::storage("empty the folder of unfinished uploads"))?;
        Ok(data)
    }

    fn empty_uploads(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.uploads())? {
            fs::remove_file(entry?.path())?;
        }
        Ok(())
    }

    /// Removes what is in a folder but not among `ids`.
    pub(crate) fn sweep(&self, folder: &str, ids: &[String]) -> io::Result<()> {
        let ids: HashSet<&OsStr> = ids.iter().map(OsStr::new).collect();
        for entry in fs::read_dir(self.root.join(folder))? {
            let entry = entry?;
            if !ids.contains(entry.file_name().as_os_str()) {
                tracing::warn!(path = %entry.path().display(), "removing files that belong to nothing");
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.root.join("athanor.db")
    }

    pub(crate) fn secrets(&self) -> PathBuf {
        self.root.join("secrets")
    }

    pub(crate) fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }

    pub(crate) fn dataset(&self, id: DatasetId) -> PathBuf {
        self.root.join("datasets").join(id.to_string())
    }

    pub(crate) fn job(&self, id: JobId) -> PathBuf {
        self.root.join("jobs").join(id.to_string())
    }

    pub(crate) fn model(&self, id: ModelId) -> PathBuf {
        self.root.join("models").join(id.to_string())
    }
}

/// Makes a rename or a new file in `directory` survive a power cut.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Removes a file or a directory with everything in it; fine when there is none.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
