//! A job that was interrupted, however often and wherever, ends as if it had not been.

use std::{collections::BTreeSet, fs, path::Path};

use domain::{
    job::{ClassWeights, Learning, LrSchedule, Optimizer, Task},
    wire::trainer::{Finished, Frame},
};

use super::{How, Job, Ledger, delivery};
use crate::random::{Purpose, Random};

/// 108 rows to train on, one a step: points within the epoch are of windows of three steps.
fn one_row_a_step(task: Task, optimizer: Optimizer) -> Job {
    let (sample, target, features): (_, _, &[&str]) = match task {
        Task::Regression => ("iris", "petal_width", &["sepal_length", "sepal_width", "petal_length"]),
        _ => ("iris", "species", &[]),
    };
    let mut job = Job::new(sample, task, target, features, 3);
    (job.start.spec.optimizer, job.start.spec.lr, job.start.spec.batch_size) = (optimizer, 0.003, 1);
    job
}

fn steps_per_epoch(ledger: &Ledger, epochs: u64) -> u64 {
    ledger.points.keys().map(|(_, _, step)| *step).max().unwrap() / epochs
}

#[test]
fn killed_again_and_again_a_job_ends_with_the_same_weights_and_the_same_points() {
    let cases = [(Task::Multiclass, Optimizer::Adam), (Task::Regression, Optimizer::Sgd)];
    for (seed, (task, optimizer)) in cases.into_iter().enumerate() {
        let whole = one_row_a_step(task, optimizer);
        let (finished, frames) = whole.run();
        let (expected, undisturbed) = (delivery(finished), Ledger::of(&frames));
        let steps = steps_per_epoch(&undisturbed, 3);
        assert!(steps > 50 && undisturbed.points_within_epochs(steps) > 50, "{steps} steps an epoch");

        let mut job = one_row_a_step(task, optimizer);
        let mut random = Random::new(seed as u64, Purpose::Shuffle { epoch: 0 });
        let (mut ledger, mut places) = (Ledger::default(), BTreeSet::new());
        let finished = loop {
            let frames = 5 + (random.unit() * 60.0) as usize;
            let how = How { fault: "checkpoint_every_step", stop_after_step: u64::MAX, frames, watch: &mut |_| () };
            let (finished, frames) = job.attempt(how);
            ledger.take(&frames);
            places.insert(ledger.began % steps);
            if let Some(finished) = finished {
                break finished;
            }
            job.again(&ledger);
        };
        assert!(job.start.attempt > 10, "{} attempts", job.start.attempt);
        assert!(places.iter().filter(|place| **place % 3 != 0).count() > 3, "none began within a window: {places:?}");
        assert_eq!(delivery(finished).sha256, expected.sha256, "{task:?}");
        assert_eq!(ledger.points, undisturbed.points, "{task:?}");
        assert!(ledger.warnings.is_empty(), "{:?}", ledger.warnings);
        assert_eq!(job.checkpoints().len(), 2, "nothing is left of the dead");
    }
}

#[test]
fn a_job_that_is_stopped_anywhere_ends_with_the_same_weights() {
    let expected = Job::iris(12).delivered().sha256;
    let mut job = Job::iris(12);
    let mut ledger = Ledger::default();
    for step in [1, 2, 9, 20, 40] {
        // Progress is told after each step, because each has a checkpoint.
        let fault = "checkpoint_every_step";
        let how = How { fault, stop_after_step: step, frames: usize::MAX, watch: &mut |_| () };
        let (finished, frames) = job.attempt(how);
        assert!(matches!(finished, Some(Finished::Stopped { .. })), "{finished:?}");
        ledger.take(&frames);
        let stopped_at = step.max(ledger.began + 1);
        assert!(ledger.checkpoints[0].ends_with(&format!("-s{stopped_at}")), "{step}: {:?}", ledger.checkpoints);
        job.again(&ledger);
    }
    let (finished, frames) = job.run();
    ledger.take(&frames);
    assert!(ledger.began > 0);
    assert_eq!(delivery(finished).sha256, expected);
    assert!(job.checkpoints().len() <= 2);
}

#[test]
fn every_way_of_learning_goes_on_where_it_was() {
    let schedules = [LrSchedule::Cosine { warmup: 0.1 }, LrSchedule::Plateau { patience: 1, factor: 0.5 }];
    let job = |schedule| {
        let mut job = Job::iris(9);
        job.start.spec.optimizer = Optimizer::AdamW;
        job.start.spec.lr = 0.05;
        job.start.spec.learning = Learning {
            schedule,
            gradient_clip: Some(0.5),
            class_weights: ClassWeights::Balanced,
            label_smoothing: 0.1,
            ..Learning::default()
        };
        job
    };
    let mut all = BTreeSet::from([Job::iris(9).delivered().sha256]);
    for schedule in schedules {
        let (finished, frames) = job(schedule).run();
        let (expected, undisturbed) = (delivery(finished), Ledger::of(&frames));
        let said =
            |frame: &Frame| matches!(frame, Frame::Log { text, .. } if text.contains("learning rate is multiplied"));
        let plateau = matches!(schedule, LrSchedule::Plateau { .. });
        assert_eq!(frames.iter().any(said), plateau, "{schedule:?}");
        let (mut job, mut ledger) = (job(schedule), Ledger::default());
        for step in [3, 11, 17, 29] {
            let how =
                How { fault: "checkpoint_every_step", stop_after_step: step, frames: usize::MAX, watch: &mut |_| () };
            let (_, frames) = job.attempt(how);
            ledger.take(&frames);
            job.again(&ledger);
        }
        let (finished, frames) = job.run();
        ledger.take(&frames);
        let sha256 = delivery(finished).sha256;
        assert_eq!(sha256, expected.sha256, "{schedule:?}");
        assert_eq!(ledger.points, undisturbed.points, "{schedule:?}");
        assert!(all.insert(sha256), "{schedule:?} changes nothing");
    }
}

