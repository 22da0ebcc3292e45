//! The data directory: where files live, and how they come to be there whole or not at all.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs::{self, File, TryLockError},
    io,
    ops::Deref,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use domain::{DatasetId, JobId, ModelId};

use crate::Error;

/// A file of a shared directory that no row names is somebody's who died, once it is this old.
const ABANDONED: Duration = Duration::from_hours(24);

/// How long one that holds the lock for a moment, to see whether a server runs, is waited for.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);

/// What is where. Paths are made from ids that the server made, never from what a user typed.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    root: PathBuf,
}

/// The directory of a running platform.
#[derive(Debug)]
pub(crate) struct DataDir {
    paths: Paths,
    shared: bool,
    /// Held as long as the platform lives; the system drops it with the process, however that ends.
    _lock: File,
}

impl DataDir {
    /// Makes the directories and takes the lock. A `shared` directory is one that several processes work on, because the
    /// truth is in a database of its own.
    pub(crate) fn open(root: &Path, shared: bool) -> Result<Self, Error> {
        make_private(root)?;
        let root =
            root.canonicalize().map_err(Error::storage(format!("open the data directory {}", root.display())))?;
        let lock = lock(&root, shared)?;
        for folder in ["datasets", "jobs", "models", "uploads"] {
            make_private(&root.join(folder))?;
        }
        Ok(Self { paths: Paths { root }, shared, _lock: lock })
    }

    /// Removes what a dead predecessor left half-written.
    pub(crate) fn sweep_uploads(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.uploads())? {
            let entry = entry?;
            if self.is_abandoned(&entry)? {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Removes what is in a folder but not among `ids`.
    pub(crate) fn sweep(&self, folder: &str, ids: &[String]) -> io::Result<()> {
        let ids: HashSet<&OsStr> = ids.iter().map(OsStr::new).collect();
        for entry in fs::read_dir(self.folder(folder))? {
            let entry = entry?;
            if !ids.contains(entry.file_name().as_os_str()) && self.is_abandoned(&entry)? {
                tracing::warn!(path = %entry.path().display(), "removing files that belong to nothing");
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Whether nobody is about to record this file. Where others are at work, only one that is old.
    fn is_abandoned(&self, entry: &fs::DirEntry) -> io::Result<bool> {
        if !self.shared {
            return Ok(true);
        }
        match entry.metadata().and_then(|found| found.modified()) {
            Ok(modified) => Ok(modified.elapsed().is_ok_and(|age| age > ABANDONED)),
            // Recorded or removed since the folder was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Deref for DataDir {
    type Target = Paths;

    fn deref(&self) -> &Paths {
        &self.paths
    }
}

impl Paths {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// "datasets", "jobs", "models", ...
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
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

/// Makes a directory that other users of the machine cannot look into: they have no business among people's data. One that
/// was there before, such as a clone's `artifacts`, is closed to them too.
pub(crate) fn make_private(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(Error::storage(format!("make the directory {}", path.display())))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let open = fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
        if open {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700))
                .map_err(Error::storage(format!("close the directory {} to other users", path.display())))?;
        }
    }
    Ok(())
}

/// Takes the lock of a data directory: alone, or together with others that share a database.
pub(crate) fn lock(root: &Path, shared: bool) -> Result<File, Error> {
    let path = root.join("lock");
    let lock = File::create(&path).map_err(Error::storage(format!("write {}", path.display())))?;
    let begun = Instant::now();
    let locked = loop {
        match if shared { lock.try_lock_shared() } else { lock.try_lock() } {
            Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_PATIENCE => {
                std::thread::sleep(LOCK_PATIENCE / 20);
            }
            other => break other,
        }
    };
    match locked {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Error::Setup(format!(
            "another athanor is running on the data directory {}; stop it, or choose another --data-dir",
            root.display()
        ))),
        Err(TryLockError::Error(error)) => Err(Error::storage(format!("lock {}", path.display()))(error)),
    }
}

/// Whether some process works on a data directory. Takes the lock for a moment where nobody has it.
pub(crate) fn is_in_use(root: &Path) -> io::Result<bool> {
    let lock = match File::open(root.join("lock")) {
        Ok(lock) => lock,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match lock.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Makes a rename or a new file in `directory` survive a power cut.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Moves a file or a directory; afterwards a power cut does not take it back.
pub(crate) async fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (from.to_owned(), to.to_owned());
    let moved = move || {
        fs::rename(&from, &to)?;
        to.parent().map_or(Ok(()), sync_directory)
    };
    tokio::task::spawn_blocking(moved).await.map_err(io::Error::other)?
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
