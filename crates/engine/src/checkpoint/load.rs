//! Reading a checkpoint, and refusing one that is not, byte for byte, what was written.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use serde::Deserialize;

use super::bundle::{Counters, FORMAT_VERSION, MANIFEST, Manifest, PARTS, Part, SEAL, Training};
use crate::{
    Error,
    digest::sha256,
    optimizer::Optimizer,
    weights::{Weights, from_bytes, to_bytes},
};

/// A manifest has a kilobyte or two.
const MANIFEST_BYTES: u64 = 1 << 20;

/// A checkpoint that was read and verified.
pub(crate) struct Loaded {
    /// Epochs that were asked for when it was written.
    pub(crate) epochs: u32,
    pub(crate) counters: Counters,
    pub(crate) weights: Weights,
    pub(crate) best: Weights,
}

/// The files of a checkpoint, byte for byte as they were written.
pub(super) struct Verified {
    manifest: Manifest,
    weights: Vec<u8>,
    memory: Vec<u8>,
    best: Vec<u8>,
}

/// Sizes of the parts, in bytes, as the layout of a model asks for.
pub(super) fn sizes(like: &Weights, optimizer: &Optimizer) -> Result<[u64; 3], Error> {
    let weights = to_bytes(like)?.len() as u64;
    Ok([weights, optimizer.to_bytes()?.len() as u64, weights])
}

/// Reads a checkpoint.
///
/// # Errors
/// `Damaged`, with a sentence, when any part is not what was written, or it belongs to another job.
pub(super) fn verify(path: &Path, training: &Training, sizes: [u64; 3]) -> Result<Verified, Error> {
    let manifest = manifest(path, training)?;
    let read = |at: usize| part(path, PARTS[at], &manifest, sizes[at]);
    let (weights, memory, best) = (read(0)?, read(1)?, read(2)?);
    Ok(Verified { manifest, weights, memory, best })
}

impl Verified {
    /// Takes it into the layout of `like`, and its optimizer's memory into `optimizer`, which is untouched when anything
    /// is wrong.
    pub(super) fn load(self, like: &Weights, optimizer: &mut Optimizer) -> Result<Loaded, Error> {
        let Manifest { epochs, counters, .. } = self.manifest;
        let (weights, best) = (from_bytes(&self.weights, like)?, from_bytes(&self.best, like)?);
        optimizer.restore(&self.memory)?;
        Ok(Loaded { epochs, counters, weights, best })
    }
}

fn manifest(path: &Path, training: &Training) -> Result<Manifest, Error> {
    #[derive(Deserialize)]
    struct Version {
        format_version: u32,
    }
    let json = read(path, MANIFEST, MANIFEST_BYTES)?;
    let unreadable = |error| Error::Damaged(format!("{MANIFEST} cannot be read: {error}"));
    let Version { format_version } = serde_json::from_slice(&json).map_err(unreadable)?;
    if format_version != FORMAT_VERSION {
        return Err(Error::Damaged(format!("it has format version {format_version}, not {FORMAT_VERSION}")));
    }
    if read(path, SEAL, MANIFEST_BYTES)? != seal(&json).as_bytes() {
        return Err(Error::Damaged(format!("{MANIFEST} is not what was written")));
    }
    let manifest: Manifest = serde_json::from_slice(&json).map_err(unreadable)?;
    if manifest.training != *training {
        return Err(Error::Damaged("it belongs to other data or another job".into()));
    }
    Ok(manifest)
}

/// What `manifest.sha256` says of a manifest.
pub(super) fn seal(manifest: &[u8]) -> String {
    format!("{}  {MANIFEST}\n", sha256(manifest))
}

/// `bytes` is what the layout of the model asks for: a file or a manifest that says otherwise is not even read.
fn part(path: &Path, name: &str, manifest: &Manifest, bytes: u64) -> Result<Vec<u8>, Error> {
    let damaged = || Error::Damaged(format!("{name} is not what was written"));
    let told = manifest.parts.get(name).ok_or_else(damaged)?;
    if told.bytes != bytes {
        return Err(damaged());
    }
    let found = read(path, name, bytes)?;
    if Part::of(&found) == *told { Ok(found) } else { Err(damaged()) }
}

/// Reads a file of at most `limit` bytes.
fn read(path: &Path, name: &str, limit: u64) -> Result<Vec<u8>, Error> {
    let path = path.join(name);
    let read = || {
        let found = fs::metadata(&path)?;
        if !found.is_file() || found.len() > limit {
            return Err(io::Error::other(format!("it should have at most {limit} bytes and has {}", found.len())));
        }
        let mut bytes = Vec::new();
        File::open(&path)?.take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error: io::Error| Error::Damaged(format!("{name} cannot be read: {error}")))
}
