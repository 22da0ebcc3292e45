//! Jobs: none lost, none doubled, each ended as its plan says, with the curves of an undisturbed run.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use super::Evidence;
use crate::chaos::{
    people::{End, Promise},
    truth::Job,
    watcher::Curves,
    work::Spec,
};

/// How the log says that an attempt ended and the job did not.
const DIED: &str = "The trainer ";
const LOST: &str = "The lease ran out";
const RESTARTED: &str = "The server was restarted.";
const GIVEN_BACK: &str = "The server is being stopped";

pub(super) fn check(evidence: &Evidence<'_>) {
    submissions(evidence);
    for job in &evidence.truth.jobs {
        attempts(evidence, job);
        let promise = evidence.promises.iter().find(|promise| promise.id == job.id);
        match promise {
            Some(promise) => ended(evidence, job, promise),
            None => evidence.ledger().require(is_terminal(&job.state), || {
                format!("job {} ({}) is {} for ever", job.id, job.name, job.state)
            }),
        }
    }
}

fn is_terminal(state: &str) -> bool {
    matches!(state, "COMPLETED" | "FAILED" | "STOPPED")
}

/// Every acknowledged submission is one job, and nothing else is.
fn submissions(evidence: &Evidence<'_>) {
    let ledger = evidence.ledger();
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for job in &evidence.truth.jobs {
        by_name.entry(&job.name).or_default().push(&job.id);
    }
    for Promise { name, id, .. } in evidence.promises {
        let found = by_name.remove(name.as_str()).unwrap_or_default();
        ledger
            .require(found == [id.as_str()], || format!("{name} was acknowledged as job {id}; recorded are {found:?}"));
    }
    let unsure = crate::chaos::ledger::hold(&evidence.town.unsure);
    for (name, ids) in by_name {
        // A person whose plan was broken off has said so already.
        let planned = ledger.violations().iter().any(|violation| violation.starts_with(&format!("{name} (")));
        ledger.require(planned || ids.len() == 1 && unsure.iter().any(|unsure| unsure == name), || {
            format!("nobody was promised the jobs {ids:?} named {name}")
        });
    }
}

/// Attempts are 1 to n, each ends once, and what the log says was done to them was.
fn attempts(evidence: &Evidence<'_>, job: &Job) {
    let ledger = evidence.ledger();
    let none = BTreeMap::new();
    let lines = evidence.truth.lines.get(&job.id).unwrap_or(&none);
    let count = |start: &str| lines.values().filter(|line| line.starts_with(start)).count() as u32;
    let (died, lost) = (count(DIED), count(LOST));
    let ends = died + lost + count(RESTARTED) + count(GIVEN_BACK);
    let may = job.attempt.saturating_sub(u32::from(job.state == "COMPLETED"));
    ledger.require(ends <= may, || {
        format!("job {} is {} after {} attempts, of which {ends} ended before", job.id, job.state, job.attempt)
    });
    ledger.require(!job.leased || !is_terminal(&job.state), || format!("job {} has ended and is leased", job.id));
    let seen = evidence.seen.attempts(&job.id);
    ledger.require(seen <= job.attempt, || format!("job {} had {seen} trainers in {} attempts", job.id, job.attempt));
    let suffered = ledger.suffered(&job.id);
    ledger.require(died <= suffered.deaths, || {
        format!("job {}: {died} deaths in its log, {} were caused", job.id, suffered.deaths)
    });
    // An agent may be killed between its claim and its trainer's start, where nobody sees whom it meets.
    let unseen = job.attempt.saturating_sub(seen);
    ledger.require(lost <= suffered.losses + unseen, || {
        format!("job {}: {lost} leases were lost, and only {} agents disturbed", job.id, suffered.losses)
    });
    for line in lines.values() {
        let unused = line.strip_prefix("The checkpoint ").and_then(|rest| rest.split_once(" was not used"));
        if let Some((name, why)) = unused {
            // While the database took nothing the trainer went on, and removed what it needed no more.
            let removed = why.contains("No such file") && ledger.counts.full_disks.load(Ordering::SeqCst) > 0;
            ledger.require(removed || suffered.damaged.iter().any(|damaged| damaged == name), || {
                format!("job {}: checkpoint {name} was recorded and is not whole{why}", job.id)
            });
        }
    }
}

fn ended(evidence: &Evidence<'_>, job: &Job, promise: &Promise) {
    let ledger = evidence.ledger();
    let must = match promise.end {
        End::Completed { .. } => "COMPLETED",
        End::Stopped { .. } => "STOPPED",
        End::Failed => "FAILED",
    };
    ledger.require(job.state == must, || format!("job {} ({}) was {must} and is {}", job.id, promise.name, job.state));
    let nothing = Curves::new();
    let found = evidence.truth.curves.get(&job.id).unwrap_or(&nothing);
    match promise.end {
        End::Completed { spec, epochs, before } => {
            let mut found = found.clone();
            if let Some(before) = before {
                forget_report(&mut found, evidence, spec, before);
            }
            compare(evidence, job, &found, spec, epochs, u64::MAX);
        }
        End::Stopped { spec, epochs } => compare(evidence, job, found, spec, epochs, job.step),
        End::Failed => {}
    }
}

/// The report on untouched rows of the end that was none: an undisturbed run has none.
fn forget_report(found: &mut Curves, evidence: &Evidence<'_>, spec: &Spec, before: u32) {
    let Some(run) = evidence.reference.run(spec, before) else { return };
    for (name, curve) in run.curves.iter().filter(|((split, _), _)| split == "test") {
        if let Some(found) = found.get_mut(name) {
            found.retain(|step, value| curve.get(step) != Some(value));
        }
    }
}

/// The same points with the same values, bit for bit, up to a step.
fn compare(evidence: &Evidence<'_>, job: &Job, found: &Curves, spec: &Spec, epochs: u32, until: u64) {
    let Some(run) = evidence.reference.run(spec, epochs) else { return };
    let mut wrong = Vec::new();
    for (name, must) in &run.curves {
        let empty = BTreeMap::new();
        let have = found.get(name).unwrap_or(&empty);
        if until < u64::MAX && name.0 == "test" {
            // Stopped: there is a report only if it came to the end of its epochs first.
            continue;
        }
        // Stopped after the last step of an epoch it may not have measured that epoch yet.
        let is_due = |step: u64| step < until || step == until && have.contains_key(&step);
        let must: BTreeMap<u64, u64> =
            must.iter().filter(|(step, _)| is_due(**step)).map(|(step, value)| (*step, *value)).collect();
        if *have != must {
            let missing = must.keys().filter(|step| !have.contains_key(step)).count();
            let more = have.keys().filter(|step| !must.contains_key(step)).count();
            let other = must.iter().filter(|(step, value)| have.get(step).is_some_and(|have| have != *value)).count();
            wrong
                .push(format!("{} {}: {missing} missing, {more} too many, {other} with another value", name.0, name.1));
        }
    }
    wrong.extend(found.keys().filter(|name| !run.curves.contains_key(*name)).map(|name| format!("{name:?} is new")));
    evidence.ledger().require(wrong.is_empty(), || {
        format!(
            "the curves of job {} ({}) are not those of an undisturbed run: {}",
            job.id,
            job.state,
            wrong.join("; ")
        )
    });
}
