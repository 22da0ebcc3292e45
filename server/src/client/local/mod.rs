//! Training and predicting on this machine, without a server: the same request, the same choices, the same trainer process.

mod model;
mod progress;
mod trainer;

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use dataset::Source;
use domain::{
    ApiError, DatasetId, JobId, Timestamp,
    dataset::DatasetView,
    job::{FailureCode, JobFailure, JobSpec, JobState, TrainingRequest},
    wire::trainer::{DatasetFile, Delivery, Finished, Frame, PROTOCOL, Start},
};
use serde_json::json;
use uuid::Uuid;

pub use model::Model;
use progress::Progress;
use trainer::{Heard, Trainer};

use super::{
    display::{self, Display},
    exit::Exit,
    failure::Failure,
    interrupt::Interrupts,
    new_file, terminal,
    upload::LocalFile,
};

/// Seconds between two checkpoints within an epoch. Nobody goes on from one; what the trainer looks for at its end is the best
/// epoch, which is in the last.
const CHECKPOINT_SECONDS: u64 = 300;
const UPDATES_PER_SECOND: u32 = 10;

/// Trains on a file and puts the finished bundle into the folder `out`.
pub fn train(data: &Path, request: TrainingRequest, out: &Path, display: &mut Display) -> Result<Exit, Failure> {
    check_out(out)?;
    let file = LocalFile::open(data)?;
    let dataset = look(data, &file)?;
    let spec = resolve(request, &dataset)?;
    let folder = WorkFolder::beside(out)?;
    let start = start_order(data, &file, spec, &folder)?;
    let interrupts = Interrupts::listen()?;
    let mut progress = Progress::new(start.spec.epochs);
    let ended = attend(&start, &mut progress, &interrupts, display)?;
    let job = progress.ended(&ended);
    display.show(&job, progress.curves())?;
    if let Finished::Completed(delivery) = &ended {
        deliver(delivery, out)?;
    }
    if display.is_json() {
        let out = matches!(ended, Finished::Completed(_)).then(|| out.to_string_lossy());
        display.event(
            "finished",
            json!({"status": job.status, "message": job.message, "metrics": job.metrics,
            "failure": job.failure, "epoch": job.epoch, "params": start.spec, "out": out}),
        )?;
    } else {
        display::say_result(&job)?;
        if job.status == JobState::Completed {
            let out = out.display();
            terminal::say(&format!("The model is in {out}: athanor predict {out} rows.csv"))?;
        }
    }
    Ok(display::exit_of(job.status))
}

/// Nothing is ever overwritten, and that is said before hours of training.
fn check_out(out: &Path) -> Result<(), Failure> {
    match fs::read_dir(out).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::refused(format!(
            "{} is not empty. Choose a folder that is, or that is not there yet.",
            out.display()
        ))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::file("use the folder", out)(error)),
    }
}

