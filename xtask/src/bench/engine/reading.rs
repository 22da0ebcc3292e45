//! A large CSV: our trainer until training begins, beside `pandas.read_csv`. Ours does more in the same time: it also splits
//! the rows and encodes them.

use std::path::Path;

use serde_json::json;

use super::{
    data, median,
    python::{Python, answer},
    table,
    trainer::{self, Job},
};
use crate::command;

const ROWS: usize = 1_000_000;
const FEATURES: usize = 29;

/// Prints seconds, peak memory and the ratios.
pub(super) fn measure(executable: &Path, python: &Python, folder: &Path, rounds: usize) -> anyhow::Result<()> {
    let csv = folder.join("large.csv");
    table(&csv, ROWS, FEATURES, 0)?;
    command::announce("Reading it in turns");
    let (mut pandas, mut ours) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for _ in 0..rounds {
        let told = answer(python, "read.py", &csv)?;
        pandas.0.push(told["seconds"].as_f64().unwrap_or(f64::NAN));
        pandas.1.push(told["peak"].as_f64().unwrap_or(f64::NAN));
        let job = Job {
            file: &csv,
            format: "csv",
            task: "regression",
            features: &data::names(FEATURES),
            model: json!({ "kind": "linear" }),
            batch: 65_536,
            epochs: 1,
            device: "flex",
            threads: 1,
        };
        let times = trainer::run(executable, folder, &job)?;
        ours.0.push(times.loading.as_secs_f64());
        ours.1.push(times.peak.map_or(f64::NAN, |bytes| bytes as f64));
    }
    let size = csv.metadata()?.len() as f64 / 1e6;
    let (theirs, peak) = (median(pandas.0), median(pandas.1));
    let (seconds, our_peak) = (median(ours.0), median(ours.1));
    println!(
        "CSV of {size:.0} MB            pandas {theirs:.2} s, ours {seconds:.2} s: {:.2} times as fast",
        theirs / seconds
    );
    println!(
        "peak memory               pandas {:.0} MB, ours {:.0} MB: {:.2} of it",
        peak / 1e6,
        our_peak / 1e6,
        our_peak / peak
    );
    Ok(())
}
