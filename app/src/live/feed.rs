//! Hooks that follow the server: one job with its curves and log, or the list of jobs.

use domain::{
    ErrorCode, JobId,
    job::{JobProgress, JobStatus, JobSummary, LogLine, MetricPoint},
    wire::socket::ServerMessage,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    series::SeriesHandle,
    socket::{self, Connection, Token, Topic},
};

/// Lines of a log that are kept; older ones are in the downloaded log.
const LOG_LINES: usize = 2_000;

/// A job as the server rendered it. The status was read first, so `status.summary.last_seq` is where to go on from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobSnapshot {
    pub status: JobStatus,
    pub metrics: Vec<MetricPoint>,
    pub log: Vec<LogLine>,
}

/// A job that moves by itself.
#[derive(Clone, Copy)]
pub struct JobFeed {
    pub status: Signal<JobProgress>,
    pub series: SeriesHandle,
    /// Oldest first.
    pub log: Signal<Vec<LogLine>>,
    pub connection: Signal<Connection>,
    /// The job waits or is trained. It changes seldom, where the status changes many times a second.
    pub active: Memo<bool>,
    /// Somebody deleted the job.
    pub deleted: Signal<bool>,
    shown: RwSignal<JobProgress>,
    /// Sequence number that `status` stands at.
    newest: StoredValue<u64>,
}

impl JobFeed {
    /// Shows the answer to an action at once, without waiting for the socket to say the same.
    pub fn adopt(self, status: &JobStatus) {
        if self.newest.try_get_value().is_some_and(|newest| status.summary.last_seq >= newest) {
            self.newest.set_value(status.summary.last_seq);
            self.shown.try_set(status.summary.progress.clone());
        }
    }

    /// Puts the whole history of the curves under what has come since the page was rendered.
    pub fn complete_history(self, metrics: &[MetricPoint]) {
        self.series.put_under(metrics);
    }
}

/// Follows a job from where `initial` ends until the component that called this is gone.
pub fn use_job_feed(job_id: JobId, initial: JobSnapshot) -> JobFeed {
    let after = initial.status.summary.last_seq;
    let last_log = initial.log.last().map_or(0, |line| line.seq);
    let status = RwSignal::new(initial.status.summary.progress);
    let series = SeriesHandle::new(&initial.metrics);
    let log = RwSignal::new(initial.log);
    let deleted = RwSignal::new(false);
    let seen_log = StoredValue::new(last_log);
    let newest = StoredValue::new(after);
    let connection = use_subscription(Topic::Job(job_id), after, move |message| match message {
        ServerMessage::JobUpdate { seq, at, metrics, times, job, .. } => {
            let mut rest = metrics.as_slice();
            for (count, at) in times {
                let (these, later) = rest.split_at(rest.len().min(*count as usize));
                series.push(these, Some(*at));
                rest = later;
            }
            series.push(rest, *at);
            // A replay repeats old updates only after a newer one was seen: the newest status wins.
            if newest.try_get_value().is_some_and(|newest| *seq >= newest) {
                newest.set_value(*seq);
                series.stands_at(job.step);
                status.try_set((**job).clone());
            }
        }
        ServerMessage::JobLog { seq, at, level, text, .. }
            if seen_log.try_get_value().is_some_and(|seen| *seq > seen) =>
        {
            seen_log.set_value(*seq);
            log.try_update(|lines| {
                lines.push(LogLine { seq: *seq, at: *at, level: *level, text: text.clone() });
                let over = lines.len().saturating_sub(LOG_LINES);
                lines.drain(..over);
            });
        }
        ServerMessage::JobDeleted { job_id: gone } if *gone != job_id => {}
        ServerMessage::JobDeleted { .. } | ServerMessage::Error { code: ErrorCode::NotFound, .. } => {
            deleted.try_set(true);
        }
        _ => {}
    });
    let active = Memo::new(move |_| status.with(|status| !status.status.is_terminal()));
    JobFeed {
        status: status.into(),
        active,
        series,
        log: log.into(),
        connection,
        deleted: deleted.into(),
        shown: status,
        newest,
    }
}

/// The jobs of a list that moves by itself.
#[derive(Clone, Copy)]
pub struct UserJobs {
    /// Rows in the order in which they were given, with those that are new among them by age.
    pub jobs: RwSignal<Vec<JobSummary>>,
    pub connection: Signal<Connection>,
}

