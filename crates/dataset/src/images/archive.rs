//! What is in an archive: images and their classes, by name; and their bytes, one after the other, decoded on all cores.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

use domain::dataset::Problem;
use zip::{ZipArchive, result::ZipError};

use crate::{
    Error, Source,
    threads::{self, lock},
};

const MAX_ENTRIES: usize = 200_000;
/// Of the list of entries, which the archive's reader keeps in memory.
const MAX_LIST_BYTES: u64 = 32 << 20;
const MAX_NAME_BYTES: usize = 1_000;
const MAX_CLASS_CHARS: usize = 100;
/// What one entry may be unpacked to.
const MAX_ENTRY_BYTES: u64 = 64 << 20;
/// What all images together may be unpacked to.
const MAX_BYTES: u64 = 16 << 30;
/// An archive of images hardly shrinks them. What grows more than this is made to fill a machine.
const MAX_RATIO: u64 = 100;
/// So much may be unpacked of any archive, however small it is.
const ALWAYS_BYTES: u64 = 256 << 20;

const ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "gif", "webp", "bmp"];
/// What systems leave in every folder.
const LEFTOVERS: [&str; 3] = ["__MACOSX", "Thumbs.db", "desktop.ini"];

/// An image in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Folder and file, as they are shown.
    pub(super) name: String,
    pub(super) class: String,
    place: usize,
    /// When it is unpacked.
    bytes: u64,
}

/// An archive whose list of entries was read and checked.
pub(super) struct Archive {
    archive: ZipArchive<Watched>,
    entries: Vec<Entry>,
    /// Files that are no images, and the first of them.
    pub(super) others: (u64, Option<String>),
    /// Hidden files and what systems leave behind.
    pub(super) hidden: u64,
}

/// What was made of images, in their order; and what is wrong with others.
pub(super) struct Done<T> {
    pub(super) values: Vec<T>,
    pub(super) problems: Vec<Problem>,
}

impl Archive {
    /// Reads the list of entries.
    pub(super) fn open(source: &Source) -> Result<Self, Error> {
        let file = File::open(&source.path)?;
        let packed = file.metadata()?.len();
        let left = Arc::new(AtomicU64::new(MAX_LIST_BYTES));
        let watched = Watched { file: BufReader::new(file), left: Arc::clone(&left) };
        let archive = ZipArchive::new(watched).map_err(refuse)?;
        left.store(u64::MAX, Ordering::Relaxed);
        Self::new(archive, packed)
    }

    fn new(archive: ZipArchive<Watched>, packed: u64) -> Result<Self, Error> {
        if archive.len() > MAX_ENTRIES {
            return Err(Error::file(format!(
                "The archive has {} entries; at most {MAX_ENTRIES} are read.",
                archive.len()
            )));
        }
        let most = packed.saturating_mul(MAX_RATIO).clamp(ALWAYS_BYTES, MAX_BYTES);
        let (mut found, mut unpacked) = (Vec::new(), 0_u64);
        let (mut others, mut hidden) = ((0, None), 0);
        for place in 0..archive.len() {
            let entry = archive.by_index_data(place).map_err(refuse)?;
            let name = entry.name().map_err(refuse)?;
            let name: &str = &name;
            let folders = folders(name)?;
            if entry.is_dir() {
                continue;
            }
            if folders.iter().any(|part| part.starts_with('.') || LEFTOVERS.contains(part)) {
                hidden += 1;
                continue;
            }
            if !is_image(name) {
                others.0 += 1;
                others.1.get_or_insert_with(|| short(name));
                continue;
            }
            if entry.encrypted() {
                return Err(of(name, "is locked with a password. Make the archive without one."));
            }
            unpacked = unpacked.saturating_add(entry.size());
            if entry.size() > MAX_ENTRY_BYTES || unpacked > most {
                return Err(too_large(name));
            }
            let parts = folders.into_iter().map(str::to_owned).collect();
            found.push(Found { parts, place, bytes: entry.size() });
        }
        Ok(Self { archive, entries: classes(found)?, others, hidden })
    }

    /// The images, in the order of the archive.
    pub(super) fn take_entries(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }

    /// Makes something of the bytes of each image, on all cores. Stops at so many problems: they are the first ones, whatever
    /// core finds them.
    pub(super) fn each<T: Send>(
        self,
        entries: &[Entry],
        problems: usize,
        work: impl Fn(&[u8]) -> Result<T, String> + Sync,
    ) -> Result<Done<T>, Error> {
        let packed = Mutex::new((self.archive, entries.iter().enumerate()));
        let (made, wrong) = (Mutex::new(Vec::with_capacity(entries.len())), AtomicUsize::new(0));
        let run = || -> Result<(), Error> {
            let mut bytes = Vec::new();
            while wrong.load(Ordering::Relaxed) < problems {
                // Reading is serial, as a disk is; decoding, which takes longer, is not.
                let (at, entry, unpacked) = {
                    let mut packed = lock(&packed);
                    let (archive, rest) = &mut *packed;
                    let Some((at, entry)) = rest.next() else { break };
                    (at, entry, unpack(archive, entry, &mut bytes)?)
                };
                let result = unpacked.and_then(|()| work(&bytes)).map_err(|why| about(&entry.name, &why));
                wrong.fetch_add(usize::from(result.is_err()), Ordering::Relaxed);
                lock(&made).push((at, result));
            }
            Ok(())
        };
        let cores = threads::count().min(entries.len());
        thread::scope(|scope| {
            let others: Vec<_> = (1..cores).map(|_| scope.spawn(run)).collect();
            let own = run();
            let joined =
                others.into_iter().map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            joined.fold(own, Result::and)
        })?;
        let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
        made.sort_unstable_by_key(|(at, _)| *at);
        let mut done = Done { values: Vec::with_capacity(made.len()), problems: Vec::new() };
        for (_, result) in made {
            match result {
                Ok(value) => done.values.push(value),
                Err(problem) if done.problems.len() < problems => done.problems.push(problem),
                Err(_) => {}
            }
        }
        Ok(done)
    }
}

