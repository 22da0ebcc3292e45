//! A job that is watched: redrawn in place on a terminal, a line now and then in a file, JSON lines for programs.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use domain::job::{JobProgress, JobState, LogLevel};
use serde_json::{Value, json};

use super::{curve::Curves, drawing, exit::Exit, failure::Failure, terminal, visible::visible};

/// How often a file is told of progress, unless the state changes.
const EVERY: Duration = Duration::from_secs(5);

/// Where it is shown.
pub struct Display {
    kind: Kind,
    state: Option<JobState>,
    said: Option<(Instant, String)>,
}

enum Kind {
    Json,
    Lines,
    /// With as many lines as were drawn, which the next drawing replaces.
    Screen(usize),
}

impl Display {
    pub fn new(as_json: bool) -> Self {
        let kind = if as_json {
            Kind::Json
        } else if terminal::can_redraw() {
            Kind::Screen(0)
        } else {
            Kind::Lines
        };
        Self { kind, state: None, said: None }
    }

    pub fn is_json(&self) -> bool {
        matches!(self.kind, Kind::Json)
    }

    /// A JSON line of its own, which other displays leave out.
    pub fn event(&self, kind: &str, mut event: Value) -> Result<(), Failure> {
        if !self.is_json() {
            return Ok(());
        }
        event["type"] = json!(kind);
        terminal::say_json(&event)
    }

    /// A sentence between the lines of progress.
    pub fn note(&mut self, sentence: &str) -> Result<(), Failure> {
        match self.kind {
            Kind::Json => self.event("note", json!({"text": sentence})),
            Kind::Lines => terminal::say(&visible(sentence)),
            Kind::Screen(_) => {
                let erased = self.erasure();
                terminal::write(&format!("{erased}{}\n", visible(sentence)))
            }
        }
    }

    /// A line of the job's log.
    pub fn log(&mut self, level: LogLevel, text: &str) -> Result<(), Failure> {
        match (&self.kind, level) {
            (Kind::Json, _) => self.event("log", json!({"level": level, "text": text})),
            (_, LogLevel::Info) => self.note(text),
            (_, LogLevel::Warning | LogLevel::Error) => self.note(&format!("{}: {text}", level.as_str())),
        }
    }

    /// Where it stands.
    pub fn show(&mut self, job: &JobProgress, curves: &Curves) -> Result<(), Failure> {
        let changed = self.state.replace(job.status) != Some(job.status);
        match self.kind {
            Kind::Screen(_) => {
                let lines = drawing::region(job, curves, terminal::width(), terminal::has_colours());
                let erased = self.erasure();
                self.kind = Kind::Screen(lines.len());
                // A line that is too long is cut off and not continued on the next.
                terminal::write(&format!("\u{1b}[?7l{erased}{}\n\u{1b}[?7h", lines.join("\n")))
            }
            Kind::Json => {
                let moving = moving(job);
                if self.is_news(changed, Duration::ZERO, moving.to_string()) {
                    self.event("progress", moving)?;
                }
                Ok(())
            }
            Kind::Lines => {
                let line = drawing::line(job);
                if self.is_news(changed, EVERY, line.clone()) {
                    terminal::say(&line)?;
                }
                Ok(())
            }
        }
    }

    /// Leaves the last drawing where it is: something else was written below it.
    pub fn let_go(&mut self) {
        if let Kind::Screen(lines) = &mut self.kind {
            *lines = 0;
        }
    }

    /// What takes away the last drawing.
    fn erasure(&mut self) -> String {
        match std::mem::replace(&mut self.kind, Kind::Screen(0)) {
            Kind::Screen(0) => String::new(),
            Kind::Screen(lines) => format!("\u{1b}[{lines}A\r\u{1b}[J"),
            other => {
                self.kind = other;
                String::new()
            }
        }
    }

    /// Whether this is to be said: it is new, and the last was long ago or the state has changed.
    fn is_news(&mut self, changed: bool, every: Duration, line: String) -> bool {
        let soon = self.said.as_ref().is_some_and(|(at, said)| *said == line || (!changed && at.elapsed() < every));
        if !soon {
            self.said = Some((Instant::now(), line));
        }
        !soon
    }
}

fn moving(job: &JobProgress) -> Value {
    json!({
        "status": job.status, "progress": job.progress, "epoch": job.epoch, "total_epochs": job.total_epochs,
        "step": job.step, "total_steps": job.total_steps, "loss": job.loss, "eta_seconds": job.eta_seconds,
        "samples_per_second": job.samples_per_second, "metrics": job.metrics, "message": job.message,
    })
}

/// The exit code of a job that has ended.
pub fn exit_of(state: JobState) -> Exit {
    match state {
        JobState::Failed => Exit::JobFailed,
        JobState::Stopped => Exit::JobStopped,
        _ => Exit::Done,
    }
}

/// How good the model is, beside the baseline, for people.
pub fn say_result(job: &JobProgress) -> Result<(), Failure> {
    if let Some(failure) = &job.failure {
        terminal::complain(&format!(
            "{} The job failed: {} ({}) {}",
            terminal::coloured_error("athanor:"),
            visible(&failure.message),
            visible(&failure.location),
            visible(&failure.hint)
        ));
        return Ok(());
    }
    let of = |prefix: &str| -> BTreeMap<&str, f64> {
        job.metrics.iter().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, *value))).collect()
    };
    let baseline = of("baseline_");
    let rows: Vec<Vec<String>> = of("test_")
        .into_iter()
        .map(|(name, value)| {
            let beside = baseline.get(name).map(|value| drawing::number(*value)).unwrap_or_default();
            vec![name.to_owned(), drawing::number(value), beside]
        })
        .collect();
    if rows.is_empty() { Ok(()) } else { terminal::table(&["ON TEST ROWS", "MODEL", "BASELINE"], &rows) }
}
