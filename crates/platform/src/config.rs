//! What the platform needs to know before it starts. `server` fills it from flags and environment.

use std::{ffi::OsString, fmt, path::PathBuf, time::Duration};

use domain::access::RegistrationMode;
use ipnet::IpNet;

use crate::jobs;

/// See `.env.sample` for the variables behind the fields.
#[derive(Clone)]
pub struct Config {
    /// Database and files live here; made when absent.
    pub data_dir: PathBuf,
    /// `postgres://...`; SQLite in the data directory when absent. With it several processes may share the directory too.
    pub database_url: Option<String>,
    /// Jobs trained at once.
    pub slots: usize,
    /// Jobs of one user trained at once, by all agents together; no limit when absent.
    pub jobs_per_user: Option<u32>,
    /// How long a job may train, by all its attempts together; no limit when absent.
    pub max_run: Option<Duration>,
    /// Memory that one job may have; what the machine gives when absent.
    pub job_memory_bytes: Option<u64>,
    /// Within an epoch a checkpoint is written when the last one is this old.
    pub checkpoint_every: Duration,
    /// Checkpoints of a job that stay, at least one. Each has the best weights so far within it.
    pub keep_checkpoints: u32,
    /// How often a job says where it stands, at most.
    pub updates_per_second: u32,
    /// How long everything of jobs that have ended is kept.
    pub retention: jobs::Retention,
    /// How long an agent may be silent before its jobs are given to others.
    pub lease: Duration,
    /// Command line that starts a trainer: program, then arguments.
    pub trainer: Vec<OsString>,
    /// Signs tokens; a random one is made and kept in the data directory when absent.
    pub jwt_secret: Option<String>,
    /// What signed tokens before: still read, so that a new secret signs nobody out.
    pub jwt_secret_previous: Option<String>,
    /// bcrypt cost, 4 to 31; each step doubles the time of a sign-in.
    pub bcrypt_cost: u32,
    /// How long a sign-in lasts at most.
    pub session_days: u32,
    /// How long a sign-in lasts that is not used.
    pub session_idle_days: u32,
    /// Who may make an account.
    pub registration: RegistrationMode,
    /// Where webhooks may go besides the public internet.
    pub webhook_networks: Vec<IpNet>,
    /// Largest upload, as sent (before decompression).
    pub max_upload_bytes: u64,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("data_dir", &self.data_dir)
            .field("database_url", &self.database_url.as_ref().map(|_| "***"))
            .field("slots", &self.slots)
            .field("jobs_per_user", &self.jobs_per_user)
            .field("max_run", &self.max_run)
            .field("job_memory_bytes", &self.job_memory_bytes)
            .field("checkpoint_every", &self.checkpoint_every)
            .field("keep_checkpoints", &self.keep_checkpoints)
            .field("updates_per_second", &self.updates_per_second)
            .field("retention", &self.retention)
            .field("lease", &self.lease)
            .field("trainer", &self.trainer)
            .field("jwt_secret", &self.jwt_secret.as_ref().map(|_| "***"))
            .field("jwt_secret_previous", &self.jwt_secret_previous.as_ref().map(|_| "***"))
            .field("bcrypt_cost", &self.bcrypt_cost)
            .field("session_days", &self.session_days)
            .field("session_idle_days", &self.session_idle_days)
            .field("registration", &self.registration)
            .field("webhook_networks", &self.webhook_networks)
            .field("max_upload_bytes", &self.max_upload_bytes)
            .finish()
    }
}
