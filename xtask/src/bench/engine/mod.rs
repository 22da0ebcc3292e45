//! `cargo xtask bench engine`: the engine beside the PyTorch and pandas scripts that it replaces, on this machine, in turns.
//! It reports; what the figures mean is in `docs/PERFORMANCE.md`.

mod data;
mod jobs;
mod python;
mod reading;
mod trainer;
mod training;

use std::path::Path;

use python::Python;

use super::folder::Folder;
use crate::{command, server::Setup, workspace::Workspace};

/// Measures and prints, a line a figure; with `only`, those whose names contain it.
///
/// # Errors
/// When something cannot be installed or measured.
pub(super) fn run(workspace: &Workspace, setup: &Setup, rounds: usize, only: Option<&str>) -> anyhow::Result<()> {
    let python = Python::ready(workspace)?;
    let folder = Folder::new("engine")?;
    println!("beside                    {}, on one thread or two, whichever is faster", python.versions);
    let asked = |name: &str| only.is_none_or(|only| name.contains(only));
    training::measure(&setup.executable, &python, &folder.0, rounds, &asked)?;
    if asked("csv") {
        reading::measure(&setup.executable, &python, &folder.0, rounds)?;
    }
    if asked("jobs") {
        jobs::measure(setup, &python, &folder.0)?;
    }
    Ok(())
}

/// The middle one; of an even number the lower of the two.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

/// Writes a table unless it is there.
fn table(path: &Path, rows: usize, features: usize, classes: usize) -> anyhow::Result<()> {
    if !path.exists() {
        command::announce(&format!("Writing a table of {rows} rows and {features} features"));
        data::write(path, rows, features, classes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0]), 1.0);
        assert!(median(Vec::new()).is_nan());
    }
}
