//! A job that has ended and is asked for more epochs.

use domain::wire::trainer::Delivery;

use super::{How, Job, Ledger, delivery};

#[test]
fn ten_epochs_and_ten_more_are_twenty() {
    let expected = Job::iris(20).delivered();
    let mut job = Job::iris(10);
    let (finished, frames) = job.run();
    let (ten, ledger) = (delivery(finished), Ledger::of(&frames));
    assert_ne!(ten.sha256, expected.sha256);
    assert!(ledger.checkpoints.iter().all(|path| std::path::Path::new(path).exists()), "they outlive the job");
    assert!(ledger.checkpoints[0].contains("-e10-"), "{:?}", ledger.checkpoints);
    job.again(&ledger);
    job.start.spec.epochs = 20;
    let twenty = delivery(job.run().0);
    assert_eq!((twenty.sha256, twenty.summary), (expected.sha256, expected.summary));
}

/// The epoch that a summary says was the last: "No improvement for 8 epochs; kept epoch 40 of 48."
fn last_epoch(summary: &str) -> u32 {
    summary.trim_end_matches('.').rsplit(' ').next().unwrap().parse().unwrap()
}

/// It ran out of patience; now it is asked for a hundred more.
fn ended_early() -> (Job, Ledger, Delivery) {
    let mut job = Job::iris(300);
    (job.start.spec.early_stopping, job.start.spec.lr) = (Some(8), 0.05);
    let (finished, frames) = job.run();
    let (first, ledger) = (delivery(finished), Ledger::of(&frames));
    assert!(first.summary.starts_with("No improvement for 8 epochs"), "{}", first.summary);
    job.again(&ledger);
    assert_eq!(delivery(job.run().0).summary, first.summary, "as many epochs as before are no reason to go on");
    job.start.spec.epochs = 400;
    (job, ledger, first)
}

#[test]
fn a_job_that_ended_early_has_its_patience_back_when_it_is_asked_for_more() {
    let (job, _, first) = ended_early();
    let more = delivery(job.run().0);
    assert!(more.summary.starts_with("No improvement for 8 epochs"), "{}", more.summary);
    assert!(last_epoch(&more.summary) >= last_epoch(&first.summary) + 8, "{} {}", more.summary, first.summary);

    // Interrupted on the way, it does not get its patience back once more.
    let (mut job, mut ledger, _) = ended_early();
    let began = ledger.checkpoints[0].clone();
    let how = How { fault: "checkpoint_every_step", stop_after_step: u64::MAX, frames: 60, watch: &mut |_| () };
    let (finished, frames) = job.attempt(how);
    assert!(finished.is_none());
    ledger.take(&frames);
    assert!(!ledger.checkpoints.contains(&began), "it came some way");
    job.again(&ledger);
    let interrupted = delivery(job.run().0);
    assert_eq!((interrupted.summary, interrupted.sha256), (more.summary, more.sha256));
}
