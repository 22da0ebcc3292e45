//! Many people at once: what goes wrong, and what is lost.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::client::{Client, text};

const THREADS: usize = 8;
const REGISTRATIONS: usize = 200;
const UPLOADS: usize = 50;
const JOBS: usize = 200;
/// Jobs of which none has ended for this long are given up as lost.
const PATIENCE: Duration = Duration::from_mins(5);

#[derive(Default)]
pub(super) struct Report {
    registrations: Duration,
    uploads: Duration,
    submissions: Duration,
    jobs: Duration,
    /// Every request that was refused or not answered.
    errors: Vec<String>,
    /// Jobs by the status they ended with.
    ended: BTreeMap<String, u64>,
    accepted: usize,
    lost: usize,
}

impl Report {
    pub(super) fn print(&self) {
        println!("{REGISTRATIONS} registrations         {:.1} s", self.registrations.as_secs_f64());
        println!("{UPLOADS} uploads                {:.1} s", self.uploads.as_secs_f64());
        println!("{JOBS} jobs submitted        {:.1} s", self.submissions.as_secs_f64());
        println!("{} jobs trained          {:.1} s {:?}", self.accepted, self.jobs.as_secs_f64(), self.ended);
        println!("errors                    {}", self.errors.len());
        for error in self.errors.iter().take(5) {
            println!("  {error}");
        }
        println!("lost jobs                 {}", self.lost);
    }
}

pub(super) fn run(client: &Client) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let owner = client.stranger()?;
    let start = Instant::now();
    report.errors.extend(spread(REGISTRATIONS, |_| client.stranger().map(drop)));
    report.registrations = start.elapsed();

    let start = Instant::now();
    report
        .errors
        .extend(spread(UPLOADS, |number| owner.upload(&format!("load-{number}.csv"), table(number)).map(drop)));
    report.uploads = start.elapsed();

    let start = Instant::now();
    let accepted = Mutex::new(Vec::new());
    report.errors.extend(spread(JOBS, |number| {
        let request =
            json!({ "dataset": "sample_dataset", "epochs": 2, "name": format!("load {number}"), "seed": number });
        let answer = owner.post("/api/training", &request)?;
        let id = text(&answer, "/job_id")?.to_owned();
        accepted.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        Ok(())
    }));
    report.submissions = start.elapsed();
    let accepted = accepted.into_inner().unwrap_or_else(PoisonError::into_inner);
    report.accepted = accepted.len();
    wait(&owner, accepted, &mut report)?;
    report.jobs = start.elapsed();
    Ok(report)
}

/// Does something `count` times from all threads; what went wrong comes back.
fn spread(count: usize, work: impl Fn(usize) -> anyhow::Result<()> + Sync) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let errors = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        break;
                    }
                    if let Err(error) = work(number) {
                        errors.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{error:#}"));
                    }
                }
            });
        }
    });
    errors.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn wait(client: &Client, mut open: Vec<String>, report: &mut Report) -> anyhow::Result<()> {
    let mut last_end = Instant::now();
    while !open.is_empty() && last_end.elapsed() < PATIENCE {
        let mut still = Vec::new();
        for id in open {
            let answer = client.get(&format!("/api/training/{id}"));
            // A server that cannot answer for a moment is an error to report, not a reason to forget the job.
            let status = match &answer {
                Ok(answer) => text(answer, "/status/status")?,
                Err(error) => {
                    report.errors.push(format!("{error:#}"));
                    "unknown"
                }
            };
            if crate::client::has_ended(status) {
                *report.ended.entry(status.to_owned()).or_default() += 1;
                last_end = Instant::now();
            } else {
                still.push(id);
            }
        }
        open = still;
        thread::sleep(Duration::from_millis(100));
    }
    report.lost = open.len();
    Ok(())
}

/// A hundred rows that are different each time, so that no two uploads are the same file.
fn table(number: usize) -> String {
    let mut table = String::from("x,z,y\n");
    for row in 0..100_usize {
        let x = row as f64 / 10.0;
        let z = (row * 7 + number) % 13;
        // Writing to a String cannot fail.
        let _ = writeln!(table, "{x},{z},{}", 3.0 * x + z as f64 + number as f64);
    }
    table
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::{spread, table};

    #[test]
    fn each_number_is_worked_on_once_and_errors_are_kept() {
        let seen = Mutex::new(Vec::new());
        let errors = spread(100, |number| {
            seen.lock().unwrap().push(number);
            anyhow::ensure!(number % 50 != 7, "number {number}");
            Ok(())
        });
        let mut seen = seen.into_inner().unwrap();
        seen.sort_unstable();
        assert_eq!(seen, (0..100).collect::<Vec<_>>());
        assert_eq!(errors.len(), 2);
    }

    #[test]
    fn no_two_tables_are_the_same() {
        assert_eq!(table(0).lines().count(), 101);
        assert_ne!(table(0), table(1));
    }
}
