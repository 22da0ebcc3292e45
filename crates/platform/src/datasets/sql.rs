//! Every statement on `datasets`.

use domain::{
    DatasetId, Principal, Timestamp, UserId,
    dataset::{DatasetFormat, DatasetProfile, DatasetView},
};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::{
    Error,
    db::{Db, Lane, Statement, Tx, parse_id, parse_json, sql, sql_list, to_json},
    page::{Listed, Name},
    shares::sql::{shared_with, visible},
};

#[derive(FromRow)]
struct DatasetRow {
    id: String,
    owner_id: Option<String>,
    name: String,
    file_name: String,
    format: String,
    gzip: bool,
    size_bytes: i64,
    sha256: String,
    profile: String,
    created_at: i64,
}

impl DatasetRow {
    fn into_view(self) -> Result<DatasetView, Error> {
        let format = DatasetFormat::parse(&self.format)
            .ok_or_else(|| Error::Internal(format!("stored format {:?} is unknown", self.format)))?;
        Ok(DatasetView {
            id: DatasetId(parse_id(&self.id)?),
            name: self.name,
            file_name: self.file_name,
            format,
            gzip: self.gzip,
            size_bytes: self.size_bytes as u64,
            sha256: self.sha256,
            sample: self.owner_id.is_none(),
            created_at: Timestamp(self.created_at),
            // One that cannot be read must not hide the others, nor itself from being deleted.
            profile: parse_json("profile", &self.profile).unwrap_or_else(|error| {
                tracing::error!(
                    dataset = self.id,
                    error = &error as &dyn std::error::Error,
                    "a profile cannot be read"
                );
                DatasetProfile::default()
            }),
        })
    }
}

macro_rules! columns {
    () => {
        "id, owner_id, name, file_name, format, gzip, size_bytes, sha256, profile, created_at"
    };
}

pub(super) async fn insert(
    executor: impl Into<Lane<'_>>,
    view: &DatasetView,
    owner: Option<UserId>,
) -> Result<(), Error> {
    sql(concat!("INSERT INTO datasets (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"))
        .bind(view.id)
        .bind(owner)
        .bind(&view.name)
        .bind(&view.file_name)
        .bind(view.format.as_str())
        .bind(view.gzip)
        .bind(view.size_bytes)
        .bind(&view.sha256)
        .bind(to_json("profile", &view.profile)?)
        .bind(view.created_at.0)
        .execute(executor)
        .await?;
    Ok(())
}

/// Newest first, then the samples by name.
macro_rules! order {
    () => {
        " ORDER BY owner_id IS NULL, CASE WHEN owner_id IS NULL THEN name END, id DESC"
    };
}

/// What comes after a place: `$2` is the id and `$3`, if it is a sample, the name.
macro_rules! after {
    () => {
        "coalesce($2 IS NULL OR ($3 IS NULL AND (owner_id IS NULL OR id < $2)) OR (owner_id IS NULL AND name > $3), FALSE)"
    };
}

/// The list of datasets.
pub(super) struct Datasets;

/// The name of a sample, and the id.
#[derive(Serialize, Deserialize)]
pub(super) struct Place(Option<String>, DatasetId);

impl Listed for Datasets {
    type Item = DatasetView;
    type Place = Place;

    const NAME: &'static str = "datasets";

    fn id_of(item: &DatasetView) -> String {
        item.id.to_string()
    }

    fn place_of(item: &DatasetView) -> Place {
        Place(item.sample.then(|| item.name.clone()), item.id)
    }

    async fn page(
        db: &Db,
        owner: Option<UserId>,
        after: Option<&Place>,
        limit: u32,
    ) -> Result<Vec<DatasetView>, Error> {
        // Profiles are long: only those of the page are read.
        let query = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM datasets WHERE id IN (SELECT id FROM datasets WHERE ",
            visible!(datasets, "$1"),
            " AND ",
            after!(),
            order!(),
            " LIMIT $4)",
            order!()
        ));
        views(at(query, owner, after).bind(limit).all(db).await?)
    }

    async fn count(db: &Db, owner: Option<UserId>) -> Result<u64, Error> {
        let count: i64 = sql(concat!("SELECT count(*) FROM datasets WHERE ", visible!(datasets, "$1")))
            .bind(owner)
            .scalar(db)
            .await?;
        Ok(count as u64)
    }

    async fn names(db: &Db, owner: Option<UserId>, after: Option<&Place>) -> Result<Vec<Name>, Error> {
        let query =
            sql(concat!("SELECT id, name, ", after!(), " FROM datasets WHERE ", visible!(datasets, "$1"), order!()));
        at(query, owner, after).all(db).await
    }

    async fn some(db: &Db, ids: &[String]) -> Result<Vec<DatasetView>, Error> {
        let list = sql_list(concat!("SELECT ", columns!(), " FROM datasets WHERE id IN"), 1, ids.len(), "");
        views(ids.iter().fold(list, Statement::bind).all(db).await?)
    }
}

