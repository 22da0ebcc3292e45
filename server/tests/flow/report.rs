//! The evaluation report of a finished job: that it is served, and that anybody who asks the model again finds its numbers.

use std::fs;

use dataset::{Sample, Source, Table, split};
use domain::job::JobSpec;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, Server, answer};

/// The model of a finished job, and the test rows that it was judged by: what is true of each, and what the model says now.
struct Judged {
    model: Value,
    actual: Vec<String>,
    said: Vec<Value>,
}

async fn judged(server: &Server, ada: &Person, sample: &'static str, request: Value) -> Judged {
    let job = ada.train(request).await;
    let done = ada.wait_for(&job, "COMPLETED").await;
    let id = done["model_id"].as_str().unwrap();
    let model = ada.get(&format!("/api/models/{id}")).await.1["model"].clone();

    let spec: JobSpec = serde_json::from_value(done["params"].clone()).unwrap();
    let sample = Sample::find(sample).unwrap();
    let path = server.data().join("again.csv");
    fs::write(&path, sample.bytes).unwrap();
    let table = Table::read(&Source { path, format: sample.format, gzip: false }, &spec).unwrap();
    let rows = split(&table, &spec).unwrap().test;
    let text = std::str::from_utf8(sample.bytes).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let target = lines[0].split(',').position(|name| name == spec.target).unwrap();
    let chosen: Vec<&str> = rows.iter().map(|row| lines[*row as usize + 1]).collect();
    let actual = chosen.iter().map(|line| line.split(',').nth(target).unwrap().to_owned()).collect();
    // Columns that the model was not trained on would be refused.
    let known = |name: &&str| *name == spec.target || model["features"].to_string().contains(&format!("{name:?}"));
    let kept: Vec<usize> = lines[0].split(',').enumerate().filter(|(_, name)| known(name)).map(|(at, _)| at).collect();
    let csv: Vec<String> = [lines[0]]
        .iter()
        .chain(&chosen)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            kept.iter().map(|at| cells[*at]).collect::<Vec<_>>().join(",")
        })
        .collect();
    let request = ada.request(Method::POST, &format!("/api/models/{id}/predict")).header("content-type", "text/csv");
    let (status, body) = answer(request.body(csv.join("\n"))).await;
    assert_eq!(status, 200, "{body}");
    Judged { model, actual, said: body["predictions"].as_array().unwrap().clone() }
}

fn close(found: &Value, expected: f64, what: &str) {
    let found = found.as_f64().unwrap_or_else(|| panic!("{what} is {found}"));
    assert!((found - expected).abs() <= 1e-5 * expected.abs().max(1.0), "{what}: {found}, asked again {expected}");
}

#[tokio::test]
async fn two_classes_are_judged_as_anybody_finds_who_asks_again() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let Judged { model, actual, said } =
        judged(&server, &ada, "breast_cancer", json!({"dataset": "breast_cancer", "epochs": 8})).await;
    let (metrics, report) = (&model["metrics"], &model["report"]);
    assert_eq!(model["evaluation"]["test_rows"], actual.len());
    let rows = actual.len() as f64;
    let second = model["classes"][1].as_str().unwrap();
    let probability: Vec<f64> = said.iter().map(|it| it["probabilities"][second].as_f64().unwrap()).collect();
    let of_second: Vec<bool> = actual.iter().map(|label| label == second).collect();

    let right = said.iter().zip(&actual).filter(|(it, label)| it["label"] == label.as_str()).count();
    close(&metrics["accuracy"], right as f64 / rows, "accuracy");
    let surprise = |(p, yes): (&f64, &bool)| -if *yes { *p } else { 1.0 - p }.ln();
    close(&metrics["log_loss"], probability.iter().zip(&of_second).map(surprise).sum::<f64>() / rows, "log loss");
    // The area under the curve is the share of pairs, one of each class, that are in the right order.
    let (mut pairs, mut ordered) = (0.0, 0.0);
    for (high, _) in probability.iter().zip(&of_second).filter(|(_, yes)| **yes) {
        for (low, _) in probability.iter().zip(&of_second).filter(|(_, yes)| !**yes) {
            pairs += 1.0;
            ordered += if high > low {
                1.0
            } else if high == low {
                0.5
            } else {
                0.0
            };
        }
    }
    close(&metrics["roc_auc"], ordered / pairs, "area under the ROC curve");
    close(&report["findings"]["classes"][1]["roc_auc"], ordered / pairs, "area of the second class");
    let confusion = |truth: bool, label: &Value| {
        let both = said.iter().zip(&of_second).filter(|(it, yes)| **yes == truth && it["label"] == *label);
        json!(both.count())
    };
    let [first, second] = [&model["classes"][0], &model["classes"][1]];
    let expected = [false, true].map(|truth| json!([confusion(truth, first), confusion(truth, second)]));
    assert_eq!(model["evaluation"]["confusion"], json!(expected));

    for bin in report["findings"]["calibration"].as_array().unwrap() {
        let (from, to) = (bin["from"].as_f64().unwrap(), bin["to"].as_f64().unwrap());
        let inside = |p: &f64| *p > from && *p <= to || *p == 0.0 && from == 0.0;
        let within: Vec<bool> =
            probability.iter().zip(&of_second).filter(|(p, _)| inside(p)).map(|(_, yes)| *yes).collect();
        assert_eq!(bin["rows"], within.len());
        close(&bin["frequency"], within.iter().filter(|yes| **yes).count() as f64 / within.len() as f64, "frequency");
    }
    for (name, interval) in report["intervals"].as_object().unwrap() {
        let (low, high) = (interval["low"].as_f64().unwrap(), interval["high"].as_f64().unwrap());
        assert!(low <= high && model["evaluation"]["baseline"][name].is_number(), "{name} {interval}");
    }
    close(&model["evaluation"]["baseline"]["roc_auc"], 0.5, "a guess");
    assert_eq!(report["importance"]["features"].as_array().unwrap().len(), model["features"].as_array().unwrap().len());
    let status = ada.get(&format!("/api/training/{}", model["job_id"].as_str().unwrap())).await.1;
    assert_eq!(status["status"]["metrics"]["test_roc_auc"], metrics["roc_auc"]);
    let listed = ada.get("/api/models").await.1;
    assert!(listed["models"][0]["report"].is_null() && listed["models"][0]["metrics"] == *metrics, "short in lists");
}

