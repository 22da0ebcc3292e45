//! `/metrics`, and the dashboard that is drawn from it.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Server, answer, assert_refused};

const DASHBOARD: &str = include_str!("../../../docs/grafana.json");

async fn figures(server: &Server) -> String {
    let (status, body) = server.anybody().get("/metrics").await;
    assert_eq!(status, 200, "{body}");
    body.as_str().unwrap().to_owned()
}

/// The value of the sample with exactly this name and these labels.
fn value(figures: &str, sample: &str) -> f64 {
    let line = figures.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{sample} is not in\n{figures}")).parse().unwrap()
}

#[tokio::test]
async fn what_happened_is_counted() {
    let server = Server::start_with(&[("ATHANOR_TRAINER_FAULT", "panic@epoch=2")]);
    let ada = server.person("ada").await;
    ada.small().await;
    let job = ada.train(json!({"dataset": "iris", "epochs": 5, "early_stopping": false})).await;
    ada.wait_for(&job, "COMPLETED").await;
    ada.get("/api/training/no-such-job").await;
    ada.request(Method::from_bytes(b"PLANTED").unwrap(), "/planted-path").send().await.unwrap();
    let figures = figures(&server).await;
    assert_eq!(value(&figures, "athanor_jobs{state=\"COMPLETED\"}"), 1.0);
    assert_eq!(value(&figures, "athanor_jobs{state=\"QUEUED\"}"), 0.0);
    assert_eq!(value(&figures, "athanor_trainer_deaths_total"), 1.0);
    assert_eq!(value(&figures, "athanor_job_duration_seconds_count{outcome=\"completed\"}"), 1.0);
    assert_eq!(value(&figures, "athanor_slots"), 2.0);
    assert!(value(&figures, "athanor_training_steps_total") >= 5.0);
    assert!(value(&figures, "athanor_training_steps_per_second") > 0.0);
    assert_eq!(value(&figures, "athanor_upload_bytes_total"), crate::harness::SMALL.len() as f64);
    assert!(value(&figures, "athanor_database_wait_seconds_count") > 5.0);
    let by_route = "athanor_http_requests_total{method=\"GET\",route=\"/api/training/{id}\",status=\"404\"}";
    assert_eq!(value(&figures, by_route), 1.0);
    assert!(figures.contains("method=\"OTHER\",route=\"other\""), "{figures}");
    for typed in [job.as_str(), "PLANTED", "planted-path", &ada.email] {
        assert!(!figures.contains(typed), "{typed} became a label");
    }
}

#[tokio::test]
async fn only_this_machine_and_whoever_has_the_token_read_it() {
    let server = Server::start_with(&[("ATHANOR_METRICS_TOKEN", "sesame")]);
    let anybody = server.anybody();
    let get = || anybody.request(Method::GET, "/metrics");
    assert_eq!(answer(get()).await.0, 200);
    assert_refused(&answer(get().header("x-forwarded-for", "203.0.113.7")).await, 404, "not_found");
    assert_refused(&answer(get().header("host", "athanor.example.org")).await, 404, "not_found");
    let far = || get().header("x-forwarded-for", "203.0.113.7");
    assert_eq!(answer(far().bearer_auth("sesame")).await.0, 200);
    assert_refused(&answer(far().bearer_auth("sesam")).await, 404, "not_found");
}

#[tokio::test]
async fn the_dashboard_draws_what_is_there() {
    let server = Server::start();
    let ada = server.person("ada").await;
    ada.get("/api/health").await;
    let figures = figures(&server).await;
    let families: BTreeSet<&str> =
        figures.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut drawn = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap();
            let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            drawn.extend(words.filter(|word| word.starts_with("athanor_")).map(str::to_owned));
        }
    }
    for name in &drawn {
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name);
        assert!(families.contains(name.as_str()) || families.contains(family), "{name} is not in /metrics");
    }
    let drawn: BTreeSet<&str> = drawn.iter().map(|name| name.trim_end_matches("_bucket")).collect();
    for family in families {
        assert!(drawn.contains(family), "{family} is not in the dashboard");
    }
}
