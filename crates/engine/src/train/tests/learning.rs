//! What is learned, and what is said when it cannot be.

use std::{fs, path::Path};

use domain::{
    job::{Device, FailureCode, ModelSpec, Optimizer, ResnetSpec, Task},
    model::{Prediction, Row},
    report::{Findings, Report},
    wire::trainer::{Delivery, Finished},
};

use super::Job;
use crate::Predictor;

#[test]
fn it_learns_flowers_and_says_how_good_it_is() {
    let mut job = Job::iris(200);
    job.start.spec.early_stopping = Some(20);
    let delivery = job.delivered();
    let evaluation = &delivery.info.evaluation;
    assert!(evaluation.metrics["accuracy"] > 0.9, "{:?}", evaluation.metrics);
    assert!((evaluation.baseline["accuracy"] - 1.0 / 3.0).abs() < 1e-9);
    assert_eq!(evaluation.confusion.as_ref().unwrap().iter().flatten().sum::<u64>(), 24);
    for name in ["model.safetensors", "encoder.json", "model.json", "report.json", "model-card.md", "bundle.zip"] {
        assert!(Path::new(&delivery.model_dir).join(name).exists(), "{name}");
    }
    let card = fs::read_to_string(Path::new(&delivery.model_dir).join("model-card.md")).unwrap();
    assert!(card.contains("| accuracy |") && card.contains("of the data"));
    assert!(card.contains("| virginica | 8 |") && card.contains("| petal_width |"), "{card}");
}

#[test]
fn a_residual_network_learns_flowers_and_answers_as_it_was_judged() {
    let mut job = Job::iris(60);
    job.start.spec.model = ModelSpec::Resnet(ResnetSpec { width: 16, blocks: 2, hidden: 32, dropout: 0.1 });
    job.start.spec.lr = 0.003;
    let delivery = job.delivered();
    assert!(delivery.info.evaluation.metrics["accuracy"] > 0.9, "{:?}", delivery.info.evaluation.metrics);
    let rows: Vec<Row> = serde_json::from_str(
        r#"[{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2},
            {"sepal_length": 6.3, "sepal_width": 3.3, "petal_length": 6.0, "petal_width": 2.5}]"#,
    )
    .unwrap();
    let told = Predictor::load(Path::new(&delivery.model_dir)).unwrap().predict(&rows).unwrap();
    let labels: Vec<&str> = told
        .iter()
        .map(|told| match told {
            Prediction::Label { label, .. } => label.as_str(),
            Prediction::Value { .. } => "",
        })
        .collect();
    assert_eq!(labels, ["setosa", "virginica"]);
}

fn report(delivery: &Delivery) -> Report {
    let text = fs::read_to_string(Path::new(&delivery.model_dir).join("report.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_report_is_a_function_of_data_and_seed_and_knows_what_the_model_looks_at() {
    let job = Job::iris(60);
    let first = report(&job.delivered());
    assert_eq!(first, report(&Job::iris(60).delivered()));
    let importance = first.importance.unwrap();
    let names: Vec<&str> = importance.features.iter().map(|feature| feature.name.as_str()).collect();
    assert!(names[..2].iter().all(|name| name.starts_with("petal")) && names.len() == 4, "{importance:?}");
    let Findings::Classification(found) = first.findings else { panic!() };
    assert_eq!((found.classes.len(), found.curves.len()), (3, 3));
    assert_eq!(found.calibration.iter().map(|bin| bin.rows).sum::<u64>(), 24);
    let numbers = report(&Job::new("sample_dataset", Task::Regression, "y", &["x"], 20).delivered());
    assert!(matches!(numbers.findings, Findings::Regression(_)) && numbers.intervals.contains_key("median_ae"));
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
        (job.start.spec.optimizer, job.start.spec.lr) = (optimizer, job.start.spec.model.default_lr(optimizer) * 5.0);
        let accuracy = job.delivered().info.evaluation.metrics["accuracy"];
        assert!(accuracy > 0.85, "{optimizer:?} {accuracy}");
    }
}
