//! The directory of checkpoints: written whole or not at all, verified when read, the last two and the best kept.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use domain::{job::JobSpec, wire::trainer::CheckpointReady};

use super::bundle::{Counters, FORMAT_VERSION, Manifest};
use crate::{
    Error,
    digest::sha256,
    files,
    optimizer::Optimizer,
    weights::{Weights, from_bytes, to_bytes},
};

/// An fsync costs milliseconds, an epoch of a small table less: not more often than this unless asked.
const AT_MOST_EVERY: Duration = Duration::from_millis(250);
const KEPT: usize = 2;
const PARTS: [&str; 3] = ["weights.safetensors", "optimizer.safetensors", "best.safetensors"];

/// Writes the checkpoints of one attempt.
pub(crate) struct Store {
    directory: PathBuf,
    attempt: u32,
    data_sha256: String,
    spec_sha256: String,
    last: Option<Instant>,
    /// Written by this attempt or gone on from, oldest first.
    written: Vec<PathBuf>,
}

impl Store {
    pub(crate) fn new(work_dir: &Path, attempt: u32, data_sha256: &str, spec: &JobSpec) -> Result<Self, Error> {
        let directory = work_dir.join("checkpoints");
        fs::create_dir_all(&directory).map_err(Error::storage("make the directory of checkpoints"))?;
        Ok(Self {
            directory,
            attempt,
            data_sha256: data_sha256.to_owned(),
            spec_sha256: spec_hash(spec)?,
            last: None,
            written: Vec::new(),
        })
    }

    /// Checkpoints of earlier attempts, newest first: pruned like our own.
    pub(crate) fn adopt(&mut self, earlier: &[String]) {
        self.written.extend(earlier.iter().rev().map(PathBuf::from));
    }

    /// Whether enough time has passed for another.
    pub(crate) fn is_due(&self) -> bool {
        self.last.is_none_or(|last| last.elapsed() >= AT_MOST_EVERY)
    }

    /// Makes a checkpoint durable; then removes those that are not needed any more.
    pub(crate) fn write(
        &mut self,
        counters: &Counters,
        weights: &Weights,
        optimizer: &Optimizer,
        best: &Weights,
    ) -> Result<CheckpointReady, Error> {
        let bytes = [to_bytes(weights)?, optimizer.to_bytes()?, to_bytes(best)?];
        let parts: BTreeMap<String, String> =
            PARTS.iter().zip(&bytes).map(|(name, bytes)| ((*name).to_owned(), sha256(bytes))).collect();
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            data_sha256: self.data_sha256.clone(),
            spec_sha256: self.spec_sha256.clone(),
            counters: counters.clone(),
            parts,
        };
        let manifest = serde_json::to_vec_pretty(&manifest).map_err(|error| Error::Internal(error.to_string()))?;
        let name = format!("a{}-e{}-s{}", self.attempt, counters.epoch, counters.step);
        let path = self.directory.join(name);
        let mut all: Vec<(&str, &[u8])> = PARTS.iter().copied().zip(bytes.iter().map(Vec::as_slice)).collect();
        all.push(("manifest.json", &manifest));
        files::write_directory(&path, &all).map_err(Error::storage("write a checkpoint"))?;
        self.last = Some(Instant::now());
        self.written.retain(|other| *other != path);
        self.written.push(path.clone());
        Ok(CheckpointReady {
            epoch: counters.epoch,
            step: counters.step,
            path: text(&path),
            sha256: sha256(&manifest),
            pruned: self.prune()?,
        })
    }

    /// Each checkpoint has the best weights within it, so the last two are enough.
    fn prune(&mut self) -> Result<Vec<String>, Error> {
        let over = self.written.len().saturating_sub(KEPT);
        let pruned: Vec<PathBuf> = self.written.drain(..over).collect();
        for path in &pruned {
            files::remove(path).map_err(Error::storage("remove an old checkpoint"))?;
        }
        Ok(pruned.iter().map(|path| text(path)).collect())
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn spec_hash(spec: &JobSpec) -> Result<String, Error> {
    // More epochs, or a new name, continue the same training.
    let spec = JobSpec { epochs: 0, name: String::new(), ..spec.clone() };
    let json = serde_json::to_vec(&spec).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(sha256(&json))
}

/// A checkpoint that was read and verified.
pub(crate) struct Loaded {
    pub(crate) counters: Counters,
    pub(crate) weights: Weights,
    pub(crate) best: Weights,
}

/// Reads a checkpoint into the layout of `like`, and its optimizer's memory into `optimizer`.
///
/// # Errors
/// `Damaged`, with a sentence, when any part is not what was written, or it belongs to another job.
pub(crate) fn load(
    path: &Path,
    data_sha256: &str,
    spec: &JobSpec,
    like: &Weights,
    optimizer: &mut Optimizer,
) -> Result<Loaded, Error> {
    let read = |name: &str| {
        fs::read(path.join(name)).map_err(|error| Error::Damaged(format!("{name} cannot be read: {error}")))
    };
    let manifest: Manifest = serde_json::from_slice(&read("manifest.json")?)
        .map_err(|error| Error::Damaged(format!("manifest.json cannot be read: {error}")))?;
    if manifest.format_version != FORMAT_VERSION {
        return Err(Error::Damaged(format!("it has format version {}", manifest.format_version)));
    }
    if manifest.data_sha256 != data_sha256 || manifest.spec_sha256 != spec_hash(spec)? {
        return Err(Error::Damaged("it belongs to other data or another job".into()));
    }
    let part = |name: &str| {
        let bytes = read(name)?;
        if manifest.parts.get(name) == Some(&sha256(&bytes)) {
            Ok(bytes)
        } else {
            Err(Error::Damaged(format!("{name} is not what was written")))
        }
    };
    let weights = from_bytes(&part(PARTS[0])?, like)?;
    let best = from_bytes(&part(PARTS[2])?, like)?;
    optimizer.restore(&part(PARTS[1])?)?;
    Ok(Loaded { counters: manifest.counters, weights, best })
}
