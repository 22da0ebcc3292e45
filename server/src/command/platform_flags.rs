//! What every role that works on the data needs to know. Each flag has a variable; `.env.sample` explains them all.

use std::{ffi::OsString, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, anyhow};
use domain::access::RegistrationMode;
use ipnet::IpNet;
use platform::{Config, Platform, jobs::Retention};

use crate::{networks, predictor::EnginePredictor};

#[derive(clap::Args)]
pub struct PlatformFlags {
    /// Datasets, checkpoints and models, and the database unless --database-url says otherwise.
    #[arg(long, env = "ATHANOR_DATA_DIR", default_value = "artifacts")]
    data_dir: PathBuf,
    /// postgres://user:password@host/database, for several servers and workers; SQLite when absent.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Jobs trained at once by this process; with fewer than cores, each may use several threads [default: one per core].
    #[arg(long, env = "ATHANOR_SLOTS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    slots: Option<u16>,
    /// Jobs of one user trained at once, by all servers and workers together [default: no limit].
    #[arg(long, env = "ATHANOR_JOBS_PER_USER", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    jobs_per_user: Option<u32>,
    /// Hours that a job may train [default: no limit].
    #[arg(long, env = "ATHANOR_MAX_RUN_HOURS", value_parser = clap::value_parser!(u32).range(1..=8_784))]
    max_run_hours: Option<u32>,
    /// Megabytes of memory that one job may have [default: what the machine gives].
    #[arg(long, env = "ATHANOR_JOB_MEMORY_MB", value_parser = clap::value_parser!(u64).range(64..=16_777_216))]
    job_memory_mb: Option<u64>,
    /// Seconds between two checkpoints within a long epoch.
    #[arg(long, env = "ATHANOR_CHECKPOINT_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    checkpoint_seconds: u32,
    /// Checkpoints of a job that are kept; each has the best weights so far within it.
    #[arg(long, env = "ATHANOR_KEEP_CHECKPOINTS", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=100))]
    keep_checkpoints: u32,
    /// How often a job says where it stands, at most; each time is a transaction.
    #[arg(long, env = "ATHANOR_UPDATES_PER_SECOND", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
    updates_per_second: u32,
    /// Days after its end until the curves of a job are rolled up to a thousand points each [default: never].
    #[arg(long, env = "ATHANOR_KEEP_METRICS_DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    keep_metrics_days: Option<u32>,
    /// Days after its end until the checkpoints of a job are removed, so that it cannot go on [default: never].
    #[arg(long, env = "ATHANOR_KEEP_CHECKPOINTS_DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    keep_checkpoints_days: Option<u32>,
    /// Seconds that a server or worker may be silent before its jobs are given to others.
    #[arg(long, env = "ATHANOR_LEASE_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(3..=3_600))]
    lease_seconds: u32,
    /// Cost of a password hash; each step doubles the time of a sign-in.
    #[arg(long, env = "ATHANOR_BCRYPT_COST", default_value_t = 12, value_parser = clap::value_parser!(u32).range(4..=31))]
    bcrypt_cost: u32,
    /// Who may make an account: `open` (everybody who reaches the server), `invite` (who has a link from an admin), `closed`.
    #[arg(long, env = "ATHANOR_REGISTRATION", default_value = "open", value_parser = registration)]
    registration: RegistrationMode,
    /// Days until a sign-in ends that is not used.
    #[arg(long, env = "ATHANOR_SESSION_IDLE_DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=3650))]
    session_idle_days: u32,
    /// Days until a sign-in ends in any case.
    #[arg(long, env = "ATHANOR_SESSION_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    session_days: u32,
    /// Networks that webhooks may reach besides the public internet, with commas between them [default: none].
    #[arg(long, env = "ATHANOR_WEBHOOK_NETWORKS", value_name = "NETWORKS")]
    webhook_networks: Option<String>,
    /// Largest upload in megabytes.
    #[arg(long, env = "ATHANOR_MAX_UPLOAD_MB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    max_upload_mb: u64,
    /// Signs the tokens, at least 32 bytes. A random one is made and kept in the data directory when absent.
    #[arg(long = "jwt-secret", env = "JWT_SECRET", hide_env_values = true, hide = true)]
    jwt_secret: Option<String>,
    /// What JWT_SECRET was before: tokens that it signed are still read.
    #[arg(long = "jwt-secret-previous", env = "JWT_SECRET_PREVIOUS", hide_env_values = true, hide = true)]
    jwt_secret_previous: Option<String>,
}

fn registration(text: &str) -> Result<RegistrationMode, String> {
    RegistrationMode::parse(text).ok_or_else(|| "say open, invite or closed".to_owned())
}

impl PlatformFlags {
    /// Largest body of an upload.
    pub fn max_upload_bytes(&self) -> u64 {
        self.max_upload_mb * 1_000_000
    }

    /// Whether other processes may work on the same database.
    pub fn is_shared(&self) -> bool {
        self.database_url().is_some()
    }

    fn database_url(&self) -> Option<&String> {
        self.database_url.as_ref().filter(|url| !url.is_empty())
    }

    fn webhook_networks(&self) -> anyhow::Result<Vec<IpNet>> {
        let named = self.webhook_networks.as_deref().unwrap_or_default();
        networks::list(named).map_err(|why| anyhow!("ATHANOR_WEBHOOK_NETWORKS: {why}"))
    }

    /// Opens the platform. Training has not begun.
    ///
    /// # Errors
    /// A sentence for whoever starts the process.
    pub async fn open(&self) -> anyhow::Result<Platform> {
        Ok(Platform::open(self.config()?, Arc::new(EnginePredictor::default())).await?)
    }

    fn config(&self) -> anyhow::Result<Config> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let executable = std::env::current_exe().context("could not find the path of this executable")?;
        Ok(Config {
            data_dir: self.data_dir.clone(),
            database_url: self.database_url().cloned(),
            slots: self.slots.map_or(cores, usize::from),
            jobs_per_user: self.jobs_per_user,
            max_run: self.max_run_hours.map(|hours| Duration::from_hours(hours.into())),
            job_memory_bytes: self.job_memory_mb.map(|megabytes| megabytes << 20),
            checkpoint_every: Duration::from_secs(self.checkpoint_seconds.into()),
            keep_checkpoints: self.keep_checkpoints,
            updates_per_second: self.updates_per_second,
            retention: Retention {
                metrics: self.keep_metrics_days.map(days),
                checkpoints: self.keep_checkpoints_days.map(days),
            },
            lease: Duration::from_secs(self.lease_seconds.into()),
            trainer: vec![executable.into_os_string(), OsString::from("trainer")],
            jwt_secret: self.jwt_secret.clone().filter(|secret| !secret.is_empty()),
            jwt_secret_previous: self.jwt_secret_previous.clone().filter(|secret| !secret.is_empty()),
            bcrypt_cost: self.bcrypt_cost,
            session_idle_days: self.session_idle_days,
            registration: self.registration,
            session_days: self.session_days,
            webhook_networks: self.webhook_networks()?,
            max_upload_bytes: self.max_upload_bytes(),
        })
    }
}

fn days(days: u32) -> Duration {
    Duration::from_hours(u64::from(days) * 24)
}
