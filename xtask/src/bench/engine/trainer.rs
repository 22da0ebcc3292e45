//! Our side: `athanor trainer`, as an agent starts it, with the clock held against its frames.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use serde_json::{Value, json};

/// What one job took.
pub(super) struct Times {
    /// From the first frame to the one that says that training begins: reading, splitting, encoding.
    pub(super) loading: Duration,
    /// From there until nothing more is trained: every step, each epoch's validation, checkpoints.
    pub(super) training: Duration,
    /// From there to the end: also the report, and the model on disk.
    pub(super) whole: Duration,
    pub(super) steps: u64,
    /// Most memory that the process had when training began, in bytes; `None` where the system does not tell.
    pub(super) peak: Option<u64>,
}

/// What is trained.
pub(super) struct Job<'a> {
    pub(super) file: &'a Path,
    /// Of the file.
    pub(super) format: &'a str,
    pub(super) task: &'a str,
    pub(super) features: &'a [String],
    pub(super) model: Value,
    pub(super) batch: u32,
    pub(super) epochs: u32,
    pub(super) device: &'a str,
    pub(super) threads: u32,
}

/// Runs one trainer to its end, in a folder of its own that is gone afterwards.
///
/// # Errors
/// When it does not complete the job.
pub(super) fn run(executable: &Path, folder: &Path, job: &Job<'_>) -> anyhow::Result<Times> {
    let work = folder.join("job");
    fs::create_dir_all(&work)?;
    let mut child = Command::new(executable)
        .arg("trainer")
        .current_dir(&work)
        .env("MIMALLOC_ARENA_EAGER_COMMIT", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start {}", executable.display()))?;
    let times = follow(&mut child, &order(job, &work));
    let _ = child.kill();
    let _ = child.wait();
    let _ = fs::remove_dir_all(&work);
    times
}

fn order(job: &Job<'_>, work: &Path) -> Value {
    let id = "00000000-0000-7000-8000-000000000001";
    let target = if job.format == "images" { "label" } else { "y" };
    json!({
        "command": "start", "protocol": 2, "job_id": id, "attempt": 1, "work_dir": work, "checkpoints": [],
        "silence_seconds": 0, "threads": job.threads,
        "dataset": { "path": job.file, "format": job.format, "gzip": false, "name": "bench", "sha256": "" },
        // Nothing but one row (of each class) is held out, so that both sides train on the same rows.
        "spec": {
            "name": "bench", "dataset_id": id, "task": job.task, "target": target, "features": job.features,
            "model": job.model, "optimizer": "adam", "lr": 0.001, "epochs": job.epochs, "batch_size": job.batch,
            "validation": 0.0, "test": 0.0, "early_stopping": null, "seed": 1, "device": job.device
        }
    })
}

fn follow(child: &mut Child, order: &Value) -> anyhow::Result<Times> {
    // Kept open: a trainer whose agent is gone ends.
    let mut orders = child.stdin.take().context("no pipe to the trainer")?;
    writeln!(orders, "{order}")?;
    let frames = BufReader::new(child.stdout.take().context("no pipe from the trainer")?);
    let (mut loading, mut running, mut trained, mut steps, mut peak) = (None, None, None, 0, None);
    for line in frames.lines() {
        let frame: Value = serde_json::from_str(&line?)?;
        match frame["frame"].as_str() {
            Some("loading") => loading = Some(Instant::now()),
            Some("running") => {
                running = Some(Instant::now());
                peak = most_memory(child.id());
            }
            Some("progress") => {
                steps = frame["step"].as_u64().unwrap_or(steps);
                trained = Some(Instant::now());
            }
            Some("finished") => {
                anyhow::ensure!(frame["outcome"] == "completed", "the job did not complete: {frame}");
                let (loading, running) = loading.zip(running).context("the job finished before it began")?;
                let trained = trained.context("the job finished without a word")?;
                let (training, whole) = (trained - running, running.elapsed());
                return Ok(Times { loading: running - loading, training, whole, steps, peak });
            }
            _ => {}
        }
    }
    anyhow::bail!("the trainer ended without a word")
}

/// `VmHWM`, which is in units of 1,024 bytes.
fn most_memory(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}
