//! A platform on a directory and a database of its own, with the scripted trainer.

use std::{
    ffi::OsString,
    ops::Deref,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use domain::{
    ApiError, ErrorCode, JobId, Principal,
    access::RegistrationMode,
    dataset::DatasetView,
    job::{JobState, JobStatus, TrainingRequest},
    model::{Prediction, Row},
    user::Registration,
};
use futures::stream;
use platform::{
    Config, Error, Platform, Running, admin::Site, datasets, jobs, models::Predictor, users, users::Origin,
};
use tempfile::TempDir;

use crate::postgres;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Makes a test of each function for both engines.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::harness::Engine::Sqlite).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::harness::Engine::Postgres).await;
            })*
        }
    };
}
pub(crate) use on_both;

/// Answers nothing: no test here asks a model.
struct NoPredictor;

impl Predictor for NoPredictor {
    fn predict(&self, _model_dir: &Path, _rows: &[Row]) -> Result<Vec<Prediction>, ApiError> {
        Err(ApiError::internal())
    }
}

/// A place to work in. Several platforms may be opened on one that has PostgreSQL.
pub struct Place {
    directory: TempDir,
    url: Option<String>,
}

impl Place {
    pub fn new(engine: Engine) -> Self {
        let url = (engine == Engine::Postgres).then(postgres::database);
        Self { directory: tempfile::tempdir().unwrap(), url }
    }

    pub fn config(&self) -> Config {
        Config {
            data_dir: self.directory.path().to_owned(),
            database_url: self.url.clone(),
            slots: 2,
            jobs_per_user: None,
            max_run: None,
            job_memory_bytes: None,
            checkpoint_every: Duration::from_secs(30),
            keep_checkpoints: 2,
            updates_per_second: 20,
            retention: jobs::Retention::default(),
            lease: Duration::from_secs(3),
            trainer: vec![OsString::from(env!("CARGO_BIN_EXE_scripted-trainer"))],
            jwt_secret: None,
            jwt_secret_previous: None,
            bcrypt_cost: 4,
            session_days: 2,
            session_idle_days: 1,
            registration: RegistrationMode::Open,
            webhook_networks: Vec::new(),
            max_upload_bytes: 1_000_000,
        }
    }

    /// Changes the database behind the platform's back.
    pub async fn execute(&self, statement: &'static str) {
        if let Some(url) = &self.url {
            let pool = sqlx::PgPool::connect(url).await.unwrap();
            sqlx::query(statement).execute(&pool).await.unwrap();
        } else {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.directory.path().join("athanor.db"));
            let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
            sqlx::query(statement).execute(&pool).await.unwrap();
            pool.close().await;
        }
    }

    /// What stands in the one column of text of every row that a statement finds.
    pub async fn texts(&self, statement: &'static str) -> Vec<String> {
        if let Some(url) = &self.url {
            let pool = sqlx::PgPool::connect(url).await.unwrap();
            sqlx::query_scalar(statement).fetch_all(&pool).await.unwrap()
        } else {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.directory.path().join("athanor.db"));
            let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
            let found = sqlx::query_scalar(statement).fetch_all(&pool).await.unwrap();
            pool.close().await;
            found
        }
    }

    /// For an administrator's commands.
    pub fn site(&self) -> Site {
        let Config { data_dir, database_url, .. } = self.config();
        Site { data_dir, database_url }
    }

    /// Opens it as a start does; gives what a start would say.
    pub async fn try_open(&self) -> Result<Platform, Error> {
        Platform::open(self.config(), Arc::new(NoPredictor)).await
    }

    pub async fn open(&self) -> Platform {
        self.open_with(|_| {}).await
    }

    pub async fn open_with(&self, change: impl FnOnce(&mut Config)) -> Platform {
        let mut config = self.config();
        change(&mut config);
        Platform::open(config, Arc::new(NoPredictor)).await.unwrap()
    }
}

/// A platform whose agent runs, and somebody with a dataset.
pub struct World {
    pub place: Place,
    pub platform: Platform,
    running: Option<Running>,
    pub ada: Person,
}

