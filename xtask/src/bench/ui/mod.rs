//! `cargo xtask bench ui`: the page in a real Chromium with as much in the database as trackers are said to break on, and
//! MLflow beside it. It reports; what the figures mean is in `docs/PERFORMANCE.md`.

mod filled;
mod mlflow;

use std::{fs, path::Path};

use serde_json::{Value, json};

use self::{filled::Filled, mlflow::Mlflow};
use super::folder::Folder;
use crate::{command, e2e::Browser, server::Setup, walk, workspace::Workspace};

/// What of it is measured, and how.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// Each page is opened so often; the medians are printed.
    pub(super) rounds: usize,
    /// Scenarios whose names contain this.
    pub(super) only: Option<&'a str>,
    /// MLflow beside it.
    pub(super) mlflow: bool,
    /// Seconds for which a job is watched.
    pub(super) live: u32,
}

/// Measures and prints, a line a figure.
///
/// # Errors
/// When something cannot be set up or filled, or the browser does not run.
pub(super) fn run(workspace: &Workspace, setup: &Setup, wanted: Wanted<'_>) -> anyhow::Result<()> {
    let browser = Browser::ready(workspace)?;
    let folder = Folder::new("ui")?;
    sizes(&setup.site)?;
    let (rounds, only) = (wanted.rounds.max(1), wanted.only);
    // One after the other: two servers would share the cores.
    let drive = |whose: &str, places: Value| -> anyhow::Result<()> {
        let order = folder.0.join(format!("{whose}.json"));
        fs::write(&order, json!({ "rounds": rounds, "only": only, "live": wanted.live, whose: places }).to_string())?;
        command::announce(&format!("Opening pages of {whose}"));
        let mut node = browser.command("node");
        node.arg("bench/ui.mjs").arg(&order);
        let ended = node.status()?;
        anyhow::ensure!(ended.success(), "the browser did not come to an end ({ended}); what it said is above");
        Ok(())
    };
    let filled = Filled::start(setup)?;
    drive("athanor", filled.places())?;
    drop(filled);
    if wanted.mlflow {
        let mlflow = Mlflow::start(&folder.0)?;
        drive("mlflow", mlflow.places())?;
    }
    Ok(())
}

/// `places` and what a script that filled a database says of where everything is.
fn with(mut places: Value, seeded: &Value) -> Value {
    if let (Some(places), Some(seeded)) = (places.as_object_mut(), seeded.as_object()) {
        places.extend(seeded.clone());
    }
    places
}

/// What browsers fetch to run the page, as it is sent to them.
fn sizes(site: &Path) -> anyhow::Result<()> {
    let kilobytes = |size: u64| size as f64 / 1000.0;
    for file in walk::files(&site.join("pkg"))? {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // Parts that pages share are small; these are what a page waits for.
        let shown = name.starts_with("athanor") || name.starts_with("split_");
        if shown && file.extension().is_some_and(|extension| extension == "br") {
            println!("brotli of {:<15} {:.1} kB", short(&name), kilobytes(file.metadata()?.len()));
        }
    }
    Ok(())
}

/// `split_jobs` of `split_jobs_13200211311599088432.wasm.br`.
fn short(name: &str) -> String {
    let name = name.trim_end_matches(".br");
    let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
    match stem.rsplit_once('_') {
        Some((part, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => part.to_owned(),
        _ => format!("{stem}.{}", ending.rsplit('.').next().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn files_are_called_by_what_they_are() {
        assert_eq!(short("split_jobs_13200211311599088432.wasm.br"), "split_jobs");
        assert_eq!(short("athanor_bg.wasm.br"), "athanor_bg.wasm");
        assert_eq!(short("athanor.523ee1849dc16b1b.css.br"), "athanor.css");
    }
}
