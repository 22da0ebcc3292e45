//! Every statement by which an administrator's commands look at the tables and fill them.

use serde_json::Value as Json;
use sqlx::FromRow;

use super::{
    dump::{Blob, from_json},
    tables::Described,
};
use crate::{
    Error,
    db::{Db, Kind, Tx, insert_statement, sql},
};

/// Values of one statement: SQLite takes 32,766 of them, PostgreSQL 65,535.
const VALUES: usize = 8_000;

/// Whether a row still names it.
pub(super) async fn names(db: &Db, blob: &Blob) -> Result<bool, Error> {
    let statement = match blob {
        Blob::Dataset(id) => sql("SELECT EXISTS (SELECT 1 FROM datasets WHERE id = $1)").bind(id),
        Blob::Model(id) => sql("SELECT EXISTS (SELECT 1 FROM models WHERE id = $1)").bind(id),
        Blob::Checkpoint { job, path } => {
            sql("SELECT EXISTS (SELECT 1 FROM checkpoints WHERE job_id = $1 AND path = $2)").bind(job).bind(path)
        }
    };
    statement.scalar(db).await
}

/// Forgets a row whose file was gone before it could be backed up.
pub(super) async fn forget(transaction: &mut Tx, blob: &Blob) -> Result<(), Error> {
    match blob {
        Blob::Dataset(id) => {
            sql("DELETE FROM datasets WHERE id = $1").bind(id).execute(&mut *transaction).await?;
        }
        Blob::Model(id) => {
            sql("DELETE FROM models WHERE id = $1").bind(id).execute(&mut *transaction).await?;
            sql("UPDATE jobs SET model_id = NULL WHERE model_id = $1").bind(id).execute(&mut *transaction).await?;
        }
        Blob::Checkpoint { job, path } => {
            sql("DELETE FROM checkpoints WHERE job_id = $1 AND path = $2")
                .bind(job)
                .bind(path)
                .execute(&mut *transaction)
                .await?;
        }
    }
    Ok(())
}

/// Rows on their way into a table, many in one statement.
pub(super) struct Filling<'a> {
    table: &'a Described,
    kinds: Vec<Kind>,
    waiting: Vec<Vec<Json>>,
    most: usize,
    pub(super) count: u64,
}

impl<'a> Filling<'a> {
    pub(super) fn new(table: &'a Described) -> Self {
        let most = (VALUES / table.columns.len().max(1)).max(1);
        Self { table, kinds: table.kinds(), waiting: Vec::new(), most, count: 0 }
    }

    pub(super) async fn add(&mut self, transaction: &mut Tx, row: Vec<Json>) -> Result<(), Error> {
        self.waiting.push(row);
        if self.waiting.len() < self.most { Ok(()) } else { self.flush(transaction).await }
    }

    pub(super) async fn flush(&mut self, transaction: &mut Tx) -> Result<(), Error> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let columns = self.table.columns.iter().map(|(name, _)| name.as_str());
        let mut statement = insert_statement(&self.table.name, columns, self.waiting.len())?;
        let wrong = || Error::Setup(format!("a row of {} in the backup does not fit its columns", self.table.name));
        for row in self.waiting.drain(..) {
            if row.len() != self.kinds.len() {
                return Err(wrong());
            }
            for (value, kind) in row.into_iter().zip(&self.kinds) {
                statement = statement.bind(from_json(value, *kind).ok_or_else(wrong)?);
            }
        }
        self.count += statement.execute(&mut *transaction).await?;
        Ok(())
    }
}

/// A job that some agent held.
pub(super) type Held = (String, String, bool);

/// Id, state and whether somebody wants it to stop, of every job that is held.
pub(super) async fn held(transaction: &mut Tx) -> Result<Vec<Held>, Error> {
    sql("SELECT id, state, stop_requested FROM jobs WHERE state IN ('STARTING', 'LOADING', 'RUNNING') ORDER BY id")
        .all(&mut *transaction)
        .await
}

/// Users, and admins among them.
pub(super) async fn people(db: &Db) -> Result<(i64, i64), Error> {
    sql("SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM users WHERE role = 'admin')").one(db).await
}

/// What a row says of a dataset's file.
#[derive(Clone, Debug, FromRow)]
pub(super) struct DatasetFile {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) size_bytes: i64,
    pub(super) sha256: String,
}

pub(super) async fn datasets(db: &Db) -> Result<Vec<DatasetFile>, Error> {
    sql("SELECT id, name, size_bytes, sha256 FROM datasets ORDER BY id").all(db).await
}

/// What a row says of a model's files: the size of the bundle, the hash of the weights.
#[derive(Clone, Debug, FromRow)]
pub(super) struct ModelFiles {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) size_bytes: i64,
    pub(super) sha256: String,
}

pub(super) async fn models(db: &Db) -> Result<Vec<ModelFiles>, Error> {
    sql("SELECT id, name, size_bytes, sha256 FROM models ORDER BY id").all(db).await
}

/// Job and path of every checkpoint.
pub(super) async fn checkpoints(db: &Db) -> Result<Vec<(String, String)>, Error> {
    sql("SELECT job_id, path FROM checkpoints ORDER BY job_id, step").all(db).await
}