impl World {
    pub async fn new(engine: Engine) -> Self {
        Self::with(engine, |_| {}).await
    }

    pub async fn with(engine: Engine, change: impl FnOnce(&mut Config)) -> Self {
        let place = Place::new(engine);
        let platform = place.open_with(change).await;
        let ada = Person::new(&platform, "ada").await;
        let running = Some(platform.start());
        Self { place, platform, running, ada }
    }

    /// Stopped as a service manager does, and opened again without an agent.
    pub async fn reopened(self) -> Self {
        let Self { place, platform, running, ada } = self;
        if let Some(running) = running {
            running.shutdown().await;
        }
        drop(platform);
        let platform = place.open().await;
        Self { place, platform, running: None, ada }
    }

    /// Starts the agent of a world that was opened again.
    pub fn start(&mut self) {
        self.running = Some(self.platform.start());
    }

    /// The job once it is in `state`.
    pub async fn wait_for(&self, job: JobId, state: JobState) -> JobStatus {
        wait_for(&self.platform, &self.ada, job, state).await
    }

    pub async fn log(&self, job: JobId) -> Vec<String> {
        let lines = jobs::logs(&self.platform, &self.ada, job, 0).await.unwrap();
        lines.into_iter().map(|line| line.text).collect()
    }
}

/// The job once it is in `state`; fails when it ends otherwise, or does not get there.
pub async fn wait_for(platform: &Platform, who: &Principal, job: JobId, state: JobState) -> JobStatus {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let status = jobs::get(platform, who, job).await.unwrap();
        let now = status.summary.progress.status;
        if now == state {
            return status;
        }
        assert!(!now.is_terminal(), "it ended otherwise: {:#?}", status.summary.progress);
        assert!(Instant::now() < deadline, "it is not {state} yet: {:#?}", status.summary.progress);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Somebody signed in, with a dataset.
pub struct Person {
    pub principal: Principal,
    pub dataset: DatasetView,
}

impl Deref for Person {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.principal
    }
}

impl Person {
    pub async fn new(platform: &Platform, name: &str) -> Self {
        let principal = register(platform, name).await;
        let dataset = upload(platform, &principal, "small").await;
        Self { principal, dataset }
    }

    pub fn request(&self, script: &str) -> TrainingRequest {
        TrainingRequest {
            dataset: self.dataset.id.to_string(),
            name: Some(script.to_owned()),
            epochs: Some(5),
            ..TrainingRequest::default()
        }
    }

    pub async fn submit(&self, platform: &Platform, script: &str) -> JobId {
        jobs::submit(platform, self, self.request(script), None).await.unwrap().summary.job_id
    }
}

/// Of the machine of the server itself: whence the first account is made.
pub fn on_the_machine() -> Origin {
    Origin { here: true, ..Origin::default() }
}

/// The form of somebody who says no name.
pub fn registration(email: &str, invitation: Option<&str>) -> Registration {
    Registration {
        email: email.to_owned(),
        password: "correct horse".into(),
        name: None,
        invitation: invitation.map(str::to_owned),
    }
}

pub async fn register(platform: &Platform, name: &str) -> Principal {
    let form = Registration { name: Some(name.to_owned()), ..registration(&format!("{name}@example.org"), None) };
    let signed_in = users::register(platform, form, &on_the_machine()).await.unwrap();
    users::authenticate(platform, &signed_in.token).await.unwrap()
}

pub async fn upload(platform: &Platform, principal: &Principal, name: &str) -> DatasetView {
    let mut table = String::from("a,b,y\n");
    for row in 0..40 {
        table.push_str(&format!("{}.5,{},{}\n", row * 7 % 13, if row % 3 == 0 { "x" } else { "z" }, row % 2));
    }
    let bytes = stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from(table))]);
    let upload = datasets::receive(platform, principal, "small.csv", bytes).await.unwrap();
    datasets::store(platform, principal, upload, Some(name.to_owned())).await.unwrap()
}

/// The code of a refusal.
pub fn code<T: std::fmt::Debug>(answer: Result<T, Error>) -> ErrorCode {
    answer.expect_err("it should have been refused").api().code
}