/// The bytes of one entry. The inner error is about the entry, the outer one about the disk.
fn unpack(archive: &mut ZipArchive<Watched>, entry: &Entry, bytes: &mut Vec<u8>) -> Result<Result<(), String>, Error> {
    bytes.clear();
    let packed = match archive.by_index(entry.place) {
        Ok(packed) => packed,
        Err(ZipError::Io(error)) => return damaged(error),
        Err(error) => return Ok(Err(format!("cannot be unpacked: {error}."))),
    };
    // The list is what was checked; an entry that holds more than it says is not read further.
    match packed.take(entry.bytes + 1).read_to_end(bytes) {
        Ok(_) if bytes.len() as u64 > entry.bytes => {
            Ok(Err("is larger than the archive says: it was made to fill a machine, or it is damaged.".to_owned()))
        }
        Ok(_) => Ok(Ok(())),
        Err(error) => damaged(error),
    }
}

fn damaged<T>(error: io::Error) -> Result<Result<T, String>, Error> {
    if error.kind() == io::ErrorKind::Unsupported {
        return Ok(Err(
            "is packed in a way that is not read. Make the archive with plain compression (deflate).".into()
        ));
    }
    match Error::from(error) {
        Error::Io(error) => Err(Error::Io(error)),
        Error::Invalid(_) => Ok(Err("is damaged: its bytes are not those that were packed.".to_owned())),
    }
}

/// The parts of a name; `..`, roots and drives have no place in one.
fn folders(name: &str) -> Result<Vec<&str>, Error> {
    if name.len() > MAX_NAME_BYTES || name.chars().any(char::is_control) {
        return Err(of(name, "has a name that is too long or has control characters. Rename it."));
    }
    let rooted = name.starts_with(['/', '\\']) || name.as_bytes().get(1) == Some(&b':');
    let parts: Vec<&str> = name.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".").collect();
    if rooted || parts.contains(&"..") {
        return Err(of(name, "has a name that leads out of the archive. Pack folders of images, without paths."));
    }
    Ok(parts)
}

fn is_image(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// An image somewhere in the archive.
struct Found {
    parts: Vec<String>,
    place: usize,
    bytes: u64,
}

/// One folder a class; a folder that all of them are in is left out.
fn classes(mut found: Vec<Found>) -> Result<Vec<Entry>, Error> {
    let Some(top) = found.first().and_then(|image| image.parts.first().cloned()) else {
        return Err(Error::file("The archive has no images (PNG, JPEG, GIF, WebP or BMP) in it."));
    };
    if found.iter().all(|image| image.parts.len() > 2 && image.parts[0] == top) {
        for image in &mut found {
            image.parts.remove(0);
        }
    }
    found.into_iter().map(Found::in_its_class).collect()
}

impl Found {
    fn in_its_class(self) -> Result<Entry, Error> {
        let name = self.parts.join("/");
        let [class, _] = self.parts.as_slice() else {
            let why = if self.parts.len() < 2 {
                "is in no folder. Put each image into a folder named after its class, such as cat/1.png."
            } else {
                "is in a folder within a folder. Put each image directly into the folder of its class, such as cat/1.png."
            };
            return Err(of(&name, why));
        };
        let class = class.trim().to_owned();
        if class.is_empty() || class.chars().count() > MAX_CLASS_CHARS {
            let why = format!("is in a folder whose name is no label of 1 to {MAX_CLASS_CHARS} characters.");
            return Err(of(&name, &why));
        }
        Ok(Entry { name, class, place: self.place, bytes: self.bytes })
    }
}

fn about(name: &str, why: &str) -> Problem {
    Problem { line: None, column: None, message: format!("The image \"{}\" {why}", short(name)) }
}

fn of(name: &str, why: &str) -> Error {
    Error::Invalid(about(name, why))
}

fn grown() -> String {
    format!(
        "would be unpacked to too much: an image may have {} MB, and an archive may grow {MAX_RATIO} times. Pack fewer or \
         smaller images.",
        MAX_ENTRY_BYTES >> 20
    )
}

fn too_large(name: &str) -> Error {
    of(name, &grown())
}

/// A name, as far as it is shown.
fn short(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(100).collect()
}

fn refuse(error: ZipError) -> Error {
    match error {
        ZipError::Io(error) => error.into(),
        error => Error::file(format!("The archive cannot be read: {error}.")),
    }
}

/// A file of which only so much is read while the list of entries is, because that is kept in memory.
struct Watched {
    file: BufReader<File>,
    /// Bytes that may still be read.
    left: Arc<AtomicU64>,
}

impl Read for Watched {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(to)?;
        let less = |left: u64| left.checked_sub(count as u64);
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less) {
            Ok(_) => Ok(count),
            Err(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "its list of entries is too long")),
        }
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
