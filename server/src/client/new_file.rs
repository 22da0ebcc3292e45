//! A file that appears when it is whole: written beside its place and renamed, or removed.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use uuid::Uuid;

use super::failure::Failure;

/// Gone when dropped, unless it is kept.
pub struct NewFile {
    file: File,
    beside: Option<PathBuf>,
    path: PathBuf,
}

impl NewFile {
    pub fn create(path: &Path) -> Result<Self, Failure> {
        Self::open(path, OpenOptions::new())
    }

    /// That only this user may read.
    pub fn private(path: &Path) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Self::open(path, options)
    }

    fn open(path: &Path, mut options: OpenOptions) -> Result<Self, Failure> {
        let beside = beside(path)?;
        let file = options.write(true).create_new(true).open(&beside).map_err(Failure::file("write", path))?;
        Ok(Self { file, beside: Some(beside), path: path.to_owned() })
    }

    /// Puts it in its place, where one of that name is replaced.
    pub fn keep(mut self) -> Result<(), Failure> {
        let Some(beside) = self.beside.take() else { return Ok(()) };
        let kept = self.file.sync_all().and_then(|()| fs::rename(&beside, &self.path));
        if kept.is_err() {
            self.beside = Some(beside);
        }
        kept.map_err(Failure::file("write", &self.path))
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(beside) = &self.beside {
            // What cannot be removed has a name that says what it was.
            let _ = fs::remove_file(beside);
        }
    }
}

/// A name in the same folder that nobody else has.
pub fn beside(path: &Path) -> Result<PathBuf, Failure> {
    let name = path.file_name().ok_or_else(|| Failure::refused(format!("{} names no file.", path.display())))?;
    Ok(path.with_file_name(format!(".{}.{}.part", name.to_string_lossy(), Uuid::new_v4().simple())))
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write};

    use super::NewFile;

    #[test]
    fn a_file_appears_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        fs::write(&path, "old").unwrap();
        let mut broken_off = NewFile::create(&path).unwrap();
        broken_off.write_all(b"ne").unwrap();
        drop(broken_off);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        let mut whole = NewFile::create(&path).unwrap();
        whole.write_all(b"new").unwrap();
        whole.keep().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(NewFile::create(&folder.path().join("nowhere/a.zip")).is_err());
    }
}
