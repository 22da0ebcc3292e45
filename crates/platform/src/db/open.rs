//! Opening the database and bringing its schema up to date.

use std::{path::Path, str::FromStr, time::Duration};

use sqlx::{
    Connection, PgPool, SqlitePool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::Db;
use crate::Error;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// A request that finds no connection for this long is answered that the database is not available.
const PATIENCE: Duration = Duration::from_secs(5);
const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;
/// A statement of ours takes milliseconds: one that takes this long stands behind something that is broken.
const POSTGRES_OPTIONS: [(&str, &str); 3] =
    [("statement_timeout", "30s"), ("lock_timeout", "10s"), ("idle_in_transaction_session_timeout", "30s")];
/// Older ones can corrupt a file in WAL mode (fixed in 3.51.3).
const SOUND_SQLITE: (u32, u32, u32) = (3, 51, 3);

impl Db {
    /// Opens (or makes) the file at `path`.
    pub(crate) async fn open_sqlite(path: &Path) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .pragma("journal_size_limit", "67108864")
            .optimize_on_close(true, None);
        let pool = || SqlitePoolOptions::new().acquire_timeout(PATIENCE);
        // A full disk makes SQLite roll back by itself; sqlx still counts the transaction, and refuses to begin another one
        // on that connection, for ever. Such a connection is replaced.
        let write = pool()
            .max_connections(1)
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_with(options.clone())
            .await?;
        require_sound_sqlite(&write).await?;
        migrated(SQLITE.run(&write).await)?;
        let read = pool().max_connections(READERS).connect_with(options.read_only(true)).await?;
        Ok(Self::Sqlite { read, write })
    }

    /// Connects to `postgres://user:password@host/database`.
    pub(crate) async fn open_postgres(url: &str) -> Result<Self, Error> {
        let refuse = |error: sqlx::Error| Error::Setup(format!("DATABASE_URL cannot be used: {error}"));
        let options = PgConnectOptions::from_str(url).map_err(refuse)?;
        let options = options.application_name("athanor").options(POSTGRES_OPTIONS);
        let pool: PgPool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_with(options)
            .await
            .map_err(refuse)?;
        migrated(POSTGRES.run(&pool).await)?;
        Ok(Self::Postgres(pool))
    }
}

async fn require_sound_sqlite(pool: &SqlitePool) -> Result<(), Error> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(pool).await?;
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    if (next(), next(), next()) < SOUND_SQLITE {
        return Err(Error::Setup(format!("SQLite {version} may corrupt the database; build with 3.51.3 or newer")));
    }
    Ok(())
}

fn migrated(done: Result<(), MigrateError>) -> Result<(), Error> {
    match done {
        Err(MigrateError::VersionMissing(version)) => Err(Error::Setup(format!(
            "the database has schema {version}, made by a newer Athanor; start that one, or restore a backup"
        ))),
        Err(MigrateError::VersionMismatch(version)) => Err(Error::Setup(format!(
            "step {version} of the database's schema is not the one that this Athanor knows; restore a backup, or start \
             the version that made it"
        ))),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use super::Db;
    use crate::db::sql;

    #[tokio::test]
    async fn a_transaction_that_sqlite_rolled_back_by_itself_does_not_block_the_next() {
        let directory = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&directory.path().join("test.db")).await.unwrap();
        let mut transaction = db.begin().await.unwrap();
        // What a full disk does.
        sql("ROLLBACK").execute(&mut transaction).await.unwrap();
        assert!(transaction.commit().await.is_err());
        db.begin().await.unwrap().commit().await.unwrap();
        sql("INSERT INTO users (id, email, email_key, username, password_hash, role, created_at) \
             VALUES ('a', 'a', 'a', 'a', 'a', 'member', 1)")
        .execute(db.writer())
        .await
        .unwrap();
    }
}
