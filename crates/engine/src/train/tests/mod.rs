//! The loop driven as the process drives it, without the process.

mod folds;
mod going_on;
mod images;
mod learning;
mod members;
mod more_epochs;
mod start_from;
mod storage;
mod text;
mod words;

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
};

use dataset::Sample;
use domain::{
    DatasetId, JobId,
    job::{Device, JobSpec, LogLevel, MlpSpec, ModelSpec, Optimizer, Split, Task},
    wire::trainer::{DatasetFile, Delivery, Finished, Frame, PROTOCOL, Start},
};
use tempfile::TempDir;

use super::{Sink, run};
use crate::{Error, fault::Fault};

/// Reads the frames as an agent does.
struct Tape<'s, 'a> {
    frames: Vec<Frame>,
    stop: &'s AtomicBool,
    how: How<'a>,
}

/// What happens to an attempt.
struct How<'a> {
    fault: &'a str,
    /// It is asked to stop once it has said that it took this step.
    stop_after_step: u64,
    /// It is killed when it has said so much.
    frames: usize,
    /// Called with each frame.
    watch: &'a mut dyn FnMut(&Frame),
}

impl Sink for Tape<'_, '_> {
    fn emit(&mut self, frame: Frame) -> Result<(), Error> {
        if self.frames.len() == self.how.frames {
            return Err(Error::AgentGone);
        }
        if let Frame::Progress(progress) = &frame
            && progress.step >= self.how.stop_after_step
        {
            self.stop.store(true, Ordering::Relaxed);
        }
        (self.how.watch)(&frame);
        self.frames.push(frame);
        Ok(())
    }
}

pub(crate) struct Job {
    pub(crate) directory: TempDir,
    pub(crate) start: Start,
}

impl Job {
    fn new(sample: &str, task: Task, target: &str, features: &[&str], epochs: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data.csv");
        let sample = Sample::find(sample).unwrap();
        fs::write(&path, sample.bytes).unwrap();
        let header = std::str::from_utf8(sample.bytes).unwrap().lines().next().unwrap();
        let all: Vec<String> = header.split(',').filter(|name| *name != target).map(str::to_owned).collect();
        let features = if features.is_empty() { all } else { features.iter().map(|name| (*name).to_owned()).collect() };
        let id = "00000000-0000-7000-8000-000000000001";
        let spec = JobSpec {
            name: "a test".into(),
            dataset_id: id.parse::<DatasetId>().unwrap(),
            task,
            target: target.into(),
            features,
            model: ModelSpec::Mlp(MlpSpec { hidden: vec![16, 16], dropout: 0.1, ..MlpSpec::default() }),
            optimizer: Optimizer::Adam,
            lr: 0.01,
            learning: domain::job::Learning::default(),
            epochs,
            batch_size: 16,
            validation: 0.15,
            test: 0.15,
            split: domain::job::SplitBy::Random,
            early_stopping: None,
            seed: 42,
            device: Device::Flex,
            priority: 0,
            max_seconds: None,
            folds: None,
            start_from: None,
            embeddings: true,
            chosen: Vec::new(),
        };
        let start = Start {
            protocol: PROTOCOL,
            job_id: id.parse::<JobId>().unwrap(),
            attempt: 1,
            spec,
            dataset: DatasetFile {
                path: path.to_string_lossy().into_owned(),
                format: sample.format,
                gzip: false,
                name: sample.name.into(),
                sha256: "of the data".into(),
            },
            work_dir: directory.path().to_string_lossy().into_owned(),
            checkpoints: Vec::new(),
            checkpoint_seconds: 30,
            keep_checkpoints: 2,
            updates_per_second: 20,
            silence_seconds: 0,
            start_from: None,
            memory_bytes: None,
            threads: 1,
        };
        Self { directory, start }
    }

    pub(crate) fn iris(epochs: u32) -> Self {
        Self::new("iris", Task::Multiclass, "species", &[], epochs)
    }

    fn run(&self) -> (Finished, Vec<Frame>) {
        self.run_until(u64::MAX)
    }

    fn run_with(&self, fault: &str) -> (Finished, Vec<Frame>) {
        let how = How { fault, stop_after_step: u64::MAX, frames: usize::MAX, watch: &mut |_| () };
        let (finished, frames) = self.attempt(how);
        (finished.unwrap(), frames)
    }

    fn run_until(&self, stop_after_step: u64) -> (Finished, Vec<Frame>) {
        let how = How { fault: "", stop_after_step, frames: usize::MAX, watch: &mut |_| () };
        let (finished, frames) = self.attempt(how);
        (finished.unwrap(), frames)
    }

    /// Without an outcome when it was killed.
    fn attempt(&self, how: How<'_>) -> (Option<Finished>, Vec<Frame>) {
        let stop = AtomicBool::new(false);
        let fault = Fault::parse(how.fault, self.start.attempt);
        let mut tape = Tape { frames: Vec::new(), stop: &stop, how };
        let finished = run(&self.start, &mut tape, &stop, &fault);
        (finished.ok(), tape.frames)
    }

    /// The next attempt, with what the one before left.
    fn again(&mut self, ledger: &Ledger) {
        self.start.attempt += 1;
        self.start.checkpoints.clone_from(&ledger.checkpoints);
    }

    fn checkpoints(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.directory.path().join("checkpoints")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    pub(crate) fn delivered(&self) -> Delivery {
        delivery(self.run().0)
    }
}

fn delivery(finished: Finished) -> Delivery {
    match finished {
        Finished::Completed(delivery) => *delivery,
        other => panic!("{other:?}"),
    }
}

/// What an agent records, as `platform::agent::record` does.
#[derive(Default)]
struct Ledger {
    /// Newest first.
    checkpoints: Vec<String>,
    /// By name, split and step: epoch, and the bits of the value.
    points: BTreeMap<(String, &'static str, u64), (u32, u64)>,
    warnings: Vec<String>,
    /// Where the newest attempt began.
    began: u64,
}

impl Ledger {
    fn of(frames: &[Frame]) -> Self {
        let mut ledger = Self::default();
        ledger.take(frames);
        ledger
    }

    fn take(&mut self, frames: &[Frame]) {
        for frame in frames {
            match frame {
                Frame::Running(begin) => {
                    self.began = begin.step;
                    self.points.retain(|(_, _, step), _| *step <= begin.step);
                }
                Frame::Progress(progress) => {
                    for point in &progress.points {
                        let key = (point.name.clone(), point.split.as_str(), point.step);
                        self.points.insert(key, (point.epoch, point.value.to_bits()));
                    }
                }
                Frame::Checkpoint(ready) => {
                    self.checkpoints.retain(|path| !ready.pruned.contains(path));
                    for outdated in &ready.pruned {
                        std::fs::remove_dir_all(outdated).unwrap();
                    }
                    self.checkpoints.insert(0, ready.path.clone());
                }
                Frame::Log { level: LogLevel::Warning, text } => self.warnings.push(text.clone()),
                _ => {}
            }
        }
    }

    /// Training losses between the ends of epochs.
    fn points_within_epochs(&self, steps_per_epoch: u64) -> usize {
        let train = self.points.keys().filter(|(name, split, _)| name == "loss" && *split == Split::Train.as_str());
        train.filter(|(_, _, step)| !step.is_multiple_of(steps_per_epoch)).count()
    }
}
