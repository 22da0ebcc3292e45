//! The loop driven as the process drives it, without the process.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use dataset::Sample;
use domain::{
    DatasetId, JobId,
    job::{Device, FailureCode, JobSpec, LogLevel, MlpSpec, ModelSpec, Optimizer, Task},
    model::{Prediction, Row},
    wire::trainer::{DatasetFile, Delivery, Finished, Frame, PROTOCOL, Start},
};
use tempfile::TempDir;

use super::{Sink, run};
use crate::{Error, Predictor, fault::Fault};

/// Keeps the frames; may stop the training at a step.
struct Tape<'a> {
    frames: Vec<Frame>,
    stop: &'a AtomicBool,
    stop_after_step: u64,
}

impl Sink for Tape<'_> {
    fn emit(&mut self, frame: Frame) -> Result<(), Error> {
        if let Frame::Progress(progress) = &frame
            && progress.step >= self.stop_after_step
        {
            self.stop.store(true, Ordering::Relaxed);
        }
        self.frames.push(frame);
        Ok(())
    }
}

struct Job {
    directory: TempDir,
    start: Start,
}

impl Job {
    fn new(sample: &str, task: Task, target: &str, features: &[&str], epochs: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data.csv");
        let sample = Sample::find(sample).unwrap();
        fs::write(&path, sample.bytes).unwrap();
        let header = std::str::from_utf8(sample.bytes).unwrap().lines().next().unwrap();
        let all: Vec<String> = header.split(',').filter(|name| *name != target).map(str::to_owned).collect();
        let features = if features.is_empty() { all } else { features.iter().map(|name| (*name).to_owned()).collect() };
        let id = "00000000-0000-7000-8000-000000000001";
        let spec = JobSpec {
            name: "a test".into(),
            dataset_id: id.parse::<DatasetId>().unwrap(),
            task,
            target: target.into(),
            features,
            model: ModelSpec::Mlp(MlpSpec { hidden: vec![16, 16], dropout: 0.1, ..MlpSpec::default() }),
            optimizer: Optimizer::Adam,
            lr: 0.01,
            epochs,
            batch_size: 16,
            validation: 0.15,
            test: 0.15,
            early_stopping: None,
            seed: 42,
            device: Device::Flex,
        };
        let start = Start {
            protocol: PROTOCOL,
            job_id: id.parse::<JobId>().unwrap(),
            attempt: 1,
            spec,
            dataset: DatasetFile {
                path: path.to_string_lossy().into_owned(),
                format: sample.format,
                gzip: false,
                name: sample.name.into(),
                sha256: "of the data".into(),
            },
            work_dir: directory.path().to_string_lossy().into_owned(),
            checkpoints: Vec::new(),
            checkpoint_seconds: 30,
            keep_checkpoints: 2,
            silence_seconds: 0,
            memory_bytes: None,
        };
        Self { directory, start }
    }

    fn iris(epochs: u32) -> Self {
        Self::new("iris", Task::Multiclass, "species", &[], epochs)
    }

    fn run(&self) -> (Finished, Vec<Frame>) {
        self.run_until(u64::MAX)
    }

    fn run_until(&self, step: u64) -> (Finished, Vec<Frame>) {
        let stop = AtomicBool::new(false);
        let mut tape = Tape { frames: Vec::new(), stop: &stop, stop_after_step: step };
        let finished = run(&self.start, &mut tape, &stop, &Fault::default()).unwrap();
        (finished, tape.frames)
    }

    fn delivered(&self) -> Delivery {
        match self.run().0 {
            Finished::Completed(delivery) => *delivery,
            other => panic!("{other:?}"),
        }
    }
}

fn weights(delivery: &Delivery) -> Vec<u8> {
    fs::read(Path::new(&delivery.model_dir).join("model.safetensors")).unwrap()
}

fn checkpoints(frames: &[Frame]) -> Vec<String> {
    let ready = frames.iter().filter_map(|frame| match frame {
        Frame::Checkpoint(ready) => Some(ready.path.clone()),
        _ => None,
    });
    let mut paths: Vec<String> = ready.filter(|path| PathBuf::from(path).exists()).collect();
    paths.reverse();
    paths
}

#[test]
fn it_learns_flowers_and_says_how_good_it_is() {
    let mut job = Job::iris(200);
    job.start.spec.early_stopping = Some(20);
    let delivery = job.delivered();
    let evaluation = &delivery.info.evaluation;
    assert!(evaluation.metrics["accuracy"] > 0.9, "{:?}", evaluation.metrics);
    assert!((evaluation.baseline["accuracy"] - 1.0 / 3.0).abs() < 1e-9);
    assert_eq!(evaluation.confusion.as_ref().unwrap().iter().flatten().sum::<u64>(), 24);
    for name in ["model.safetensors", "encoder.json", "model.json", "model-card.md", "bundle.zip"] {
        assert!(Path::new(&delivery.model_dir).join(name).exists(), "{name}");
    }
    let card = fs::read_to_string(Path::new(&delivery.model_dir).join("model-card.md")).unwrap();
    assert!(card.contains("| accuracy |") && card.contains("of the data"));
}

#[test]
fn it_learns_a_curve_and_two_classes() {
    let curve = Job::new("sample_dataset", Task::Regression, "y", &["x"], 200).delivered().info.evaluation;
    assert!(curve.metrics["rmse"] < curve.baseline["rmse"] * 0.5, "{:?} {:?}", curve.metrics, curve.baseline);
    let tumours = Job::new("breast_cancer", Task::Binary, "diagnosis", &[], 20).delivered().info.evaluation;
    assert!(tumours.metrics["accuracy"] > 0.9, "{:?}", tumours.metrics);
    assert!(tumours.metrics["log_loss"] < tumours.baseline["log_loss"]);
}