#[tokio::test]
async fn numbers_are_judged_as_anybody_finds_who_asks_again() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let Judged { model, actual, said } =
        judged(&server, &ada, "diabetes", json!({"dataset": "diabetes", "epochs": 20})).await;
    let actual: Vec<f64> = actual.iter().map(|text| text.parse().unwrap()).collect();
    let predicted: Vec<f64> = said.iter().map(|it| it["value"].as_f64().unwrap()).collect();
    let errors: Vec<f64> = actual.iter().zip(&predicted).map(|(actual, predicted)| actual - predicted).collect();
    let rows = errors.len() as f64;
    let metrics = &model["metrics"];
    close(&metrics["rmse"], (errors.iter().map(|error| error * error).sum::<f64>() / rows).sqrt(), "RMSE");
    close(&metrics["mae"], errors.iter().map(|error| error.abs()).sum::<f64>() / rows, "MAE");
    let findings = &model["report"]["findings"];
    for (name, expected) in [("actual", &actual), ("predicted", &predicted)] {
        let found = findings["pairs"][name].as_array().unwrap();
        assert_eq!(found.len(), expected.len());
        found.iter().zip(expected).for_each(|(found, expected)| close(found, *expected, name));
    }
    let counts = findings["residuals"]["counts"].as_array().unwrap();
    assert_eq!(counts.iter().map(|count| count.as_u64().unwrap()).sum::<u64>() as usize, errors.len());
    let highest = errors.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    close(findings["residuals"]["edges"].as_array().unwrap().last().unwrap(), highest, "the largest residual");
}

#[tokio::test]
async fn a_model_without_a_report_or_with_a_damaged_one_still_opens() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let job = ada.train(json!({"dataset": "iris", "epochs": 3})).await;
    let done = ada.wait_for(&job, "COMPLETED").await;
    let id = done["model_id"].as_str().unwrap();
    let file = server.data().join("models").join(id).join("report.json");
    let opens = async || {
        let (status, body) = ada.get(&format!("/api/models/{id}")).await;
        assert!(status == 200 && body["model"]["metrics"]["accuracy"].is_number(), "{status} {body}");
        for path in [format!("/models/{id}"), format!("/jobs/{job}")] {
            let page = ada.request(Method::GET, &path).header("accept", "text/html").send().await.unwrap();
            assert_eq!(page.status(), 200, "{path}");
            assert!(page.text().await.unwrap().contains("Balanced accuracy"), "{path}");
        }
        body["model"]["report"].is_object()
    };
    assert!(opens().await);
    fs::write(&file, "{\"intervals\":").unwrap();
    assert!(!opens().await);
    assert!(server.log().contains("report of a model cannot be read"));
    fs::remove_file(&file).unwrap();
    assert!(!opens().await);
}