/// With the values of `visible!` and `after!`.
fn at(query: Statement, owner: Option<UserId>, after: Option<&Place>) -> Statement {
    let sample = after.and_then(|Place(sample, _)| sample.clone());
    query.bind(owner).bind(after.map(|Place(_, id)| *id)).bind(sample)
}

fn views(rows: Vec<DatasetRow>) -> Result<Vec<DatasetView>, Error> {
    rows.into_iter().map(DatasetRow::into_view).collect()
}

/// All of them.
pub(super) async fn all(db: &Db, principal: &Principal) -> Result<Vec<DatasetView>, Error> {
    let query = sql(concat!("SELECT ", columns!(), " FROM datasets WHERE ", visible!(datasets, "$1"), order!()));
    views(query.bind(principal.sees_only()).all(db).await?)
}

/// How many of them are no samples.
pub(super) async fn uploaded(db: &Db, principal: &Principal) -> Result<u64, Error> {
    let query = sql("SELECT count(*) FROM datasets WHERE owner_id IS NOT NULL AND ($1 IS NULL OR owner_id = $1)");
    Ok(query.bind(principal.sees_only()).scalar::<i64>(db).await? as u64)
}

/// A dataset that the caller may see.
pub(crate) async fn find(
    executor: impl Into<Lane<'_>>,
    principal: &Principal,
    id: DatasetId,
) -> Result<Option<DatasetView>, Error> {
    let row: Option<DatasetRow> =
        sql(concat!("SELECT ", columns!(), " FROM datasets WHERE id = $1 AND ", visible!(datasets, "$2")))
            .bind(id)
            .bind(principal.sees_only())
            .optional(executor)
            .await?;
    row.map(DatasetRow::into_view).transpose()
}

/// The caller's newest of that name, then a sample, then anybody's newest that the caller may see.
pub(super) async fn find_by_name(db: &Db, principal: &Principal, name: &str) -> Result<Option<DatasetView>, Error> {
    let row: Option<DatasetRow> = sql(concat!(
        "SELECT ",
        columns!(),
        " FROM datasets WHERE name = $1 AND ",
        visible!(datasets, "$2"),
        " ORDER BY owner_id IS DISTINCT FROM $3, owner_id IS NOT NULL, id DESC LIMIT 1"
    ))
    .bind(name)
    .bind(principal.sees_only())
    .bind(principal.user_id)
    .optional(db)
    .await?;
    row.map(DatasetRow::into_view).transpose()
}

/// Id and hash of the sample of that name.
pub(super) async fn find_sample(db: &Db, name: &str) -> Result<Option<(DatasetId, String)>, Error> {
    let row: Option<(String, String)> =
        sql("SELECT id, sha256 FROM datasets WHERE owner_id IS NULL AND name = $1").bind(name).optional(db).await?;
    row.map(|(id, sha256)| Ok((DatasetId(parse_id(&id)?), sha256))).transpose()
}

/// What the agent needs, whoever owns it.
pub(crate) async fn find_for_agent(db: &Db, id: DatasetId) -> Result<Option<DatasetView>, Error> {
    let row: Option<DatasetRow> =
        sql(concat!("SELECT ", columns!(), " FROM datasets WHERE id = $1")).bind(id).optional(db).await?;
    row.map(DatasetRow::into_view).transpose()
}

/// Whose it is; `None` for a sample, and when there is none.
pub(super) async fn owner(transaction: &mut Tx, id: DatasetId) -> Result<Option<UserId>, Error> {
    let owner: Option<Option<String>> =
        sql("SELECT owner_id FROM datasets WHERE id = $1").bind(id).optional_scalar(&mut *transaction).await?;
    owner.flatten().map(|id| parse_id(&id).map(UserId)).transpose()
}

pub(super) async fn delete(transaction: &mut Tx, id: DatasetId) -> Result<(), Error> {
    sql("DELETE FROM datasets WHERE id = $1").bind(id).execute(&mut *transaction).await?;
    Ok(())
}

/// Every id, to tell which files belong to nobody.
pub(crate) async fn ids(db: &Db) -> Result<Vec<String>, Error> {
    sql("SELECT id FROM datasets").scalars(db).await
}

/// Until the end of the transaction this dataset is not deleted.
pub(crate) async fn hold(transaction: &mut Tx, id: DatasetId) -> Result<(), Error> {
    transaction.on_postgres(sql("SELECT 1 FROM datasets WHERE id = $1 FOR UPDATE").bind(id)).await
}
