//! A disk that is full, or refuses: checkpoints can wait, the model cannot.

use std::{fs, path::Path};

use domain::{
    job::{FailureCode, JobFailure, LogLevel},
    wire::trainer::{Finished, Frame},
};

use super::{How, Job, Ledger, delivery};

fn failure(finished: Finished) -> JobFailure {
    match finished {
        Finished::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn checkpoints_that_cannot_be_written_are_told_once_and_training_goes_on() {
    let expected = Job::iris(8).delivered().sha256;
    let job = Job::iris(8);
    fs::write(job.directory.path().join("checkpoints"), "in the way").unwrap();
    let (finished, frames) = job.run();
    let ledger = Ledger::of(&frames);
    assert_eq!((ledger.checkpoints.len(), ledger.warnings.len()), (0, 1), "{:?}", ledger.warnings);
    assert!(ledger.warnings[0].starts_with("A checkpoint could not be written: "), "{:?}", ledger.warnings);
    assert_eq!(delivery(finished).sha256, expected);
}

#[test]
fn a_full_disk_leaves_the_checkpoint_before_as_it_was() {
    let expected = Job::iris(8).delivered().sha256;
    let mut job = Job::iris(8);
    let (_, frames) = job.run_until(1);
    let mut ledger = Ledger::of(&frames);
    job.again(&ledger);
    let (finished, frames) =
        job.attempt(How { fault: "checkpoint_enospc", stop_after_step: 10, frames: usize::MAX, watch: &mut |_| () });
    assert!(matches!(finished, Some(Finished::Stopped { .. })), "{finished:?}");
    ledger.take(&frames);
    assert!(ledger.warnings[0].starts_with("A checkpoint could not be written: the disk is full. "));
    assert!(ledger.warnings[1].starts_with("The job will go on from the checkpoint before"), "{:?}", ledger.warnings);
    job.again(&ledger);
    let (finished, frames) = job.run();
    ledger.take(&frames);
    assert!(ledger.began > 0);
    assert_eq!(delivery(finished).sha256, expected);
}

#[test]
fn a_disk_that_works_again_is_noticed() {
    let mut job = Job::iris(2);
    (job.start.spec.batch_size, job.start.checkpoint_seconds) = (1, 1);
    let directory = job.directory.path().join("checkpoints");
    let away = job.directory.path().join("away");
    let mut lines = Vec::new();
    let mut watch = |frame: &Frame| match frame {
        // The first one is taken away, and something else put in its place, until that was noticed.
        Frame::Checkpoint(_) if lines.is_empty() => {
            fs::rename(&directory, &away).unwrap();
            fs::write(&directory, "in the way").unwrap();
            lines.push("away".to_owned());
        }
        Frame::Log { level: LogLevel::Warning, text } => {
            fs::remove_file(&directory).unwrap();
            fs::rename(&away, &directory).unwrap();
            lines.push(text.clone());
        }
        Frame::Log { level: LogLevel::Info, text } if !lines.is_empty() => lines.push(text.clone()),
        _ => {}
    };
    let how = How { fault: "sleep_ms_per_step=12", stop_after_step: u64::MAX, frames: usize::MAX, watch: &mut watch };
    let (finished, frames) = job.attempt(how);
    assert!(matches!(finished, Some(Finished::Completed(_))), "{finished:?}");
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[1].contains("The next try is in 1 s") && lines[2] == "Checkpoints can be written again.");
    let ledger = Ledger::of(&frames);
    assert_eq!((ledger.checkpoints.len(), job.checkpoints().len()), (2, 2));
}

#[test]
fn a_model_that_cannot_be_written_fails_the_job_and_says_what_to_do() {
    let mut job = Job::iris(4);
    let (finished, frames) = job.run_with("model_enospc");
    let failed = failure(finished);
    assert_eq!((failed.code, failed.location.as_str()), (FailureCode::Storage, "while writing the model"));
    assert_eq!(failed.message, "Could not write the model: the disk is full.");
    assert!(failed.hint.starts_with("Make room on the server's disk") && failed.hint.contains("resume the job"));
    // Resuming delivers what was trained.
    job.again(&Ledger::of(&frames));
    let in_the_way = job.directory.path().join("model-a2.part");
    fs::write(&in_the_way, "in the way").unwrap();
    assert_eq!(failure(job.run().0).code, FailureCode::Storage);
    fs::remove_file(&in_the_way).unwrap();
    let delivered = delivery(job.run().0);
    assert_eq!(delivered.sha256, Job::iris(4).delivered().sha256);
    assert!(Path::new(&delivered.model_dir).join("bundle.zip").exists());
}
