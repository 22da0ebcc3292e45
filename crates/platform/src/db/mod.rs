//! The database: SQLite in the data directory, or PostgreSQL when several machines share the work. How it is opened, its
//! transactions and locks. Statements are in each room's `sql.rs`, written once for both engines.

mod open;
mod rows;
mod schema;
mod statement;

use std::time::Instant;

use serde::{Serialize, de::DeserializeOwned};
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};
use uuid::Uuid;

pub(crate) use rows::{Kind, insert_statement, select_statement};
pub(crate) use schema::Schema;
pub(crate) use statement::{Lane, Statement, Value, sql, sql_list, sql_rows};

use crate::{Error, metrics};

/// A cheap handle. `&Db` reads; what is written goes through [`Db::begin`] or [`Db::writer`].
#[derive(Clone, Debug)]
pub(crate) enum Db {
    /// WAL lets readers go on while the one writer writes, so writes have a connection of their own and never meet
    /// `SQLITE_BUSY` from each other. `synchronous=FULL`: what was acknowledged survives a power cut.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
    },
    Postgres(PgPool),
}

/// A transaction; rolled back when dropped.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// What only one transaction may hold at a time, where transactions run side by side.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lock {
    /// Deciding which job comes next.
    Queue,
    /// Deciding who is the first user, and whether an admin is left.
    Admins,
}

impl Db {
    /// A write transaction. On SQLite it takes the write lock at once, so that it cannot fail half way for a reader turned
    /// writer, and no two run side by side.
    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        let asked = Instant::now();
        let db = self.clone();
        let transaction = whole(async move {
            Ok(match db {
                Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
                Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
            })
        })
        .await?;
        metrics::DATABASE_WAIT.observe(asked.elapsed().as_secs_f64());
        Ok(transaction)
    }

    /// Everything read through it is of one moment.
    pub(crate) async fn snapshot(&self) -> Result<Tx, Error> {
        let asked = Instant::now();
        let db = self.clone();
        let transaction = whole(async move {
            Ok(match db {
                Self::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?),
                Self::Postgres(pool) => {
                    Tx::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
                }
            })
        })
        .await?;
        metrics::DATABASE_WAIT.observe(asked.elapsed().as_secs_f64());
        Ok(transaction)
    }

    /// For single statements that write.
    pub(crate) fn writer(&self) -> Lane<'_> {
        match self {
            Self::Sqlite { write, .. } => Lane::SqlitePool(write),
            Self::Postgres(pool) => Lane::PostgresPool(pool),
        }
    }

    /// Whether other processes may work on the same database.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// What is wrong with the file or with the rows in it, a line each. `whole` looks at indexes and references too.
    /// PostgreSQL looks after itself: with it only the references that it enforces would be found.
    pub(crate) async fn damage(&self, whole: bool) -> Result<Vec<String>, Error> {
        if self.is_shared() {
            return Ok(Vec::new());
        }
        let check = if whole { sql("PRAGMA integrity_check(20)") } else { sql("PRAGMA quick_check(1)") };
        let mut found: Vec<String> = check.scalars(self).await?;
        found.retain(|line| line != "ok");
        if whole && found.is_empty() {
            let rows: Vec<(String, String)> =
                sql("SELECT \"table\", \"parent\" FROM pragma_foreign_key_check LIMIT 20").all(self).await?;
            found.extend(rows.iter().map(|(table, parent)| format!("a row of {table} refers to no row of {parent}")));
        }
        Ok(found)
    }

    /// "sqlite" or "postgresql".
    pub(crate) fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres(_) => "postgresql",
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Does it to its end, also when whoever waits for it goes away. sqlx forgets a transaction that is dropped while it begins
/// (0.9.0, PostgreSQL): the connection goes back to its pool within that transaction, and whoever is given it next reads
/// what was true then, and writes what nobody commits.
async fn whole<T: Send + 'static>(work: impl Future<Output = Result<T, Error>> + Send + 'static) -> Result<T, Error> {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => Err(Error::Internal(error.to_string())),
        // The process ends, and its database is closed to everybody.
        Err(_) => Err(sqlx::Error::PoolClosed.into()),
    }
}

impl<'a> From<&'a Db> for Lane<'a> {
    fn from(db: &'a Db) -> Self {
        match db {
            Db::Sqlite { read, .. } => Self::SqlitePool(read),
            Db::Postgres(pool) => Self::PostgresPool(pool),
        }
    }
}

impl<'a> From<&'a mut Tx> for Lane<'a> {
    fn from(transaction: &'a mut Tx) -> Self {
        match transaction {
            Tx::Sqlite(transaction) => Self::Sqlite(transaction),
            Tx::Postgres(transaction) => Self::Postgres(transaction),
        }
    }
}

impl Tx {
    pub(crate) async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }

    /// Until the end of the transaction nobody else passes this. SQLite has one writer anyway.
    pub(crate) async fn lock(&mut self, lock: Lock) -> Result<(), Error> {
        if let Self::Postgres(transaction) = self {
            let number: i64 = match lock {
                Lock::Queue => 7_301,
                Lock::Admins => 7_302,
            };
            sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(number).execute(&mut **transaction).await?;
        }
        Ok(())
    }

    /// Lifts the limits that a statement of a request has, until the end of the transaction.
    pub(crate) async fn take_your_time(&mut self) -> Result<(), Error> {
        for setting in ["statement_timeout", "idle_in_transaction_session_timeout"] {
            self.on_postgres(sql("SELECT set_config($1, '0', TRUE)").bind(setting)).await?;
        }
        Ok(())
    }

    /// Runs a statement that only PostgreSQL needs, such as `SELECT ... FOR UPDATE`: SQLite has one writer anyway.
    pub(crate) async fn on_postgres(&mut self, statement: Statement) -> Result<(), Error> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(transaction) => statement.execute(Lane::Postgres(transaction)).await.map(|_| ()),
        }
    }
}

/// What lower-case text has to be LIKE (with `ESCAPE '\\'`) so that it contains `text`, in any case.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
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

#[cfg(test)]
mod tests {
    use super::whole;
    use crate::Error;

    #[test]
    fn what_begins_while_the_process_ends_finds_the_database_closed() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let handle = runtime.handle().clone();
        drop(runtime);
        let _entered = handle.enter();
        let refused = futures::executor::block_on(whole(async { Ok(()) })).unwrap_err();
        assert!(matches!(refused, Error::Database(_)), "{refused}");
    }
}
