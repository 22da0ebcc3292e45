//! A real trainer process: this test executable again, whose test [`trainer`] is one when it is asked to be.
#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::ExitStatusExt,
    process::{Child, ChildStdin, Command as Process, ExitCode, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use domain::wire::trainer::{Command, Finished, Frame, ran_out_of_memory};

use crate::train::tests::Job;

const ASKED: &str = "ATHANOR_TEST_IS_TRAINER";

#[test]
fn trainer() {
    if std::env::var_os(ASKED).is_some() {
        assert_eq!(super::run_trainer(), ExitCode::SUCCESS);
    }
}

struct Trainer {
    process: Child,
    /// `None` once its agent is gone.
    stdin: Option<ChildStdin>,
    frames: mpsc::Receiver<Frame>,
}

impl Trainer {
    fn start(job: &Job, fault: &str) -> Self {
        let mut process = Process::new(std::env::current_exe().unwrap())
            .args(["--exact", "process::tests::trainer", "--nocapture"])
            .env(ASKED, "1")
            .env("ATHANOR_TRAINER_FAULT", fault)
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (process.stdin.take(), process.stdout.take().unwrap());
        let (sender, frames) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let line = line.unwrap();
                // The test harness speaks on the same pipe.
                let Some(at) = line.find("{\"frame\"") else { continue };
                if sender.send(serde_json::from_str(&line[at..]).unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut trainer = Self { process, stdin, frames };
        trainer.say(&Command::Start(Box::new(job.start.clone())));
        trainer
    }

    fn say(&mut self, command: &Command) {
        let line = serde_json::to_string(command).unwrap();
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next frame that `wanted` likes; `None` when it ended or said nothing of the kind for ten seconds.
    fn wait_for(&self, wanted: impl Fn(&Frame) -> bool) -> Option<Frame> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let frame = self.frames.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()?;
            if wanted(&frame) {
                return Some(frame);
            }
        }
    }

    fn finished(&self) -> Option<Finished> {
        match self.wait_for(|frame| matches!(frame, Frame::Finished(_)))? {
            Frame::Finished(finished) => Some(*finished),
            _ => None,
        }
    }
}

impl Drop for Trainer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn is_running(frame: &Frame) -> bool {
    matches!(frame, Frame::Running(_))
}

#[test]
fn a_trainer_that_hears_nothing_ends_with_code_3_and_one_that_hears_something_does_not() {
    let mut job = Job::iris(1_000_000);
    job.start.silence_seconds = 1;
    let mut trainer = Trainer::start(&job, "sleep_ms_per_step=1");
    assert!(trainer.wait_for(is_running).is_some());
    for _ in 0..5 {
        thread::sleep(Duration::from_millis(300));
        trainer.say(&Command::Alive);
    }
    assert!(trainer.process.try_wait().unwrap().is_none(), "it was told that its agent is alive");
    let silent = Instant::now();
    assert_eq!(trainer.process.wait().unwrap().code(), Some(3));
    let waited = silent.elapsed().as_secs_f64();
    assert!((0.9..8.0).contains(&waited), "{waited} seconds");
    assert!(trainer.finished().is_none());
}

#[test]
fn silence_ends_a_trainer_that_hangs_too_and_a_stop_does_not() {
    let mut job = Job::iris(1_000);
    job.start.silence_seconds = 2;
    let mut trainer = Trainer::start(&job, "hang@epoch=1");
    assert!(trainer.wait_for(|frame| matches!(frame, Frame::Progress(progress) if progress.epoch > 0)).is_some());
    trainer.say(&Command::Stop);
    thread::sleep(Duration::from_secs(1));
    assert!(trainer.process.try_wait().unwrap().is_none());
    assert!(trainer.finished().is_none());
    assert_eq!(trainer.process.wait().unwrap().code(), Some(3));
}

#[test]
fn the_end_of_standard_input_is_the_end_and_a_stop_is_answered() {
    let job = Job::iris(1_000_000);
    let mut trainer = Trainer::start(&job, "slow_start_ms=300");
    let began = Instant::now();
    assert!(trainer.wait_for(is_running).is_some());
    assert!(began.elapsed() > Duration::from_millis(200));
    trainer.say(&Command::Stop);
    assert!(matches!(trainer.finished(), Some(Finished::Stopped { .. })));
    assert!(trainer.process.wait().unwrap().success());

    let mut trainer = Trainer::start(&job, "");
    assert!(trainer.wait_for(is_running).is_some());
    trainer.stdin = None;
    assert_eq!(trainer.process.wait().unwrap().code(), Some(3));
}

#[test]
#[cfg(target_os = "linux")]
fn a_trainer_that_wants_more_memory_than_it_may_have_dies_of_it() {
    let mut job = Job::iris(3);
    job.start.memory_bytes = Some(512 << 20);
    let within = Trainer::start(&job, "allocate_mb=300");
    assert!(matches!(within.finished(), Some(Finished::Completed(_))));

    job.start.memory_bytes = Some(1);
    let impossible = Trainer::start(&job, "");
    let told =
        impossible.wait_for(|frame| matches!(frame, Frame::Log { text, .. } if text.contains("could not be set")));
    assert!(told.is_some() && matches!(impossible.finished(), Some(Finished::Completed(_))));

    job.start.memory_bytes = Some(512 << 20);
    let mut beyond = Trainer::start(&job, "allocate_mb=600");
    assert!(beyond.finished().is_none());
    assert_eq!(beyond.process.wait().unwrap().signal(), Some(6), "an abort");
    let mut said = String::new();
    beyond.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(ran_out_of_memory(&said), "{said}");
    assert!(!ran_out_of_memory("thread 'main' panicked at src/memory.rs"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_trainer_writes_nothing_outside_of_its_directory() {
    use crate::confine::{
        confinement,
        tests::{LANDLOCK, without},
    };

    // A job whose checkpoints lead away goes on without them.
    let train = || {
        let (job, outside) = (Job::iris(2), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(outside.path(), job.directory.path().join("checkpoints")).unwrap();
        let trainer = Trainer::start(&job, "");
        let tried = trainer.wait_for(|frame| match frame {
            Frame::Checkpoint(_) => true,
            Frame::Log { text, .. } => text.starts_with("A checkpoint could not be written"),
            _ => false,
        });
        assert!(matches!(trainer.finished(), Some(Finished::Completed(_))));
        (tried.unwrap(), std::fs::read_dir(outside.path()).unwrap().count())
    };
    let (free, written) = without(LANDLOCK, train);
    assert!(matches!(free, Frame::Checkpoint(_)) && written > 0, "{free:?} {written}");
    if confinement().landlock == Ok(None) {
        return eprintln!("this kernel has no Landlock: nothing more to see");
    }
    let (kept, written) = train();
    let Frame::Log { text, .. } = kept else { panic!("{kept:?}") };
    assert!(text.contains("Permission denied") && written == 0, "{text} {written}");
}
