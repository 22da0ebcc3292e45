//! What a process counts about itself, for Prometheus.
//!
//! A registry of our own rather than a crate: the set is fixed and known when it is compiled, a count is one atomic
//! addition, and labels are words of ours, so that nothing a user typed can become one.

mod instruments;
mod text;

use std::time::Instant;

pub use instruments::{Counter, Gauge, Histogram, SECONDS, Up};
pub use text::Text;

use domain::job::{JobState, JobSummary};
use instruments::{Rate, Since};

use crate::{Platform, queue};

/// How long jobs train: from seconds to a week.
const LONG_SECONDS: &[f64; 12] =
    &[1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 10_800.0, 21_600.0, 86_400.0, 259_200.0, 604_800.0];

static COMPLETED: Histogram<12> = Histogram::new(LONG_SECONDS);
static FAILED: Histogram<12> = Histogram::new(LONG_SECONDS);
static STOPPED: Histogram<12> = Histogram::new(LONG_SECONDS);

pub(crate) static TRAINER_DEATHS: Counter = Counter::new();
/// Training steps that were recorded.
pub(crate) static STEPS: Rate = Rate::new();
pub(crate) static DATABASE_WAIT: Histogram<14> = Histogram::new(SECONDS);
pub(crate) static UPLOADED: Counter = Counter::new();
/// Leases, and how long the oldest has not been renewed, as the last look at them found.
pub(crate) static LEASES: Since = Since::new();

/// A job has ended here.
pub(crate) fn ended(job: &JobSummary) {
    let progress = &job.progress;
    let (Some(started), Some(finished)) = (progress.started_at, progress.finished_at) else { return };
    let seconds = (finished.0 - started.0).max(0) as f64 / 1e6;
    match progress.status {
        JobState::Completed => COMPLETED.observe(seconds),
        JobState::Failed => FAILED.observe(seconds),
        JobState::Stopped => STOPPED.observe(seconds),
        JobState::Queued | JobState::Starting | JobState::Loading | JobState::Running => {}
    }
}

/// Writes what the platform knows. A database that does not answer takes only its own figures with it.
pub async fn write(platform: &Platform, text: &mut Text) {
    let standing = queue::sql::standing(&platform.db).await;
    text.gauge("athanor_database_up", "Whether the database answers.", f64::from(u8::from(standing.is_ok())));
    match standing {
        Ok(standing) => write_standing(text, &standing),
        Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the queue could not be counted"),
    }
    let (leases, oldest) = LEASES.read(Instant::now());
    text.gauge("athanor_leases", "Jobs that some agent holds, as this process last saw them.", leases as f64);
    let help = "How long the lease that stood still the longest has not been renewed, as seen here.";
    text.gauge("athanor_oldest_lease_renewal_seconds", help, oldest.as_secs_f64());
    text.gauge("athanor_slots", "Jobs that this process may train at once.", platform.config.slots as f64);
    text.gauge("athanor_slots_busy", "Jobs that this process trains.", platform.wake.attended() as f64);
    let name = "athanor_job_duration_seconds";
    text.family(name, "histogram", "From a job's first start to its end, of jobs that ended in this process.");
    for (outcome, seconds) in [("completed", &COMPLETED), ("failed", &FAILED), ("stopped", &STOPPED)] {
        text.histogram(name, &[("outcome", outcome)], seconds);
    }
    text.counter("athanor_training_steps_total", "Training steps that this process recorded.", STEPS.total());
    let help = "Training steps a second of all jobs of this process, over the last ten seconds.";
    text.gauge("athanor_training_steps_per_second", help, STEPS.per_second(Instant::now()));
    text.counter("athanor_trainer_deaths_total", "Trainers that died without a word.", TRAINER_DEATHS.get());
    text.counter("athanor_upload_bytes_total", "Bytes of datasets that were uploaded.", UPLOADED.get());
    let name = "athanor_database_wait_seconds";
    text.family(name, "histogram", "From asking for a transaction to having it: a connection, and on SQLite the lock.");
    text.histogram(name, &[], &DATABASE_WAIT);
}

fn write_standing(text: &mut Text, standing: &queue::sql::Standings) {
    text.family("athanor_jobs", "gauge", "Jobs in each state.");
    for (state, count) in &standing.by_state {
        text.sample("athanor_jobs", &[("state", state.as_str())], *count as f64);
    }
    let help = "How long the oldest job of the queue has been waiting since it was submitted or resumed.";
    text.gauge("athanor_oldest_waiting_job_seconds", help, standing.oldest_waiting.as_secs_f64());
    text.gauge("athanor_agents", "Servers and workers that hold jobs.", standing.agents as f64);
}
