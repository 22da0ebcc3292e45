//! Messages of `GET /ws`. After `subscribe_job` the server replays everything after `after`, then goes live: no gap and
//! no duplicate. A slow reader is coalesced: it gets fewer, larger updates, and the newest status.

use serde::{Deserialize, Serialize};

use crate::{
    ErrorCode, JobId, Timestamp,
    job::{JobProgress, JobState, JobSummary, LogLevel, Point},
};

/// What a client may say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// Everything of a job after sequence number `after` (0 or absent: from the beginning), then live.
    SubscribeJob {
        job_id: JobId,
        #[serde(default)]
        after: u64,
    },
    UnsubscribeJob {
        job_id: JobId,
    },
    /// List-level changes of all jobs that the caller may see.
    SubscribeUserJobs,
    UnsubscribeUserJobs,
    Ping,
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// New measurements and where the job stands now. A point whose `step` is not beyond the last one of its series
    /// replaces the series from there on: a job went back to its checkpoint.
    JobUpdate {
        job_id: JobId,
        seq: u64,
        status: JobState,
        /// When the trainer said the first of this; absent when it was read from the database.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        at: Option<Timestamp>,
        /// The new measurements, oldest first.
        metrics: Vec<Point>,
        /// When those that were read from the database were made: so many at that time, one lot after the other. Otherwise
        /// `at` is the time of all.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        times: Vec<(u32, Timestamp)>,
        /// Everything else that moves.
        job: Box<JobProgress>,
    },
    JobLog {
        job_id: JobId,
        seq: u64,
        at: Timestamp,
        level: LogLevel,
        text: String,
    },
    /// List level: a job appeared or changed.
    JobStatus(Box<JobSummary>),
    /// A job is gone from the list.
    JobDeleted {
        job_id: JobId,
    },
    Error {
        code: ErrorCode,
        error: String,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        job_id: Option<JobId>,
    },
    Pong,
}

impl ServerMessage {
    /// Job and sequence number of messages that have one.
    pub fn position(&self) -> Option<(JobId, u64)> {
        match self {
            Self::JobUpdate { job_id, seq, .. } | Self::JobLog { job_id, seq, .. } => Some((*job_id, *seq)),
            _ => None,
        }
    }
}
