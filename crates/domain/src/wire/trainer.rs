//! The pipe between an agent and its trainer: one JSON document a line, commands on the trainer's stdin, frames on its
//! stdout. When stdin ends the agent is gone and the trainer exits at once. stderr is free text; its end is quoted when
//! a trainer dies without a `Finished` frame.

use serde::{Deserialize, Serialize};

use crate::{
    JobId, Timestamp,
    dataset::DatasetFormat,
    job::{JobFailure, JobSpec, LogLevel, Point},
    model::ModelInfo,
};

/// Raised when a frame changes its meaning; a trainer refuses to start on another number.
pub const PROTOCOL: u32 = 2;

/// Exit code of a trainer that took its agent for gone: it heard nothing for too long, or the pipe was closed. When the
/// agent is there after all (it had been suspended), this is no fault of the job.
pub const AGENT_GONE: u8 = 3;

/// What an agent says. Whatever it says, it is alive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Always first, once.
    Start(Box<Start>),
    /// End after the current step, with a checkpoint.
    Stop,
    /// Nothing is wanted: the agent is there, and still holds the job. Sent at least every ten seconds.
    Alive,
}

/// A job with everything that is needed to train it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    pub protocol: u32,
    pub job_id: JobId,
    pub attempt: u32,
    pub spec: JobSpec,
    pub dataset: DatasetFile,
    /// The job's own directory, absolute. The trainer writes `checkpoints/` and `model-{attempt}/` into it.
    pub work_dir: String,
    /// Directory of a checkpoint to go on from, absolute; newest first. A damaged one is skipped with a warning.
    pub checkpoints: Vec<String>,
    /// Within an epoch a checkpoint is written when the last one is this many seconds old; 0: only at the ends of epochs.
    #[serde(default = "checkpoint_seconds")]
    pub checkpoint_seconds: u64,
    /// How many checkpoints stay, at least one. Each has the best weights so far within it.
    #[serde(default = "keep_checkpoints")]
    pub keep_checkpoints: u32,
    /// A trainer that has heard nothing for this many seconds ends: its lease has run out, and another attempt may have
    /// begun. 0: it waits for ever.
    #[serde(default = "silence_seconds")]
    pub silence_seconds: u64,
    /// How often the trainer says where it stands, at most.
    #[serde(default = "updates_per_second")]
    pub updates_per_second: u32,
    /// Directory of the model that training begins with, absolute; `None`: it begins by chance.
    #[serde(default)]
    pub start_from: Option<String>,
    /// Bytes of memory that the trainer may have, not counting code and files; `None`: what the system gives. What
    /// happens beyond is told by [`ran_out_of_memory`].
    #[serde(default)]
    pub memory_bytes: Option<u64>,
    /// Threads that the mathematics may use. What comes out does not depend on it.
    #[serde(default = "threads")]
    pub threads: u32,
}

fn threads() -> u32 {
    1
}

fn checkpoint_seconds() -> u64 {
    30
}

fn keep_checkpoints() -> u32 {
    2
}

fn updates_per_second() -> u32 {
    20
}

fn silence_seconds() -> u64 {
    25
}

/// Whether the end of a trainer's stderr says that memory was refused. An allocation that fails ends a Rust process at
/// once, by an abort after one line of the standard library: there is no `Finished` frame.
pub fn ran_out_of_memory(last_words: &str) -> bool {
    last_words.contains("memory allocation of ") && last_words.contains(" bytes failed")
}

/// The data to train on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetFile {
    /// Absolute.
    pub path: String,
    pub format: DatasetFormat,
    pub gzip: bool,
    pub name: String,
    /// Of the bytes as uploaded; goes into checkpoints and the model card.
    pub sha256: String,
}

/// What a trainer says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "snake_case")]
pub enum Frame {
    /// The data is being read: `share` of it, from 0 to 1.
    Loading {
        #[serde(default)]
        share: f64,
    },
    /// The first epoch (or the one after the checkpoint) begins.
    Running(Box<Begin>),
    /// At most as often as was asked for, and at the end of training.
    Progress(Box<Progress>),
    Log {
        level: LogLevel,
        text: String,
    },
    /// A checkpoint is durable on disk.
    Checkpoint(CheckpointReady),
    /// Always last. The process exits with 0 after it.
    Finished(Box<Finished>),
}

/// What is known once the data is loaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begin {
    /// Epochs finished by the checkpoint that training goes on from; 0 from the beginning.
    pub epoch: u32,
    /// Steps of that checkpoint: measurements beyond it belong to a lost attempt and will be sent again.
    pub step: u64,
    pub total_steps: u64,
}

/// Where training stands, and what was measured since the last frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// When it was said, by the trainer's clock.
    #[serde(default)]
    pub at: Option<Timestamp>,
    pub epoch: u32,
    pub step: u64,
    pub total_steps: u64,
    pub loss: Option<f64>,
    pub samples_per_second: Option<f64>,
    pub eta_seconds: Option<f64>,
    pub points: Vec<Point>,
}

/// A checkpoint that can be trained on from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckpointReady {
    pub epoch: u32,
    pub step: u64,
    /// Absolute directory.
    pub path: String,
    /// SHA-256 of its manifest, which has the SHA-256 of each part.
    pub sha256: String,
    /// Directories that are not needed any more: old ones beyond `keep_checkpoints`, and damaged ones. The agent removes
    /// them once this checkpoint is recorded.
    pub pruned: Vec<String>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Finished {
    Completed(Box<Delivery>),
    Stopped { epoch: u32 },
    Failed(JobFailure),
}

/// A model on disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Absolute directory with `model.safetensors`, `encoder.json`, `model.json`, `report.json`, `model-card.md` and
    /// `bundle.zip` (the others in one archive).
    pub model_dir: String,
    /// SHA-256 of `model.safetensors`.
    pub sha256: String,
    /// Size of `bundle.zip`.
    pub bundle_bytes: u64,
    pub info: ModelInfo,
    /// Why training ended: "All 200 epochs done.", "No improvement for 20 epochs; kept epoch 61."
    pub summary: String,
}

#[cfg(test)]
mod tests {
    use super::{Command, Start, ran_out_of_memory};

    #[test]
    fn an_order_without_the_newer_fields_has_their_defaults() {
        let order = r#"{"command":"start","protocol":2,"job_id":"00000000-0000-7000-8000-000000000001","attempt":1,
            "spec":{"name":"","dataset_id":"00000000-0000-7000-8000-000000000002","task":"regression","target":"y",
                "features":[],"model":{"kind":"linear"},"optimizer":"adam","lr":0.1,"epochs":1,"batch_size":1,
                "validation":0.1,"test":0.1,"early_stopping":null,"seed":1,"device":"flex"},
            "dataset":{"path":"/data.csv","format":"csv","gzip":false,"name":"data","sha256":""},
            "work_dir":"/job","checkpoints":[]}"#;
        let Command::Start(start) = serde_json::from_str(order).unwrap() else { panic!() };
        let Start { checkpoint_seconds, keep_checkpoints, silence_seconds, updates_per_second, memory_bytes, .. } =
            *start;
        assert_eq!((checkpoint_seconds, keep_checkpoints, silence_seconds), (30, 2, 25));
        assert_eq!((updates_per_second, memory_bytes), (20, None));
        assert_eq!(serde_json::to_string(&Command::Alive).unwrap(), r#"{"command":"alive"}"#);
    }

    #[test]
    fn the_last_words_of_an_allocation_are_known() {
        assert!(ran_out_of_memory("memory allocation of 4096 bytes failed"));
        assert!(!ran_out_of_memory("thread 'main' panicked: index out of bounds"));
    }
}