/// Follows the jobs of a list. A job that is not in it comes in by its age, the newest on top, when `belongs` says so.
pub fn use_user_jobs(initial: Vec<JobSummary>, belongs: impl Fn(&JobSummary) -> bool + 'static) -> UserJobs {
    let jobs = RwSignal::new(initial);
    let connection = use_subscription(Topic::UserJobs, 0, move |message| {
        let change = |rows: &mut Vec<JobSummary>| apply(rows, message, &belongs);
        jobs.try_update(change);
    });
    UserJobs { jobs, connection }
}

fn apply(rows: &mut Vec<JobSummary>, message: &ServerMessage, belongs: impl Fn(&JobSummary) -> bool) {
    match message {
        ServerMessage::JobStatus(news) => match rows.iter_mut().find(|row| row.job_id == news.job_id) {
            Some(row) if news.last_seq >= row.last_seq => row.clone_from(news),
            None if belongs(news) => {
                // Ids are made in the order of time.
                let at = rows.iter().position(|row| row.job_id < news.job_id).unwrap_or(rows.len());
                rows.insert(at, (**news).clone());
            }
            Some(_) | None => {}
        },
        ServerMessage::JobDeleted { job_id } => rows.retain(|row| row.job_id != *job_id),
        _ => {}
    }
}

/// Subscribes in the browser (effects do not run on the server) and unsubscribes when the owner is gone.
fn use_subscription(topic: Topic, after: u64, listener: impl Fn(&ServerMessage) + 'static) -> Signal<Connection> {
    let connection = RwSignal::new(Connection::Connecting);
    let token: StoredValue<Option<Token>> = StoredValue::new(None);
    let listener = std::rc::Rc::new(listener);
    Effect::new(move |started: Option<()>| {
        if started.is_none() {
            let listener = std::rc::Rc::clone(&listener);
            token.set_value(Some(socket::subscribe(topic, after, move |message| listener(message))));
        }
        connection.set(socket::connection().get());
    });
    on_cleanup(move || {
        if let Some(Some(token)) = token.try_get_value() {
            socket::unsubscribe(token);
        }
    });
    connection.into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::{
        DatasetId, JobId, Timestamp,
        job::{JobProgress, JobState, JobSummary, Task},
        wire::socket::ServerMessage,
    };

    use super::apply;

    fn job(id: u8, last_seq: u64, epoch: u32) -> JobSummary {
        let id_text = format!("00000000-0000-7000-8000-0000000000{id:02}");
        JobSummary {
            job_id: id_text.parse().unwrap(),
            name: "a job".into(),
            dataset_id: id_text.parse::<DatasetId>().unwrap(),
            dataset_name: "iris".into(),
            task: Task::Multiclass,
            target: "species".into(),
            model: "mlp".into(),
            parameters: BTreeMap::new(),
            tags: Vec::new(),
            experiment_id: None,
            created_at: Timestamp(0),
            last_seq,
            has_checkpoint: false,
            progress: JobProgress { epoch, ..JobProgress::begun(JobState::Running, 10) },
        }
    }

    fn ids(rows: &[JobSummary]) -> Vec<JobId> {
        rows.iter().map(|row| row.job_id).collect()
    }

    #[test]
    fn rows_change_in_place_new_ones_go_on_top_and_deleted_ones_go() {
        let mut rows = vec![job(2, 5, 1), job(1, 5, 1)];
        let order = ids(&rows);
        apply(&mut rows, &ServerMessage::JobStatus(Box::new(job(1, 6, 4))), |_| true);
        assert_eq!(ids(&rows), order);
        assert_eq!(rows[1].progress.epoch, 4);
        apply(&mut rows, &ServerMessage::JobStatus(Box::new(job(3, 1, 0))), |_| true);
        assert_eq!(rows[0].job_id, job(3, 1, 0).job_id);
        apply(&mut rows, &ServerMessage::JobStatus(Box::new(job(0, 1, 0))), |_| true);
        assert_eq!(rows.pop().map(|row| row.job_id), Some(job(0, 1, 0).job_id), "an older one does not go on top");
        apply(&mut rows, &ServerMessage::JobDeleted { job_id: order[0] }, |_| true);
        assert_eq!(ids(&rows), [job(3, 1, 0).job_id, order[1]]);
    }

    #[test]
    fn old_news_and_jobs_that_do_not_belong_are_ignored() {
        let mut rows = vec![job(1, 5, 3)];
        apply(&mut rows, &ServerMessage::JobStatus(Box::new(job(1, 4, 2))), |_| true);
        apply(&mut rows, &ServerMessage::JobStatus(Box::new(job(2, 9, 2))), |_| false);
        assert_eq!(rows, [job(1, 5, 3)]);
    }
}
