//! A trainer without mathematics, for the tests of queue and agent: it speaks the same frames, and the job's name is its
//! script.
//!
//! `epochs=5 ms=20` five epochs of 20 ms · `die@3` ends without a word in epoch 3 (first attempt) · `die_always@3` in every
//! attempt · `hang@3` hears and says nothing from epoch 3 on · `fail@3` says that it failed · `nonsense@3` says something
//! that is no frame · `load_ms=500` takes its time to read the data · `chatter=6000` says so many measurements and lines
//! before the first epoch · `report` measures untouched rows at the end · `back` goes on from the first epoch.

use std::{
    fs,
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use domain::{
    job::{FailureCode, JobFailure, LogLevel, Point, Split},
    model::{Evaluation, ModelInfo},
    wire::trainer::{Begin, CheckpointReady, Command, Delivery, Finished, Frame, Progress, Start},
};

const STEPS: u64 = 10;

fn main() -> ExitCode {
    match play() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn say(frame: &Frame) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, frame)?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}

struct Script<'a>(&'a str);

impl Script<'_> {
    fn says(&self, word: &str) -> bool {
        self.0.split_whitespace().any(|found| found == word)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.0.split_whitespace().find_map(|word| word.strip_prefix(name)?.parse().ok())
    }
}

/// Hears `Stop`, and the end of the agent.
fn listen(stop: &Arc<AtomicBool>) {
    let stop = Arc::clone(stop);
    thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            match line.map(|line| serde_json::from_str(&line)) {
                Ok(Ok(Command::Stop)) => stop.store(true, Ordering::SeqCst),
                Ok(Ok(_)) => {}
                Ok(Err(_)) | Err(_) => break,
            }
        }
        std::process::exit(3);
    });
}

fn chat(times: u64) -> io::Result<()> {
    for step in 1..=times {
        let point = Point { name: "chatter".into(), split: Split::Train, step, epoch: 0, value: 0.5 };
        say(&progress(0, 0, times, None, vec![point]))?;
        say(&Frame::Log { level: LogLevel::Info, text: format!("line {step}") })?;
    }
    Ok(())
}

fn play() -> io::Result<()> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let Command::Start(start) = serde_json::from_str(&line)? else {
        return Err(io::Error::other("the first order must be a start"));
    };
    let stop = Arc::default();
    listen(&stop);
    let script = Script(&start.spec.name);
    let epochs = script.number("epochs=").unwrap_or(u64::from(start.spec.epochs));
    let pause = Duration::from_millis(script.number("ms=").unwrap_or(1));
    say(&Frame::Loading { share: 0.0 })?;
    say(&Frame::Loading { share: 0.5 })?;
    thread::sleep(Duration::from_millis(script.number("load_ms=").unwrap_or(0)));
    let newest = start.checkpoints.first().map_or(Ok(0), |path| epoch_of(path))?;
    let done = if script.says("back") { newest.min(1) } else { newest };
    let total_steps = epochs * STEPS;
    say(&Frame::Running(Box::new(Begin { epoch: done as u32, step: done * STEPS, total_steps })))?;
    say(&Frame::Log { level: LogLevel::Info, text: format!("attempt {} goes on from epoch {done}", start.attempt) })?;
    chat(script.number("chatter=").unwrap_or(0))?;
    let mut written: Vec<PathBuf> = start.checkpoints.iter().rev().map(PathBuf::from).collect();
    for epoch in done + 1..=epochs {
        accidents(&script, &start, epoch)?;
        thread::sleep(pause);
        let points = vec![Point {
            name: "loss".into(),
            split: Split::Train,
            step: epoch * STEPS,
            epoch: epoch as u32,
            value: 1.0 / epoch as f64,
        }];
        say(&progress(epoch as u32, epoch * STEPS, total_steps, Some(1.0 / epoch as f64), points))?;
        checkpoint(&start, epoch, &mut written)?;
        if stop.load(Ordering::SeqCst) {
            return say(&Frame::Finished(Box::new(Finished::Stopped { epoch: epoch as u32 })));
        }
    }
    if script.says("report") {
        let (step, epoch) = (epochs * STEPS, epochs as u32);
        let point = Point { name: "loss".into(), split: Split::Test, step, epoch, value: 0.25 };
        say(&progress(epoch, step, total_steps, None, vec![point]))?;
    }
    say(&Frame::Finished(Box::new(Finished::Completed(Box::new(deliver(&start)?)))))
}

fn progress(epoch: u32, step: u64, total_steps: u64, loss: Option<f64>, points: Vec<Point>) -> Frame {
    Frame::Progress(Box::new(Progress {
        at: None,
        epoch,
        step,
        total_steps,
        loss,
        samples_per_second: loss.map(|_| 100.0),
        eta_seconds: loss.map(|_| (total_steps - step) as f64 / STEPS as f64),
        points,
    }))
}

fn accidents(script: &Script, start: &Start, epoch: u64) -> io::Result<()> {
    let first = start.attempt == 1;
    let now = |name: &str| script.number(name) == Some(epoch);
    if now("die_always@") || (first && now("die@")) {
        eprintln!("the script says so");
        std::process::exit(7);
    }
    if first && now("hang@") {
        loop {
            thread::sleep(Duration::from_secs(1));
        }
    }
    if first && now("nonsense@") {
        println!("this is no frame");
        thread::sleep(Duration::from_mins(1));
    }
    if now("fail@") {
        say(&Frame::Finished(Box::new(Finished::Failed(JobFailure {
            code: FailureCode::BadData,
            message: "The script says so.".into(),
            location: format!("epoch {epoch}"),
            hint: "Change the script.".into(),
        }))))?;
        std::process::exit(0);
    }
    Ok(())
}

fn epoch_of(checkpoint: &str) -> io::Result<u64> {
    let text = fs::read_to_string(Path::new(checkpoint).join("epoch"))?;
    text.parse().map_err(io::Error::other)
}

/// One file that says the epoch; the last two are kept.
fn checkpoint(start: &Start, epoch: u64, written: &mut Vec<PathBuf>) -> io::Result<()> {
    let path = Path::new(&start.work_dir).join("checkpoints").join(format!("a{}-e{epoch}", start.attempt));
    fs::create_dir_all(&path)?;
    fs::write(path.join("epoch"), epoch.to_string())?;
    written.push(path.clone());
    let over = written.len().saturating_sub(2);
    let pruned: Vec<PathBuf> = written.drain(..over).collect();
    let text = |path: &Path| path.to_string_lossy().into_owned();
    say(&Frame::Checkpoint(CheckpointReady {
        epoch: epoch as u32,
        step: epoch * STEPS,
        path: text(&path),
        sha256: format!("{epoch:064x}"),
        pruned: pruned.iter().map(|path| text(path)).collect(),
    }))
}

fn deliver(start: &Start) -> io::Result<Delivery> {
    let directory = Path::new(&start.work_dir).join(format!("model-{}", start.attempt));
    fs::create_dir_all(&directory)?;
    fs::write(directory.join("bundle.zip"), "a model")?;
    Ok(Delivery {
        model_dir: directory.to_string_lossy().into_owned(),
        sha256: "0".repeat(64),
        bundle_bytes: 7,
        info: ModelInfo {
            task: start.spec.task,
            target: start.spec.target.clone(),
            features: Vec::new(),
            classes: Vec::new(),
            architecture: start.spec.model.clone(),
            device: start.spec.device,
            parameters: 1,
            evaluation: Evaluation::default(),
        },
        summary: "Played to the end.".into(),
    })
}
