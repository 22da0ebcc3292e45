//! How soon somebody who presses "start" sees a number.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::client::{Client, has_ended, text};

const RUNS: usize = 11;
const POLL: Duration = Duration::from_millis(5);

/// From the request for a job on the 150 rows of iris to its first metric: median, fastest and slowest of eleven.
pub(super) fn first_metric(client: &Client) -> anyhow::Result<String> {
    let client = client.stranger()?;
    let mut times = (0..RUNS).map(|_| once(&client)).collect::<anyhow::Result<Vec<Duration>>>()?;
    times.sort_unstable();
    let ms = |at: usize| times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1000.0);
    Ok(format!("{:.0} ms (median of {RUNS}; {:.0} to {:.0})", ms(RUNS / 2), ms(0), ms(RUNS - 1)))
}

fn once(client: &Client) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let answer = client.post("/api/training", &json!({ "dataset": "iris", "epochs": 5, "seed": 1 }))?;
    let job = format!("/api/training/{}", text(&answer, "/job_id")?);
    let first = loop {
        let metrics = client.get(&format!("{job}/metrics"))?;
        if metrics["metrics"].as_array().is_some_and(|points| !points.is_empty()) {
            break start.elapsed();
        }
        let status = client.get(&job)?;
        let state = text(&status, "/status/status")?;
        anyhow::ensure!(!has_ended(state) || state == "COMPLETED", "{job} is {state} without a metric");
        thread::sleep(POLL);
    };
    // The next one starts on a quiet machine.
    while !has_ended(text(&client.get(&job)?, "/status/status")?) {
        thread::sleep(Duration::from_millis(50));
    }
    Ok(first)
}