#[test]
fn a_job_that_was_stopped_in_the_middle_of_an_epoch_ends_with_the_same_weights() {
    let whole = Job::iris(12);
    let expected = weights(&whole.delivered());
    let mut job = Job::iris(12);
    let (finished, frames) = job.run_until(1);
    assert!(matches!(finished, Finished::Stopped { .. }), "{finished:?}");
    job.start.checkpoints = checkpoints(&frames);
    assert!(!job.start.checkpoints.is_empty());
    job.start.attempt = 2;
    let (finished, frames) = job.run();
    let begun = frames.iter().find_map(|frame| match frame {
        Frame::Running(begin) => Some(begin.step),
        _ => None,
    });
    assert!(begun.is_some_and(|step| step > 0));
    let Finished::Completed(delivery) = finished else { panic!("{finished:?}") };
    assert_eq!(weights(&delivery), expected);
    let kept = fs::read_dir(job.directory.path().join("checkpoints")).unwrap().count();
    assert!(kept <= 2, "{kept} checkpoints are left");
}

#[test]
fn a_damaged_checkpoint_is_skipped_with_a_warning() {
    let mut job = Job::iris(6);
    let expected = weights(&job.delivered());
    let (_, frames) = job.run_until(1);
    job.start.checkpoints = checkpoints(&frames);
    let newest = PathBuf::from(&job.start.checkpoints[0]).join("weights.safetensors");
    let mut bytes = fs::read(&newest).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&newest, bytes).unwrap();
    job.start.attempt = 2;
    let (finished, frames) = job.run();
    let warned = frames.iter().any(
        |frame| matches!(frame, Frame::Log { level: LogLevel::Warning, text } if text.contains("not what was written")),
    );
    assert!(warned);
    let Finished::Completed(delivery) = finished else { panic!("{finished:?}") };
    assert_eq!(weights(&delivery), expected);
}

#[test]
fn a_loss_that_runs_away_is_told_with_its_place_and_a_hint() {
    let mut job = Job::new("sample_dataset", Task::Regression, "y", &["x"], 50);
    (job.start.spec.optimizer, job.start.spec.lr) = (Optimizer::Sgd, 10.0);
    let (finished, _) = job.run();
    let Finished::Failed(failure) = finished else { panic!("{finished:?}") };
    assert_eq!(failure.code, FailureCode::Diverged);
    assert!(failure.location.starts_with("epoch 1, step "), "{}", failure.location);
    assert!(failure.hint.contains("learning rate"), "{}", failure.hint);
}

#[test]
fn bad_data_is_told_with_its_line() {
    let mut job = Job::new("iris", Task::Regression, "species", &["petal_length"], 5);
    let (finished, _) = job.run();
    let Finished::Failed(failure) = finished else { panic!("{finished:?}") };
    assert_eq!((failure.code, failure.location.as_str()), (FailureCode::BadData, "line 2, column species"));
    job.start.dataset.path = "/nowhere".into();
    let Finished::Failed(failure) = job.run().0 else { panic!() };
    assert_eq!(failure.code, FailureCode::Storage);
}

#[test]
fn a_prediction_is_what_the_model_learned() {
    let job = Job::iris(100);
    let delivery = job.delivered();
    let model = Predictor::load(Path::new(&delivery.model_dir)).unwrap();
    let rows: Vec<Row> = serde_json::from_value(serde_json::json!([
        {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2},
        {"sepal_length": 6.3, "sepal_width": 3.3, "petal_length": 6.0, "petal_width": 2.5},
        {}
    ]))
    .unwrap();
    let answers = model.predict(&rows).unwrap();
    let labels: Vec<&str> = answers
        .iter()
        .map(|answer| match answer {
            Prediction::Label { label, probabilities } => {
                assert!((probabilities.values().sum::<f64>() - 1.0).abs() < 1e-9);
                label.as_str()
            }
            Prediction::Value { .. } => panic!(),
        })
        .collect();
    assert_eq!(labels[..2], ["setosa", "virginica"]);
    let wrong: Vec<Row> = serde_json::from_value(serde_json::json!([{"petal_length": "long"}])).unwrap();
    assert!(model.predict(&wrong).unwrap_err().fields.contains_key("rows[0].petal_length"));
    assert!(Predictor::load(Path::new("/nowhere")).is_err());
}

#[test]
fn both_devices_learn_the_same_thing() {
    let mut job = Job::iris(60);
    let flex = job.delivered().info.evaluation.metrics["loss"];
    job.start.spec.device = Device::Ndarray;
    let ndarray = job.delivered().info.evaluation.metrics["loss"];
    assert!((flex - ndarray).abs() < 0.05, "{flex} {ndarray}");
}

#[test]
fn a_linear_model_and_every_optimizer_learn() {
    for optimizer in Optimizer::ALL {
        let mut job = Job::iris(80);
        job.start.spec.model = ModelSpec::Linear;
        (job.start.spec.optimizer, job.start.spec.lr) = (optimizer, optimizer.default_lr() * 5.0);
        let accuracy = job.delivered().info.evaluation.metrics["accuracy"];
        assert!(accuracy > 0.85, "{optimizer:?} {accuracy}");
    }
}
