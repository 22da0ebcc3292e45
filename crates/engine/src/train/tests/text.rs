//! Texts: that they are learned from, exactly resumed, and predicted as they were trained on.

use std::path::Path;

use domain::{
    job::{ModelSpec, Task, TransformerSpec},
    model::{Prediction, Row},
    wire::trainer::Finished,
};

use super::{Job, Ledger, delivery};
use crate::Predictor;

fn messages(epochs: u32) -> Job {
    let mut job = Job::new("messages", Task::TextClassification, "topic", &["message"], epochs);
    let small = TransformerSpec { width: 32, heads: 2, feed_forward: 64, max_tokens: 48, ..TransformerSpec::default() };
    job.start.spec.model = ModelSpec::Transformer(small);
    job.start.spec.lr = 0.002;
    job
}

fn row(text: &str) -> Row {
    Row::from_iter([("message".to_owned(), text.into())])
}

#[test]
fn messages_are_told_apart_and_predicted() {
    let job = messages(12);
    let delivered = job.delivered();
    let metrics = &delivered.info.evaluation.metrics;
    assert!(metrics["accuracy"] > 0.9, "{metrics:?}");
    assert!(delivered.info.evaluation.baseline["accuracy"] < 0.3);
    let predictor = Predictor::load(Path::new(&delivered.model_dir)).unwrap();
    let rows = ["I want to delete my account and all my data", "IS THE LAMP WATERPROOF?", ""].map(row);
    let labels: Vec<String> = predictor
        .predict(&rows)
        .unwrap()
        .into_iter()
        .map(|prediction| match prediction {
            Prediction::Label { label, .. } => label,
            Prediction::Value { .. } => panic!("a text has a label"),
        })
        .collect();
    assert_eq!(labels[..2], ["account", "product"]);
    let wrong = predictor.predict(&[Row::from_iter([("message".to_owned(), serde_json::json!([1]))])]).unwrap_err();
    assert_eq!(wrong.fields.into_keys().collect::<Vec<_>>(), ["rows[0].message"]);
}

#[test]
fn a_job_that_was_stopped_ends_with_the_same_weights() {
    let job = || {
        let mut job = messages(3);
        // So many steps an epoch that some are told of within it, and each is at once: it is stopped there, however fast it is.
        job.start.spec.batch_size = 8;
        job.start.updates_per_second = u32::MAX;
        job
    };
    let undisturbed = job().delivered().sha256;
    let mut job = job();
    let (stopped, frames) = job.run_until(97);
    assert!(matches!(stopped, Finished::Stopped { .. }), "{stopped:?}");
    let mut ledger = Ledger::default();
    ledger.take(&frames);
    job.again(&ledger);
    assert_eq!(delivery(job.run().0).sha256, undisturbed);
}
