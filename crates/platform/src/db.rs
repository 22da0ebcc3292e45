//! The SQLite file: how it is opened, and the two pools. Statements are in each room's `sql.rs`.

use std::{path::Path, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use sqlx::{
    Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use uuid::Uuid;

use crate::Error;

/// WAL lets readers go on while the one writer writes, so writes have a connection of their own and never meet
/// `SQLITE_BUSY` from each other. `synchronous=FULL`: what was acknowledged survives a power cut.
#[derive(Clone, Debug)]
pub(crate) struct Db {
    pub(crate) read: SqlitePool,
    write: SqlitePool,
}

impl Db {
    /// Opens (or makes) the file and brings its schema up to date.
    pub(crate) async fn open(path: &Path) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .optimize_on_close(true, None);
        let write = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        sqlx::migrate!("migrations/sqlite").run(&write).await?;
        let read = SqlitePoolOptions::new().max_connections(4).connect_with(options.read_only(true)).await?;
        Ok(Self { read, write })
    }

    /// A write transaction. It takes the write lock at once, so that it cannot fail half way for a reader turned writer.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, Error> {
        Ok(self.write.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// For single statements that write.
    pub(crate) fn writer(&self) -> &SqlitePool {
        &self.write
    }

    /// A snapshot: everything read through it is of one moment.
    pub(crate) async fn snapshot(&self) -> Result<Transaction<'static, Sqlite>, Error> {
        Ok(self.read.begin().await?)
    }

    pub(crate) async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// Reads an id as tables store it.
pub(crate) fn parse_id(text: &str) -> Result<Uuid, Error> {
    Uuid::try_parse(text).map_err(|_| Error::Internal(format!("stored id {text:?} is not a UUID")))
}

/// Reads a nested value as tables store it; `what` is "profile", "spec", ...
pub(crate) fn parse_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|source| Error::Stored { what, source })
}

/// The reverse of [`parse_json`].
pub(crate) fn to_json(what: &'static str, value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|source| Error::Stored { what, source })
}
