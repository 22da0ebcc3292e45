//! The directory of checkpoints: written whole or not at all, the newest few kept, damaged ones not among them.

use std::{
    collections::BTreeMap,
    fs, mem,
    path::{Path, PathBuf},
};

use domain::wire::trainer::{CheckpointReady, Start};

use super::{
    bundle::{Counters, FORMAT_VERSION, MANIFEST, Manifest, PARTS, Part, SEAL, Training},
    load::{Loaded, seal, sizes, verify},
};
use crate::{
    Error,
    digest::sha256,
    files,
    optimizer::Optimizer,
    weights::{Weights, to_bytes},
};

/// Writes the checkpoints of one attempt.
pub(crate) struct Store {
    directory: PathBuf,
    attempt: u32,
    training: Training,
    epochs: u32,
    keep: usize,
    /// Sound ones, by this attempt and earlier ones, oldest first.
    sound: Vec<PathBuf>,
    /// Not needed once there is a newer one.
    outdated: Vec<PathBuf>,
}

/// What is left of earlier attempts.
pub(crate) struct Earlier {
    /// The newest sound checkpoint.
    pub(crate) loaded: Option<Loaded>,
    /// Newer ones that cannot be used: name and reason.
    pub(crate) damaged: Vec<(String, String)>,
}

impl Store {
    pub(crate) fn new(start: &Start) -> Result<Self, Error> {
        Ok(Self {
            directory: Path::new(&start.work_dir).join("checkpoints"),
            attempt: start.attempt,
            training: Training::of(start)?,
            epochs: start.spec.epochs,
            keep: start.keep_checkpoints.max(1) as usize,
            sound: Vec::new(),
            outdated: Vec::new(),
        })
    }

    /// Reads the newest sound one of `checkpoints` (newest first) into the layout of `like` and into `optimizer`. Sound
    /// ones are kept as long as our own would be; damaged ones go as soon as there is a newer one.
    ///
    /// # Errors
    /// Only `Internal`: damage is told in the answer.
    pub(crate) fn go_on(
        &mut self,
        checkpoints: &[String],
        like: &Weights,
        optimizer: &mut Optimizer,
    ) -> Result<Earlier, Error> {
        self.sweep(checkpoints);
        let sizes = sizes(like, optimizer)?;
        let mut earlier = Earlier { loaded: None, damaged: Vec::new() };
        for path in checkpoints.iter().map(PathBuf::from) {
            let ours = path.parent() == Some(&self.directory);
            let verified = verify(&path, &self.training, sizes);
            let used = if earlier.loaded.is_some() {
                // Older than the one in use.
                verified.map(drop)
            } else {
                let loaded = verified.and_then(|verified| verified.load(like, optimizer));
                loaded.map(|loaded| earlier.loaded = Some(loaded))
            };
            match used {
                Ok(()) => self.sound.extend(ours.then_some(path)),
                Err(Error::Damaged(why)) => {
                    if earlier.loaded.is_none() {
                        let name = path.file_name().unwrap_or(path.as_os_str());
                        earlier.damaged.push((name.to_string_lossy().into_owned(), why));
                    }
                    self.outdated.extend(ours.then_some(path));
                }
                Err(error) => return Err(error),
            }
        }
        self.sound.reverse();
        Ok(earlier)
    }

    /// Removes what earlier attempts left and nobody recorded: half a checkpoint, or a whole one whose agent died before
    /// it was told. Later attempts' are not touched, should we be the one that is late.
    fn sweep(&self, recorded: &[String]) {
        let Ok(entries) = fs::read_dir(&self.directory) else { return };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let earlier = attempt_of(&path).is_some_and(|attempt| attempt < self.attempt);
            if earlier && !recorded.iter().any(|recorded| Path::new(recorded) == path) {
                // What cannot be removed is only in the way of nobody.
                let _ = files::remove(&path);
            }
        }
    }

    /// Makes a checkpoint durable, and names those that are not needed any more. `None` when this step has one.
    ///
    /// # Errors
    /// `Storage` when it could not be written; the ones before are as they were.
    pub(crate) fn write(
        &mut self,
        counters: &Counters,
        weights: &Weights,
        optimizer: &Optimizer,
        best: &Weights,
    ) -> Result<Option<CheckpointReady>, Error> {
        let path = self.directory.join(format!("a{}-e{}-s{}", self.attempt, counters.epoch, counters.step));
        if self.sound.last() == Some(&path) {
            return Ok(None);
        }
        let bytes = [to_bytes(weights)?, optimizer.to_bytes()?, to_bytes(best)?];
        let parts: BTreeMap<String, Part> =
            PARTS.iter().zip(&bytes).map(|(name, bytes)| ((*name).to_owned(), Part::of(bytes))).collect();
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            training: self.training.clone(),
            epochs: self.epochs,
            counters: counters.clone(),
            parts,
        };
        let manifest = serde_json::to_vec_pretty(&manifest).map_err(|error| Error::Internal(error.to_string()))?;
        let seal = seal(&manifest);
        let mut all: Vec<(&str, &[u8])> = PARTS.iter().copied().zip(bytes.iter().map(Vec::as_slice)).collect();
        all.extend([(MANIFEST, manifest.as_slice()), (SEAL, seal.as_bytes())]);
        files::write_directory(&path, &all).map_err(Error::storage("write a checkpoint"))?;
        self.sound.push(path.clone());
        Ok(Some(CheckpointReady {
            epoch: counters.epoch,
            step: counters.step,
            path: text(&path),
            sha256: sha256(&manifest),
            pruned: self.prune(),
        }))
    }

    /// Names those that are not needed any more. Whoever records checkpoints removes them, when the newer one is recorded:
    /// until then they are what another attempt would go on from.
    fn prune(&mut self) -> Vec<String> {
        let over = self.sound.len().saturating_sub(self.keep);
        self.outdated.extend(self.sound.drain(..over));
        mem::take(&mut self.outdated).iter().map(|path| text(path)).collect()
    }
}

/// The attempt that wrote `a{attempt}-e{epoch}-s{step}`, whole or in part.
fn attempt_of(path: &Path) -> Option<u32> {
    path.file_name()?.to_str()?.strip_prefix('a')?.split_once('-')?.0.parse().ok()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
