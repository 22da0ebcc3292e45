//! The handle that every use case takes, and the owner of what runs in the background.

use std::{ops::Deref, sync::Arc};

use domain::job::Device;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    Config, Error, agent,
    blob::DataDir,
    datasets,
    db::Db,
    events::Hub,
    jobs,
    models::{self, Predictor},
    queue::{self, Wake},
    users, webhooks,
};

/// A cheap handle: clone it freely.
#[derive(Clone)]
pub struct Platform(Arc<Inner>);

/// What the rooms share. Public within the crate only.
pub struct Inner {
    pub(crate) config: Config,
    pub(crate) db: Db,
    pub(crate) data: DataDir,
    pub(crate) hub: Hub,
    pub(crate) wake: Wake,
    pub(crate) predictor: Arc<dyn Predictor>,
    pub(crate) credentials: users::Credentials,
    pub(crate) throttle: users::Throttle,
    pub(crate) sender: Arc<webhooks::Sender>,
    /// Rings when a message to a webhook is written down.
    pub(crate) letters: Notify,
    /// Who holds the leases of this process: fresh at each start, so that a restarted agent is not its predecessor.
    pub(crate) agent_id: Uuid,
}

impl Deref for Platform {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// What `GET /api/health` tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    pub database: bool,
    pub queued: u64,
    pub running: u64,
    pub slots: u64,
}

impl Platform {
    /// Opens the data directory (making it when absent), brings the schema up to date, installs the sample datasets and
    /// puts the jobs of a dead predecessor back into the queue.
    pub async fn open(config: Config, predictor: Arc<dyn Predictor>) -> Result<Self, Error> {
        let shared = config.database_url.is_some();
        let data = DataDir::open(&config.data_dir, shared)?;
        let db = match &config.database_url {
            Some(url) => Db::open_postgres(url).await?,
            None => Db::open_sqlite(&data.database()).await?,
        };
        let credentials = users::Credentials::open(&config, &data)?;
        let sender = Arc::new(webhooks::Sender::new(config.webhook_networks.clone()));
        let platform = Self(Arc::new(Inner {
            config,
            db,
            data,
            hub: Hub::default(),
            wake: Wake::default(),
            predictor,
            credentials,
            throttle: users::Throttle::default(),
            sender,
            letters: Notify::new(),
            agent_id: Uuid::new_v4(),
        }));
        platform.sweep().await?;
        datasets::install_samples(&platform).await?;
        queue::recover_orphans(&platform).await?;
        Ok(platform)
    }

    /// Removes files that belong to no row: what a predecessor was about to record when it died.
    async fn sweep(&self) -> Result<(), Error> {
        self.data.sweep_uploads().map_err(Error::storage("empty the folder of unfinished uploads"))?;
        let known = [
            ("datasets", datasets::sql::ids(&self.db).await?),
            ("jobs", jobs::sql::ids(&self.db).await?),
            ("models", models::sql::ids(&self.db).await?),
        ];
        for (folder, ids) in known {
            self.data.sweep(folder, &ids).map_err(Error::storage("remove files that belong to nothing"))?;
        }
        Ok(())
    }

    /// Starts the agent. Keep the answer: dropping it without `shutdown` kills the trainers.
    pub fn start(&self) -> Running {
        Running { platform: self.clone(), agent: agent::start(self.clone()) }
    }
}

/// Owns the background work.
pub struct Running {
    platform: Platform,
    agent: agent::Agent,
}

impl Running {
    /// Claims no more jobs, lets each trainer write a checkpoint, puts the jobs back into the queue, closes the database.
    pub async fn shutdown(self) {
        self.agent.shutdown().await;
        self.platform.db.close().await;
    }
}

/// Whether the parts work, and how busy they are.
pub async fn health(platform: &Platform) -> Health {
    let counts = queue::counts(platform).await;
    let (queued, running) = counts.as_ref().copied().unwrap_or_default();
    Health { database: counts.is_ok(), queued, running, slots: platform.config.slots as u64 }
}

/// Where models can be trained.
pub fn devices(platform: &Platform) -> Vec<Device> {
    platform.predictor.devices()
}
