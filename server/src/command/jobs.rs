//! `athanor jobs`, `watch`, `logs` and `stop`: jobs of a server.

use std::{process::ExitCode, time::Duration};

use app::encode_component;
use domain::{
    JobId,
    job::{JobState, JobSummary, LogLevel, LogLine},
};
use serde_json::{Value, json};

use crate::client::{
    self, Away, Connection, Display, Exit, Failure, ServerFlags, follow, job, log, parameter, stop, tell, visible,
};

const POLL: Duration = Duration::from_millis(500);

/// Such as: athanor jobs status:running 'lr<0.01' tag:baseline. Before a condition that begins with a minus write --.
#[derive(clap::Args)]
pub struct Flags {
    /// Conditions that all hold, in the query language of the list of jobs.
    query: Vec<String>,
    /// At most so many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// created_at, name, status, loss, finished_at, or a metric or parameter; --sort=-accuracy the other way round.
    #[arg(long)]
    sort: Option<String>,
    /// Metrics and parameters to show, with commas between them: --columns accuracy,lr. What the list is sorted by is shown anyway.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    columns: Vec<String>,
    #[command(flatten)]
    server: ServerFlags,
}

pub fn run(flags: Flags) -> ExitCode {
    client::run(flags.server.json, || list(&flags))
}

fn list(flags: &Flags) -> Result<Exit, Failure> {
    let connection = Connection::open(&flags.server)?;
    let mut path = format!("/api/training/jobs?query={}", encode_component(&flags.query.join(" ")));
    if let Some(sort) = &flags.sort {
        path += &format!("&sort={}", encode_component(sort));
    }
    let (jobs, count) = connection.list::<Value>(&path, "jobs", flags.limit as usize)?;
    if flags.server.json {
        tell::say_json(&json!({"ok": true, "jobs": jobs, "count": count}))?;
        return Ok(Exit::Done);
    }
    let shown = jobs.len();
    let jobs = jobs.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let columns = columns(flags, &jobs);
    let rows: Vec<Vec<String>> = jobs.iter().map(|job| row(job, &columns)).collect();
    let heads: Vec<String> = columns.iter().map(|name| name.to_uppercase()).collect();
    let heads = heads.iter().map(String::as_str);
    let heads: Vec<&str> =
        ["ID", "STATUS", "DONE", "LOSS"].into_iter().chain(heads).chain(["CREATED (UTC)", "NAME"]).collect();
    tell::table(&heads, &rows)?;
    if count > shown as u64 {
        tell::complain(&format!("{shown} of {count}; --limit shows more."));
    }
    Ok(Exit::Done)
}

fn read(job: Value) -> Result<JobSummary, Failure> {
    serde_json::from_value(job).map_err(|error| {
        Failure::refused(format!("The server lists a job that this version does not understand: {error}."))
    })
}

/// Besides those that are always there: what was asked for, and, if it is a metric or a parameter, what the jobs are sorted by.
fn columns<'a>(flags: &'a Flags, jobs: &[JobSummary]) -> Vec<&'a str> {
    let sorted_by = flags.sort.as_deref().map(|sort| sort.trim_start_matches('-'));
    let sorted_by = sorted_by.filter(|name| jobs.iter().any(|job| job.named(name).is_some()));
    let asked = flags.columns.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
    let mut columns: Vec<&str> = Vec::new();
    for name in asked.chain(sorted_by) {
        let shown = ["loss"].iter().chain(&columns).any(|shown| shown.to_lowercase() == name.to_lowercase());
        if !shown {
            columns.push(name);
        }
    }
    columns
}

fn row(job: &JobSummary, columns: &[&str]) -> Vec<String> {
    let progress = &job.progress;
    let mut row = vec![
        job.job_id.to_string(),
        progress.status.to_string(),
        format!("{:.0} %", progress.progress),
        progress.loss.map(|loss| format!("{loss:.4}")).unwrap_or_default(),
    ];
    row.extend(columns.iter().map(|name| job.named(name).as_ref().map(parameter).unwrap_or_default()));
    row.push(job.created_at.to_string().chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect());
    row.push(job.name.clone());
    row
}

/// The id of a job, and the server that has it.
#[derive(clap::Args)]
pub struct OneFlags {
    id: JobId,
    #[command(flatten)]
    server: ServerFlags,
}

pub fn run_watch(flags: OneFlags) -> ExitCode {
    let as_json = flags.server.json;
    client::run(as_json, || follow(&Connection::open(&flags.server)?, flags.id, &mut Display::new(as_json)))
}

pub fn run_stop(flags: OneFlags) -> ExitCode {
    client::run(flags.server.json, || {
        let job = stop(&Connection::open(&flags.server)?, flags.id)?;
        if flags.server.json {
            tell::say_json(&json!({"ok": true, "status": job}))?;
        } else if job.summary.progress.status.is_terminal() {
            tell::say(&format!("{} {}", flags.id, job.summary.progress.status))?;
        } else {
            tell::say(&format!("{} stops after its current step.", flags.id))?;
        }
        Ok(Exit::Done)
    })
}

#[derive(clap::Args)]
pub struct LogsFlags {
    /// Go on until the job has ended.
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    job: OneFlags,
}

pub fn run_logs(flags: LogsFlags) -> ExitCode {
    client::run(flags.job.server.json, || logs(&flags))
}

fn logs(flags: &LogsFlags) -> Result<Exit, Failure> {
    let (id, as_json) = (flags.job.id, flags.job.server.json);
    let connection = Connection::open(&flags.job.server)?;
    let (mut after, mut away) = (0, Away::default());
    loop {
        // The state first: lines that are asked for later are never older.
        let look = || -> Result<(JobState, Vec<LogLine>), Failure> {
            let state = job(&connection, id)?.summary.progress.status;
            Ok((state, log(&connection, id, after)?))
        };
        let seen = if flags.follow { away.bridge(look())? } else { Some(look()?) };
        let mut ended = !flags.follow;
        if let Some((state, lines)) = seen {
            for line in lines {
                after = line.seq;
                if as_json { tell::say_json(&line)? } else { say(&line)? }
            }
            ended |= state.is_terminal();
        }
        if ended {
            return Ok(Exit::Done);
        }
        std::thread::sleep(POLL);
    }
}

fn say(line: &LogLine) -> Result<(), Failure> {
    let level = match line.level {
        LogLevel::Info => String::new(),
        other => format!("{}: ", other.as_str()),
    };
    tell::say(&format!("{}  {level}{}", line.at, visible(&line.text)))
}
