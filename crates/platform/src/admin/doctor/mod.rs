//! `athanor admin doctor`: looks at everything, changes nothing, and says in sentences what it found.

mod database;
mod directory;
mod files;

use super::Site;
use crate::{Error, blob};

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    Fine,
    /// Worth knowing; needs nobody.
    Note,
    Wrong,
}

/// One sentence, or two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub check: Check,
    pub sentence: String,
}

/// Everything that was found so far.
#[derive(Default)]
struct Report(Vec<Finding>);

impl Report {
    fn fine(&mut self, sentence: impl Into<String>) {
        self.0.push(Finding { check: Check::Fine, sentence: sentence.into() });
    }

    fn note(&mut self, sentence: impl Into<String>) {
        self.0.push(Finding { check: Check::Note, sentence: sentence.into() });
    }

    fn wrong(&mut self, sentence: impl Into<String>) {
        self.0.push(Finding { check: Check::Wrong, sentence: sentence.into() });
    }
}

/// Examines an installation, also while servers and workers run on it. `deep` reads every dataset and every model's weights.
///
/// # Errors
/// Only when it could not go on looking.
pub async fn doctor(site: &Site, deep: bool) -> Result<Vec<Finding>, Error> {
    let mut report = Report::default();
    let paths = site.paths();
    if !directory::look(&mut report, &paths) {
        return Ok(report.0);
    }
    let in_use = blob::is_in_use(paths.root()).map_err(Error::storage("look at the lock of the data directory"))?;
    report.note(if in_use {
        "A server or worker is running on this data directory."
    } else {
        "No server or worker of this machine is running on this data directory."
    });
    let Some(db) = database::look(&mut report, site).await else { return Ok(report.0) };
    database::people(&mut report, &db).await?;
    database::leases(&mut report, &db, in_use).await?;
    files::look(&mut report, &db, &paths, deep).await?;
    db.close().await;
    Ok(report.0)
}
