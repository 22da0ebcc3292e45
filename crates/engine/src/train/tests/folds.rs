//! Cross-validation beside the job's own model.

use std::{collections::BTreeSet, path::Path};

use domain::{
    job::SplitBy,
    report::Report,
    wire::trainer::{Delivery, Finished, Frame},
};

use super::{How, Job, Ledger, delivery};

fn report(delivery: &Delivery) -> Report {
    serde_json::from_slice(&std::fs::read(Path::new(&delivery.model_dir).join("report.json")).unwrap()).unwrap()
}

#[test]
fn five_folds_judge_five_models_and_leave_the_jobs_own_as_it_is() {
    let alone = Job::iris(30);
    let alone = alone.delivered();
    assert_eq!(report(&alone).cross_validation, None);
    let mut job = Job::iris(30);
    job.start.spec.folds = Some(5);
    job.start.updates_per_second = u32::MAX;
    let (finished, frames) = job.run();
    let folded = delivery(finished);
    assert_eq!(folded.sha256, alone.sha256);
    let found = report(&folded).cross_validation.unwrap();
    let accuracy = &found.metrics["accuracy"];
    assert_eq!((found.folds, accuracy.values.len()), (5, 5));
    assert!(accuracy.mean > 0.85 && accuracy.std < 0.2, "{accuracy:?}");
    // They see other rows, so that they do not all say the same.
    let losses: BTreeSet<u64> = found.metrics["log_loss"].values.iter().map(|value| value.to_bits()).collect();
    assert_eq!(losses.len(), 5);
    // Of what they measure nothing is mistaken for the job's own.
    assert_eq!(Ledger::of(&frames).points, {
        let mut job = Job::iris(30);
        job.start.updates_per_second = u32::MAX;
        Ledger::of(&job.run().1).points
    });
    let said = |frame: &&Frame| matches!(frame, Frame::Log { text, .. } if text.starts_with("Fold "));
    assert_eq!(frames.iter().filter(said).count(), 5);
    assert!(std::fs::read_to_string(Path::new(&folded.model_dir).join("model-card.md")).unwrap().contains("5 models"));
}

#[test]
fn one_that_is_stopped_among_its_folds_goes_on() {
    let mut expected = Job::iris(10);
    expected.start.spec.folds = Some(3);
    let expected = expected.delivered();
    let mut job = Job::iris(10);
    job.start.spec.folds = Some(3);
    // Nothing else is said between the first fold and the second.
    let mut folds = 0;
    let mut watch =
        |frame: &Frame| folds += usize::from(matches!(frame, Frame::Log { text, .. } if text.starts_with("Fold ")));
    let how = How { fault: "", stop_after_step: u64::MAX, frames: usize::MAX, watch: &mut watch };
    let (finished, frames) = job.attempt(how);
    assert_eq!(delivery(finished.unwrap()).sha256, expected.sha256);
    assert_eq!(folds, 3);
    let place =
        |what: &str| frames.iter().position(|frame| matches!(frame, Frame::Log { text, .. } if text.starts_with(what)));
    let end = place("Fold 2").unwrap();
    // Killed there, and begun again.
    let how = How { fault: "", stop_after_step: u64::MAX, frames: end, watch: &mut |_| () };
    let mut job = Job::iris(10);
    job.start.spec.folds = Some(3);
    let (finished, frames) = job.attempt(how);
    assert!(finished.is_none());
    let ledger = Ledger::of(&frames);
    // And once more: the folds of the second attempt leave alone what the first one wrote.
    job.again(&ledger);
    let how = How { fault: "", stop_after_step: u64::MAX, frames: 6, watch: &mut |_| () };
    assert!(job.attempt(how).0.is_none());
    assert!(ledger.checkpoints.iter().all(|path| Path::new(path).exists()), "{:?}", ledger.checkpoints);
    job.again(&ledger);
    let (finished, frames) = job.run();
    assert!(Ledger::of(&frames).warnings.is_empty());
    let Finished::Completed(again) = finished else { panic!() };
    assert_eq!((again.sha256.clone(), report(&again)), (expected.sha256.clone(), report(&expected)));
}

#[test]
fn what_goes_wrong_among_the_folds_costs_no_model() {
    let alone = Job::iris(5).delivered();
    // A group for each fold is more than there are.
    let mut job = Job::iris(5);
    job.start.spec.folds = Some(4);
    job.start.spec.split = SplitBy::Group { column: "species".into() };
    job.start.spec.features.retain(|name| name != "species");
    let (finished, frames) = job.run();
    let told = delivery(finished);
    assert_eq!(report(&told).cross_validation, None);
    let warnings = Ledger::of(&frames).warnings;
    assert!(
        warnings[0].contains("Has 3 groups") && warnings[0].starts_with("There is no cross-validation"),
        "{warnings:?}"
    );
    // Stopped among them, it is delivered too.
    let mut job = Job::iris(5);
    job.start.spec.folds = Some(4);
    let stop = std::sync::atomic::AtomicBool::new(false);
    let mut sink = StopAtFirstFold(&stop);
    let finished = crate::train::run(&job.start, &mut sink, &stop, &crate::fault::Fault::default()).unwrap();
    assert_eq!(delivery(finished).sha256, alone.sha256);
}

struct StopAtFirstFold<'a>(&'a std::sync::atomic::AtomicBool);

impl crate::train::Sink for StopAtFirstFold<'_> {
    fn emit(&mut self, frame: Frame) -> Result<(), crate::Error> {
        if matches!(&frame, Frame::Log { text, .. } if text.starts_with("Fold 1")) {
            self.0.store(true, std::sync::atomic::Ordering::Relaxed);
        }
        Ok(())
    }
}
