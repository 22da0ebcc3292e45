//! Networks side by side: that a job with several is exactly resumed, and that those who know better speak alone.

use std::{fmt::Write as _, fs, path::Path};

use domain::{
    job::{MlpSpec, ModelSpec, Task},
    wire::trainer::{Finished, Frame},
};

use super::{Job, Ledger, delivery};
use crate::{Predictor, weights::Weights};

fn several(mut job: Job) -> Job {
    let ensemble = MlpSpec { hidden: vec![16], dropout: 0.1, members: Some(4), pieces: Some(8), ..MlpSpec::default() };
    job.start.spec.model = ModelSpec::Mlp(ensemble);
    job
}

/// Steps of two numbers: thresholds are all there is to learn.
fn steps() -> Job {
    let job = several(Job::new("sample_dataset", Task::Regression, "y", &["x"], 60));
    let mut csv = "x,y\n".to_owned();
    for at in 0..400 {
        let x = (at * 7 % 400) as f64 / 400.0;
        let _ = writeln!(csv, "{x},{}", (x * 16.0).floor() % 2.0);
    }
    fs::write(&job.start.dataset.path, csv).unwrap();
    job
}

fn weights(predictor: &Predictor, name: &str) -> f32 {
    let weights: &Weights = predictor.weights();
    weights.iter().find(|matrix| matrix.name == name).unwrap().values.iter().map(|value| value.abs()).sum()
}

#[test]
fn a_job_with_several_members_is_resumed_bit_for_bit() {
    let expected = several(Job::iris(6)).delivered();
    let mut job = several(Job::iris(6));
    job.start.updates_per_second = u32::MAX;
    let (stopped, frames) = job.run_until(17);
    assert!(matches!(stopped, Finished::Stopped { .. }), "{stopped:?}");
    job.again(&Ledger::of(&frames));
    assert_eq!(delivery(job.run().0).sha256, expected.sha256);
    // 4 inputs of which half of the members see 8 pieces each: (5 x 16 + 17 x 3) x 2 + (37 x 16 + 17 x 3) x 2.
    assert_eq!(expected.info.parameters, 2 * (80 + 51) + 2 * (592 + 51));
}

#[test]
fn members_that_know_the_validation_rows_better_speak_alone() {
    let job = steps();
    let (finished, frames) = job.run();
    let says = |frame: &Frame| matches!(frame, Frame::Log { text, .. } if text.contains("see numbers in pieces"));
    assert!(frames.iter().any(says));
    let predictor = Predictor::load(Path::new(&delivery(finished).model_dir)).unwrap();
    assert_eq!(weights(&predictor, "member.0.output.weight"), 0.0);
    assert!(weights(&predictor, "member.3.output.weight") > 0.0);
}
