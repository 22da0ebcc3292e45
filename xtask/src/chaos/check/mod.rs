//! The independent checker: what is recorded, stored and was seen, against what must be.

mod feeds;
mod files;
mod jobs;

use std::{fs, path::Path};

use super::{
    ledger::Ledger,
    people::{Promise, Town},
    reference::Reference,
    trainers::Seen,
    truth::Truth,
};

/// Everything that is known after a round.
pub(super) struct Evidence<'a> {
    pub(super) truth: &'a Truth,
    pub(super) town: &'a Town,
    pub(super) reference: &'a Reference,
    pub(super) promises: &'a [Promise],
    pub(super) seen: &'a Seen,
    pub(super) data: &'a Path,
    pub(super) logs: &'a [&'a Path],
}

impl Evidence<'_> {
    fn ledger(&self) -> &Ledger {
        &self.town.ledger
    }
}

/// Writes down every violation.
pub(super) fn check(evidence: &Evidence<'_>) {
    let ledger = evidence.ledger();
    for broken in &evidence.truth.broken {
        ledger.violation(format!("the database is broken: {broken}"));
    }
    ledger.require(evidence.truth.doubled_points == 0, || {
        format!("{} points are there twice", evidence.truth.doubled_points)
    });
    jobs::check(evidence);
    files::check(evidence);
    feeds::check(evidence);
    for log in evidence.logs {
        let said = fs::read_to_string(log).unwrap_or_default();
        if let Some(line) = said.lines().find(|line| line.contains("panicked")) {
            ledger.violation(format!("{} says: {line}", log.display()));
        }
    }
}
