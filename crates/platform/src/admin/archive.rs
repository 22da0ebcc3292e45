//! One file with everything: a tar archive, compressed when its name ends in `.gz` or `.tgz`. Written beside, hashed on the
//! way, and renamed when it is whole. Blocking.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use sha2::{Digest, Sha256};

use super::manifest::Part;
use crate::blob;

/// Copied at once.
const BUFFER: usize = 1 << 20;

enum Sink {
    Plain(BufWriter<File>),
    Gzip(Box<GzEncoder<BufWriter<File>>>),
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Gzip(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Gzip(file) => file.flush(),
        }
    }
}

/// An archive that is being written. Dropped unfinished, it is gone.
pub(super) struct Writer {
    target: PathBuf,
    partial: Partial,
    tar: tar::Builder<Sink>,
    parts: BTreeMap<String, Part>,
}

/// Removed when dropped; after the rename there is nothing of that name.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "gz" || ending == "tgz")
}

impl Writer {
    pub(super) fn create(target: &Path) -> io::Result<Self> {
        let name = target.file_name().ok_or_else(|| io::Error::other("this is no name of a file"))?;
        let partial = target.with_file_name(format!(".{}.{}.partial", name.to_string_lossy(), std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            // Password hashes, the pepper and people's data: for the eyes of its owner alone.
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = BufWriter::with_capacity(BUFFER, options.open(&partial)?);
        let sink = if is_compressed(target) {
            Sink::Gzip(Box::new(GzEncoder::new(file, Compression::fast())))
        } else {
            Sink::Plain(file)
        };
        let (target, partial) = (target.to_owned(), Partial(partial));
        Ok(Self { target, partial, tar: tar::Builder::new(sink), parts: BTreeMap::new() })
    }

    /// Adds a file under `name`.
    pub(super) fn add_file(&mut self, name: &str, file: &File) -> io::Result<()> {
        self.add(name, file.metadata()?.len(), file)
    }

    pub(super) fn add_bytes(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.add(name, bytes.len() as u64, bytes)
    }

    fn add(&mut self, name: &str, bytes: u64, content: impl Read) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        let mut hashing = Hashing { from: content.take(bytes), hash: Sha256::new(), bytes: 0 };
        self.tar.append_data(&mut header, name, &mut hashing)?;
        if hashing.bytes != bytes {
            return Err(io::Error::other("it became shorter while it was read"));
        }
        self.parts.insert(name.to_owned(), hashing.part());
        Ok(())
    }

    pub(super) fn parts(&self) -> &BTreeMap<String, Part> {
        &self.parts
    }

    /// Makes it durable and gives it its name.
    pub(super) fn finish(self) -> io::Result<u64> {
        let file = match self.tar.into_inner()? {
            Sink::Plain(file) => file,
            Sink::Gzip(encoder) => encoder.finish()?,
        };
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        fs::rename(&self.partial.0, &self.target)?;
        let folder = self.target.parent().filter(|folder| !folder.as_os_str().is_empty());
        blob::sync_directory(folder.unwrap_or(Path::new(".")))?;
        Ok(bytes)
    }
}

struct Hashing<R> {
    from: R,
    hash: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.hash.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

impl<R> Hashing<R> {
    fn part(self) -> Part {
        Part { bytes: self.bytes, sha256: hex::encode(self.hash.finalize()) }
    }
}

/// Gives every entry of an archive to `take`, in the order in which they were written; then its size and hash to `done`.
pub(super) fn read_entries(
    path: &Path,
    mut take: impl FnMut(&str, &mut dyn Read) -> io::Result<()>,
    mut done: impl FnMut(&str, Part) -> io::Result<()>,
) -> io::Result<()> {
    let file = BufReader::with_capacity(BUFFER, File::open(path)?);
    let source: Box<dyn Read> = if is_compressed(path) { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    let mut archive = tar::Archive::new(source);
    for entry in archive.entries()? {
        let entry = entry?;
        if !entry.header().entry_type().is_file() {
            return Err(io::Error::other("it has entries other than files, so no backup of Athanor's"));
        }
        let name = entry.path()?.to_string_lossy().into_owned();
        let mut hashing = Hashing { from: entry, hash: Sha256::new(), bytes: 0 };
        take(&name, &mut hashing)?;
        io::copy(&mut hashing, &mut io::sink())?;
        done(&name, hashing.part())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Writer, read_entries};

    #[test]
    fn what_goes_in_comes_out_and_nothing_is_left_beside_it() {
        for name in ["a.tar", "a.tar.gz", "a.tgz"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(name);
            let mut writer = Writer::create(&path).unwrap();
            let long = format!("models/{}/x.json", "a".repeat(150));
            writer.add_bytes("a/b", b"hello").unwrap();
            writer.add_bytes(&long, &vec![7; 100_000]).unwrap();
            let parts = writer.parts().clone();
            writer.finish().unwrap();
            let (mut names, mut found) = (Vec::new(), Vec::new());
            let mut text = String::new();
            read_entries(
                &path,
                |name, content| {
                    names.push(name.to_owned());
                    if name == "a/b" {
                        content.read_to_string(&mut text)?;
                    }
                    Ok(())
                },
                |name, part| {
                    found.push((name.to_owned(), part));
                    Ok(())
                },
            )
            .unwrap();
            assert_eq!((names, text.as_str()), (vec!["a/b".to_owned(), long], "hello"));
            assert_eq!(found.into_iter().collect::<std::collections::BTreeMap<_, _>>(), parts);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn one_that_is_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(&folder.path().join("a.tar")).unwrap();
        writer.add_bytes("a", b"a").unwrap();
        drop(writer);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
