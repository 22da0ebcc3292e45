//! Opening the database and bringing its schema up to date.

use std::{path::Path, str::FromStr, time::Duration};

use sqlx::{
    Connection, PgPool, SqlitePool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Db, schema};
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

/// Above this a check of the whole file would hold up a start for seconds.
const CHECKED_BYTES: u64 = 256 << 20;

impl Db {
    /// Opens (or makes) the file at `path` and brings its schema up to date. One that is damaged, or made by a newer
    /// Athanor, is refused before a byte of it is written.
    pub(crate) async fn open_sqlite(path: &Path) -> Result<Self, Error> {
        require_sound_file(path).await?;
        let db = Self::connect_sqlite(path).await?;
        db.migrate(None).await?;
        Ok(db)
    }

    /// Opens (or makes) the file at `path` as it is.
    pub(crate) async fn connect_sqlite(path: &Path) -> Result<Self, Error> {
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
        // A reader that optimizes is refused, and sqlx then closes it later than it says: after the writer, who would have put
        // the log into the file.
        let options = options.read_only(true).optimize_on_close(false, None);
        let read = pool().max_connections(READERS).connect_with(options).await?;
        Ok(Self::Sqlite { read, write })
    }

    /// Reads the file at `path` beside whoever writes it. `undisturbed` when nobody does: then SQLite does not even make
    /// the files that readers and writers share.
    pub(crate) async fn read_sqlite(path: &Path, undisturbed: bool) -> Result<Self, Error> {
        let options =
            SqliteConnectOptions::new().filename(path).read_only(true).immutable(undisturbed).busy_timeout(PATIENCE);
        let pool = SqlitePoolOptions::new().max_connections(2).acquire_timeout(PATIENCE);
        let read = pool.connect_with(options).await?;
        Ok(Self::Sqlite { write: read.clone(), read })
    }

    /// Connects to `postgres://user:password@host/database` and brings its schema up to date.
    pub(crate) async fn open_postgres(url: &str) -> Result<Self, Error> {
        let db = Self::connect_postgres(url, &POSTGRES_OPTIONS).await?;
        db.schema().await?.usable()?;
        db.migrate(None).await?;
        Ok(db)
    }

    /// Connects for reading alone, with as much time as it takes.
    pub(crate) async fn read_postgres(url: &str) -> Result<Self, Error> {
        Self::connect_postgres(url, &[("default_transaction_read_only", "on")]).await
    }

    /// Connects to a database as it is.
    pub(crate) async fn connect_postgres(url: &str, settings: &[(&str, &str)]) -> Result<Self, Error> {
        let refuse = |error: sqlx::Error| Error::Setup(format!("DATABASE_URL cannot be used: {error}"));
        let options = PgConnectOptions::from_str(url).map_err(refuse)?;
        let options = options.application_name("athanor").options(settings.iter().copied());
        let pool: PgPool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_with(options)
            .await
            .map_err(refuse)?;
        Ok(Self::Postgres(pool))
    }

    /// Brings the schema up to date, or up to the step of that number.
    pub(crate) async fn migrate(&self, to: Option<i64>) -> Result<(), Error> {
        migrated(match (self, to) {
            (Self::Sqlite { write, .. }, None) => SQLITE.run(write).await,
            (Self::Sqlite { write, .. }, Some(step)) => SQLITE.run_to(step, write).await,
            (Self::Postgres(pool), None) => POSTGRES.run(pool).await,
            (Self::Postgres(pool), Some(step)) => POSTGRES.run_to(step, pool).await,
        })
    }

    /// The steps that this executable knows.
    pub(super) fn migrator(&self) -> &'static Migrator {
        match self {
            Self::Sqlite { .. } => &SQLITE,
            Self::Postgres(_) => &POSTGRES,
        }
    }
}

/// Refuses a file that is damaged or from the future. Reads only, and makes no file beside it unless a predecessor that
/// died has left one.
async fn require_sound_file(path: &Path) -> Result<(), Error> {
    let bytes = match std::fs::metadata(path) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::storage(format!("look at the database {}", path.display()))(error)),
    };
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let undisturbed = !Path::new(&log).exists();
    let checked = async {
        let db = Db::read_sqlite(path, undisturbed).await?;
        if bytes < CHECKED_BYTES {
            let found = db.damage(false).await?;
            if let Some(first) = found.first() {
                return Err(damaged(path, first));
            }
        }
        let schema = db.schema().await;
        db.close().await;
        schema
    };
    match checked.await {
        Ok(schema) => schema.usable().map(|_| ()),
        Err(Error::Database(error)) if is_damage(&error) => Err(damaged(path, &error.to_string())),
        Err(error) => Err(error),
    }
}

/// SQLite's `SQLITE_CORRUPT` and `SQLITE_NOTADB`, with what they may be extended by.
fn is_damage(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 11 | 26))
}

fn damaged(path: &Path, found: &str) -> Error {
    let found = found.lines().next().unwrap_or_default();
    Error::Setup(format!(
        "the database {} is damaged ({found}); nothing was changed: move the data directory aside and restore a backup \
         (`athanor admin restore FILE --data-dir NEW`)",
        path.display()
    ))
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
        Err(MigrateError::VersionMissing(version)) => Err(schema::newer(version)),
        Err(MigrateError::VersionMismatch(version)) => Err(schema::altered(version)),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use super::Db;
    use crate::db::sql;

    /// Whoever is closed last puts the log into the file; a reader cannot, and what it leaves behind is lost when the file
    /// gets another name, as in a restore.
    #[tokio::test]
    async fn readers_are_closed_before_the_writer() {
        let directory = tempfile::tempdir().unwrap();
        let db = Db::connect_sqlite(&directory.path().join("test.db")).await.unwrap();
        db.migrate(None).await.unwrap();
        let Db::Sqlite { read, .. } = &db else { unreachable!("it was opened as SQLite") };
        read.acquire().await.unwrap().close().await.unwrap();
        db.close().await;
        let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(left, ["test.db"]);
    }

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