#[test]
fn a_job_that_is_stopped_between_the_last_step_of_an_epoch_and_its_end_measures_nothing_twice() {
    let two_steps_an_epoch = || {
        let mut job = Job::iris(3);
        job.start.spec.batch_size = 51;
        job
    };
    let (finished, frames) = two_steps_an_epoch().run();
    let (expected, undisturbed) = (delivery(finished), Ledger::of(&frames));
    let mut job = two_steps_an_epoch();
    // So slow that after the first epoch each step is told.
    let fault = "sleep_ms_per_step=260";
    let (finished, frames) = job.attempt(How { fault, stop_after_step: 4, frames: usize::MAX, watch: &mut |_| () });
    assert!(matches!(finished, Some(Finished::Stopped { epoch: 1 })), "{finished:?}");
    let mut ledger = Ledger::of(&frames);
    job.again(&ledger);
    let (finished, frames) = job.run();
    ledger.take(&frames);
    assert_eq!(ledger.began, 4);
    assert_eq!(delivery(finished).sha256, expected.sha256);
    assert_eq!(ledger.points, undisturbed.points);
}

#[test]
fn a_long_epoch_has_checkpoints_within_it() {
    let mut job = one_row_a_step(Task::Multiclass, Optimizer::Adam);
    (job.start.spec.epochs, job.start.checkpoint_seconds) = (1, 1);
    let (_, frames) = job.run_with("sleep_ms_per_step=15");
    let places: Vec<(u32, u64)> = frames
        .iter()
        .filter_map(|frame| match frame {
            Frame::Checkpoint(ready) => Some((ready.epoch, ready.step)),
            _ => None,
        })
        .collect();
    // One a second, however slow the machine is, and the last.
    assert!(places.len() >= 2 && places[0].0 == 0 && places.last().unwrap().0 == 1, "{places:?}");
}

#[test]
fn the_best_weights_are_in_every_checkpoint() {
    let mut job = Job::iris(300);
    (job.start.spec.early_stopping, job.start.spec.lr, job.start.keep_checkpoints) = (Some(10), 0.05, 1);
    let (finished, frames) = job.run();
    let (first, ledger) = (delivery(finished), Ledger::of(&frames));
    assert_eq!((job.checkpoints().len(), ledger.checkpoints.len()), (1, 1));
    job.again(&ledger);
    let again = delivery(job.run().0);
    assert_eq!(again.sha256, first.sha256);
    assert_eq!(again.summary, first.summary);
    assert!(again.summary.starts_with("No improvement for 10 epochs"), "{}", again.summary);
}

/// Two checkpoints, the newest one damaged, and what the job would have ended with.
fn damaged() -> (Job, Ledger, String) {
    let expected = Job::iris(6).delivered().sha256;
    let mut job = Job::iris(6);
    let how = How { fault: "checkpoint_every_step", stop_after_step: u64::MAX, frames: 20, watch: &mut |_| () };
    let (_, frames) = job.attempt(how);
    let ledger = Ledger::of(&frames);
    assert_eq!(ledger.checkpoints.len(), 2);
    damage(&ledger.checkpoints[0]);
    job.again(&ledger);
    (job, ledger, expected)
}

fn damage(checkpoint: &str) {
    let path = Path::new(checkpoint).join("weights.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
}

#[test]
fn a_damaged_checkpoint_is_told_and_the_one_before_it_used() {
    let (job, mut ledger, expected) = damaged();
    let newest = ledger.checkpoints[0].clone();
    let (finished, frames) = job.run();
    ledger.take(&frames);
    let name = newest.rsplit('/').next().unwrap();
    assert_eq!(
        ledger.warnings,
        [format!("The checkpoint {name} was not used: weights.safetensors is not what was written.")]
    );
    assert!(ledger.began > 0);
    assert_eq!(delivery(finished).sha256, expected);
}

#[test]
fn a_damaged_checkpoint_is_not_counted_among_those_that_are_kept() {
    let (job, ledger, _) = damaged();
    let (newest, before) = (ledger.checkpoints[0].clone(), ledger.checkpoints[1].clone());
    let mut seen = None;
    let mut watch = |frame: &Frame| {
        if let Frame::Checkpoint(ready) = frame {
            seen.get_or_insert_with(|| {
                (ready.pruned.clone(), Path::new(&newest).exists(), Path::new(&before).exists())
            });
        }
    };
    job.attempt(How { fault: "", stop_after_step: u64::MAX, frames: usize::MAX, watch: &mut watch });
    assert_eq!(
        seen,
        Some((vec![newest.clone()], true, true)),
        "only the damaged one goes for the first new one, and not before"
    );
}

#[test]
fn when_all_checkpoints_are_damaged_training_begins_again_and_says_so() {
    let (job, mut ledger, expected) = damaged();
    damage(&ledger.checkpoints[1]);
    let (finished, frames) = job.run();
    ledger.take(&frames);
    assert_eq!((ledger.began, ledger.warnings.len()), (0, 3));
    assert_eq!(ledger.warnings[2], "No checkpoint can be used: training begins again.");
    assert_eq!(delivery(finished).sha256, expected);
    assert_eq!(job.checkpoints().len(), 2);
}
