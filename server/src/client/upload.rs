//! A local file that becomes a dataset of the server: hashed first, so that it is not sent twice, then streamed.

use std::{
    fs::File,
    io::{self, IsTerminal, Read, Seek, Write},
    path::Path,
    time::{Duration, Instant},
};

use domain::dataset::{DatasetFormat, DatasetView, Problem};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{connection::Connection, failure::Failure, find};

/// How much of a file tells its format.
const HEAD_BYTES: u64 = 4_096;
/// How often a terminal is told how much has been sent.
const EVERY: Duration = Duration::from_millis(200);

/// What is known of a file before it is sent.
pub struct LocalFile {
    pub file_name: String,
    pub format: DatasetFormat,
    pub gzip: bool,
    pub size_bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
}

impl LocalFile {
    /// Reads it to its end, once.
    ///
    /// # Errors
    /// When it cannot be read, or is of no kind that can be learned from.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let failed = || Failure::file("read", path);
        let mut file = File::open(path).map_err(failed())?;
        let (format, gzip) = Self::kind(&mut file, path)?;
        file.rewind().map_err(failed())?;
        let mut hash = Sha256::new();
        let size_bytes = io::copy(&mut file, &mut hash).map_err(failed())?;
        let sha256 = hex::encode(hash.finalize());
        Ok(Self { file_name: file_name(path), format, gzip, size_bytes, sha256 })
    }

    /// Format and whether it is gzipped, by its name and its first bytes.
    ///
    /// # Errors
    /// When it is of no kind that can be read.
    pub fn kind(file: &mut File, path: &Path) -> Result<(DatasetFormat, bool), Failure> {
        let mut head = Vec::new();
        file.take(HEAD_BYTES).read_to_end(&mut head).map_err(Failure::file("read", path))?;
        dataset::detect(&file_name(path), &head).map_err(|Problem { message, .. }| Failure::refused(message))
    }

    /// The name of the file without its endings.
    pub fn stem(&self) -> &str {
        let name = self.file_name.strip_suffix(".gz").unwrap_or(&self.file_name);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// The dataset with the same bytes, read in the same way, if the server has one.
    pub fn already_there(&self, connection: &Connection) -> Result<Option<DatasetView>, Failure> {
        let same =
            |known: &DatasetView| (&known.sha256, known.format, known.gzip) == (&self.sha256, self.format, self.gzip);
        Ok(find::datasets(connection)?.into_iter().find(same))
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Sends a file; gives the server's answer.
pub fn push(connection: &Connection, path: &Path, name: Option<&str>) -> Result<Value, Failure> {
    let file = File::open(path).map_err(Failure::file("read", path))?;
    let size = file.metadata().map_err(Failure::file("read", path))?.len();
    let boundary = format!("athanor-{}", Uuid::new_v4().simple());
    let (before, after) = envelope(&boundary, &file_name(path), name);
    let length = (before.len() + after.len()) as u64 + size;
    let file = Told { file, sent: 0, size, told: Instant::now(), shows: io::stderr().is_terminal() };
    // What grows while it is sent would not fit its announced length.
    let mut body = before.as_bytes().chain(file.take(size)).chain(after.as_bytes());
    let kind = format!("multipart/form-data; boundary={boundary}");
    let answered = connection.upload("/api/datasets/upload", &kind, length, &mut body);
    if io::stderr().is_terminal() {
        let _ = io::stderr().write_all(b"\r\x1b[K");
    }
    answered
}

/// What stands before and after the bytes of the file (RFC 7578).
fn envelope(boundary: &str, file_name: &str, name: Option<&str>) -> (String, String) {
    let mut before = String::new();
    if let Some(name) = name {
        before += &format!("--{boundary}\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n{name}\r\n");
    }
    // As browsers do it.
    let quoted = file_name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    before += &format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{quoted}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    (before, format!("\r\n--{boundary}--\r\n"))
}

/// A file that tells a terminal how much of it has been read.
struct Told {
    file: File,
    sent: u64,
    size: u64,
    told: Instant,
    shows: bool,
}

impl Read for Told {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.sent += read as u64;
        if self.shows && self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            let percent = self.sent * 100 / self.size.max(1);
            let _ = write!(io::stderr().lock(), "\r\x1b[Ksending: {percent} %");
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, LocalFile, envelope};

    #[test]
    fn names_cannot_leave_their_quotes() {
        let (before, after) = envelope("b", "a\"\r\nX: y.csv", Some("n"));
        assert!(before.starts_with("--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nn\r\n--b\r\n"));
        assert!(before.contains("filename=\"a%22%0D%0AX: y.csv\"\r\n"), "{before}");
        assert_eq!(after, "\r\n--b--\r\n");
    }

    #[test]
    fn a_file_is_known_by_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.b.csv");
        std::fs::write(&path, "x,y\n1,2\n".repeat(2_000)).unwrap();
        let file = LocalFile::open(&path).unwrap();
        assert_eq!((file.stem(), file.size_bytes, file.gzip), ("a.b", 16_000, false));
        assert_eq!(file.sha256, hex::encode(<sha2::Sha256 as sha2::Digest>::digest(std::fs::read(&path).unwrap())));
        let refused: Failure = LocalFile::open(folder.path()).err().unwrap();
        assert!(refused.sentence().contains("read"), "{}", refused.sentence());
    }
}
