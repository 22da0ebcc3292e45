//! Watchers: what each put together from its messages is what is recorded.

use super::Evidence;
use crate::chaos::{ledger::hold, watcher::Curves};

pub(super) fn check(evidence: &Evidence<'_>) {
    let ledger = evidence.ledger();
    for watcher in hold(&evidence.town.watchers).iter() {
        let (id, heard) = (&watcher.job, hold(&watcher.heard));
        for wrong in &heard.wrong {
            ledger.violation(format!("a watcher of job {id}: {wrong}"));
        }
        let Some(job) = evidence.truth.jobs.iter().find(|job| job.id == *id) else { continue };
        ledger.require(heard.last == job.last_seq, || {
            format!("a watcher of job {id} stands at {} of {}", heard.last, job.last_seq)
        });
        let nothing = Curves::new();
        let curves = evidence.truth.curves.get(id).unwrap_or(&nothing);
        ledger.require(heard.curves == *curves, || {
            format!(
                "a watcher of job {id} ({}) put other curves together: {}",
                job.state,
                difference(&heard.curves, curves)
            )
        });
        let lines = evidence.truth.lines.get(id).cloned().unwrap_or_default();
        ledger.require(heard.lines == lines, || {
            format!("a watcher of job {id} read {} log lines of {}", heard.lines.len(), lines.len())
        });
    }
}

fn difference(heard: &Curves, recorded: &Curves) -> String {
    let mut names: Vec<_> = heard.keys().chain(recorded.keys()).collect();
    names.sort();
    names.dedup();
    let steps = |curves: &Curves, name: &(String, String)| -> Vec<(u64, u64)> {
        curves.get(name).into_iter().flatten().map(|(step, value)| (*step, *value)).collect()
    };
    let parts = names.into_iter().filter_map(|name| {
        let (heard, recorded) = (steps(heard, name), steps(recorded, name));
        let more = heard.iter().filter(|point| !recorded.contains(point)).count();
        let missing = recorded.iter().filter(|point| !heard.contains(point)).count();
        (more + missing > 0).then(|| format!("{} {}: {missing} missing, {more} too many", name.0, name.1))
    });
    parts.collect::<Vec<_>>().join("; ")
}