/// The file as the server would show it after an upload.
fn look(data: &Path, file: &LocalFile) -> Result<DatasetView, Failure> {
    let source = Source { path: data.to_owned(), format: file.format, gzip: file.gzip };
    Ok(DatasetView {
        id: DatasetId(Uuid::now_v7()),
        name: file.stem().to_owned(),
        file_name: file.file_name.clone(),
        format: file.format,
        gzip: file.gzip,
        size_bytes: file.size_bytes,
        sha256: file.sha256.clone(),
        sample: false,
        created_at: now(),
        profile: dataset::profile(&source)?,
    })
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

fn resolve(request: TrainingRequest, dataset: &DatasetView) -> Result<JobSpec, Failure> {
    if request.start_from.as_ref().is_some_and(|model| !model.is_empty()) {
        return Err(ApiError::field("start_from", "Names a model of a server; there is none with --local.").into());
    }
    let spec = request.resolve(dataset)?;
    let devices = engine::devices();
    if !devices.contains(&spec.device) {
        let there: Vec<&str> = devices.iter().map(|device| device.as_str()).collect();
        let why = format!("This machine has no {}; it has {}.", spec.device.as_str(), there.join(", "));
        return Err(ApiError::field("device", why).into());
    }
    Ok(spec)
}

fn start_order(data: &Path, file: &LocalFile, spec: JobSpec, folder: &WorkFolder) -> Result<Start, Failure> {
    let text = |path: &Path| {
        let text = path.to_str().map(str::to_owned);
        text.ok_or_else(|| Failure::refused(format!("The path {} is not UTF-8.", path.display())))
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(Start {
        protocol: PROTOCOL,
        job_id: JobId(Uuid::now_v7()),
        attempt: 1,
        spec,
        dataset: DatasetFile {
            path: text(&fs::canonicalize(data).map_err(Failure::file("read", data))?)?,
            format: file.format,
            gzip: file.gzip,
            name: file.stem().to_owned(),
            sha256: file.sha256.clone(),
        },
        work_dir: text(&folder.0)?,
        checkpoints: Vec::new(),
        checkpoint_seconds: CHECKPOINT_SECONDS,
        keep_checkpoints: 1,
        // It has no lease to lose, and ends with us because its standard input does.
        silence_seconds: 0,
        updates_per_second: UPDATES_PER_SECOND,
        start_from: None,
        memory_bytes: None,
        threads: u32::try_from(cores).unwrap_or(1),
    })
}

/// Where a trainer writes; removed when dropped.
struct WorkFolder(PathBuf);

impl WorkFolder {
    /// On the same file system, so that what is finished can be moved.
    fn beside(out: &Path) -> Result<Self, Failure> {
        let out = std::path::absolute(out).map_err(Failure::file("use the folder", out))?;
        let path = new_file::beside(&out)?;
        fs::create_dir_all(&path).map_err(Failure::file("make", &path))?;
        Ok(Self(path))
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // What cannot be removed has a name that says what it was.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn deliver(delivery: &Delivery, out: &Path) -> Result<(), Failure> {
    // An empty folder stands where the model goes.
    if let Err(error) = fs::remove_dir(out)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(Failure::file("use the folder", out)(error));
    }
    fs::rename(&delivery.model_dir, out).map_err(Failure::file("write", out))
}

/// From the start of the trainer to its end.
fn attend(
    start: &Start,
    progress: &mut Progress,
    interrupts: &Interrupts,
    display: &mut Display,
) -> Result<Finished, Failure> {
    let mut trainer = Trainer::start(start)?;
    let limit = start.spec.max_seconds.map(Duration::from_secs);
    let (begun, mut stopping, mut out_of_time) = (Instant::now(), false, false);
    loop {
        for heard in trainer.heard()? {
            match heard {
                Heard::Frame(frame) => match *frame {
                    Frame::Finished(finished) => {
                        trainer.end();
                        return Ok(if out_of_time { too_long(&finished, progress) } else { *finished });
                    }
                    Frame::Log { level, text } => display.log(level, &text)?,
                    other => progress.take(other),
                },
                Heard::End if stopping => return Ok(Finished::Stopped { epoch: progress.epoch() }),
                Heard::End => return Ok(Finished::Failed(died(&trainer.last_words(), progress))),
            }
        }
        display.show(progress.job(), progress.curves())?;
        out_of_time = out_of_time || (!stopping && limit.is_some_and(|limit| begun.elapsed() >= limit));
        if !(interrupts.within(Duration::from_millis(100)) || (out_of_time && !stopping)) {
            continue;
        }
        // One that trains finishes its step; one that does not, or is asked again, has nothing to lose.
        if stopping || progress.job().status != JobState::Running {
            trainer.end();
            let stopped = Finished::Stopped { epoch: progress.epoch() };
            return Ok(if out_of_time { too_long(&stopped, progress) } else { stopped });
        }
        stopping = true;
        progress.stopping();
        trainer.stop();
        if !out_of_time {
            display.note("Stopping after this step. Ctrl-C again ends at once.")?;
        }
    }
}

fn died(last_words: &str, progress: &Progress) -> JobFailure {
    if domain::wire::trainer::ran_out_of_memory(last_words) {
        return JobFailure::out_of_memory(None, progress.place());
    }
    JobFailure {
        code: FailureCode::TrainerDied,
        message: format!("The trainer {last_words}."),
        location: progress.place(),
        hint: "If memory ran out, try a smaller batch size or model.".into(),
    }
}

fn too_long(finished: &Finished, progress: &Progress) -> Finished {
    match finished {
        Finished::Stopped { .. } => Finished::Failed(JobFailure {
            code: FailureCode::TimeLimit,
            message: "The job has trained for as long as max_seconds says.".into(),
            location: progress.place(),
            hint: "Give it a higher max_seconds, fewer epochs or a smaller model.".into(),
        }),
        other => other.clone(),
    }
}
