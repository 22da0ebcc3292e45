//! Following a job of a server: it is asked about twice a second, and a server that does not answer is waited for.

use std::time::{Duration, Instant};

use domain::{
    JobId,
    job::{JobState, JobStatus, LogLine, MetricPoint},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    connection::Connection,
    curve::Curves,
    display::{self, Display},
    exit::Exit,
    failure::Failure,
    interrupt::{self, Interrupts, Wish},
    terminal,
};

const POLL: Duration = Duration::from_millis(500);
/// How long a server may be away, for a restart or a change of network.
const AWAY: Duration = Duration::from_mins(2);
/// Points of the curve of a job that was begun long ago.
const FIRST_POINTS: u32 = 2_000;

#[derive(Deserialize)]
struct OneJob {
    status: JobStatus,
}

#[derive(Deserialize)]
struct Metrics {
    metrics: Vec<MetricPoint>,
    last_seq: u64,
}

#[derive(Deserialize)]
struct Log {
    lines: Vec<LogLine>,
}

/// One job.
pub fn job(connection: &Connection, id: JobId) -> Result<JobStatus, Failure> {
    connection.get::<OneJob>(&format!("/api/training/{id}")).map(|answer| answer.status)
}

/// Lines of its log after a sequence number.
pub fn log(connection: &Connection, id: JobId, after: u64) -> Result<Vec<LogLine>, Failure> {
    connection.get::<Log>(&format!("/api/training/{id}/logs?after={after}")).map(|answer| answer.lines)
}

pub fn stop(connection: &Connection, id: JobId) -> Result<JobStatus, Failure> {
    connection.post::<OneJob>(&format!("/api/training/{id}/stop"), &json!({})).map(|answer| answer.status)
}

/// How long a server that does not answer has been waited for.
#[derive(Default)]
pub struct Away(Option<Instant>);

impl Away {
    /// The answer, or `None` for as long as a server that is away is waited for.
    pub fn bridge<T>(&mut self, answered: Result<T, Failure>) -> Result<Option<T>, Failure> {
        match answered {
            Ok(answer) => {
                self.0 = None;
                Ok(Some(answer))
            }
            Err(lost) if lost.exit == Exit::Unreachable => {
                let since = *self.0.get_or_insert_with(Instant::now);
                if since.elapsed() < AWAY { Ok(None) } else { Err(lost) }
            }
            Err(refused) => Err(refused),
        }
    }

    fn has_begun(&self) -> bool {
        self.0.is_some()
    }
}

/// The last JSON line about a job that was watched.
#[derive(Serialize)]
struct Finished<'a> {
    r#type: &'a str,
    #[serde(flatten)]
    job: &'a JobStatus,
}

/// Shows a job until it ends, or until somebody has seen enough.
pub fn follow(connection: &Connection, id: JobId, display: &mut Display) -> Result<Exit, Failure> {
    let interrupts = Interrupts::listen()?;
    let (mut watched, mut away) = (Watched::default(), Away::default());
    loop {
        let was_away = away.has_begun();
        match away.bridge(watched.look(connection, id, display))? {
            Some(job) => {
                display.show(&job.summary.progress, &watched.curves)?;
                if job.summary.progress.status.is_terminal() {
                    return finish(&job, display);
                }
            }
            None if !was_away => display.note("The server does not answer; trying again.")?,
            None => {}
        }
        if !interrupts.within(POLL) {
            continue;
        }
        display.let_go();
        match interrupt::wish(&interrupts) {
            Wish::Watch => {}
            Wish::Stop => {
                stop(connection, id)?;
            }
            Wish::Detach => {
                terminal::complain(&format!("The job goes on: athanor watch {id}"));
                return Ok(Exit::Interrupted);
            }
        }
    }
}

fn finish(job: &JobStatus, display: &Display) -> Result<Exit, Failure> {
    let progress = &job.summary.progress;
    let exit = display::exit_of(progress.status);
    if display.is_json() {
        terminal::say_json(&Finished { r#type: "finished", job })?;
        return Ok(exit);
    }
    display::say_result(progress)?;
    if let (JobState::Completed, Some(model)) = (progress.status, progress.model_id) {
        terminal::say(&format!("model {model}: athanor predict {model} rows.csv, athanor pull {model}"))?;
    }
    Ok(exit)
}

/// What has been seen of a job.
#[derive(Default)]
struct Watched {
    curves: Curves,
    /// Newest event of all, of the curves and of the log.
    seq: u64,
    measured: u64,
    logged: u64,
}

impl Watched {
    /// The job, once what belongs to it has been read: what is asked later is never older.
    fn look(&mut self, connection: &Connection, id: JobId, display: &mut Display) -> Result<JobStatus, Failure> {
        let job = job(connection, id)?;
        if self.seq == job.summary.last_seq {
            return Ok(job);
        }
        let thinned = if self.measured == 0 { format!("&max_points={FIRST_POINTS}") } else { String::new() };
        let path = format!("/api/training/{id}/metrics?name=loss&after={}{thinned}", self.measured);
        let Metrics { metrics, last_seq } = connection.get(&path)?;
        for measured in &metrics {
            self.curves.push(&measured.point);
        }
        self.measured = last_seq;
        for line in log(connection, id, self.logged)? {
            self.logged = line.seq;
            display.log(line.level, &line.text)?;
        }
        self.seq = job.summary.last_seq;
        Ok(job)
    }
}

/// What a submission was answered with.
pub fn submitted(answer: &Value) -> Result<JobId, Failure> {
    let id = answer["job_id"].as_str().and_then(|id| id.parse().ok());
    id.ok_or_else(|| Failure::refused("The server took the job, but did not say its id."))
}

#[cfg(test)]
mod tests {
    use super::{Away, Failure};

    #[test]
    fn a_server_may_be_away_for_a_while_but_a_refusal_is_one() {
        let mut away = Away::default();
        assert!(matches!(away.bridge::<()>(Err(Failure::unreachable("gone"))), Ok(None)));
        assert!(away.has_begun());
        assert!(matches!(away.bridge(Ok(7)), Ok(Some(7))));
        assert!(!away.has_begun());
        assert!(away.bridge::<()>(Err(Failure::refused("no"))).is_err());
    }
}
