//! Every statement on `experiments`.

use domain::{ExperimentId, Principal, Timestamp, UserId, experiment::ExperimentView};
use sqlx::FromRow;

use crate::{
    Error,
    db::{Db, Lane, Statement, Tx, parse_id, parse_json, sql, sql_list, to_json},
    page::{Listed, Name},
    shares::sql::{shared_with, visible},
};

#[derive(FromRow)]
struct ExperimentRow {
    id: String,
    name: String,
    note: String,
    tags: String,
    jobs: i64,
    active: i64,
    created_at: i64,
    updated_at: i64,
}

/// The columns of [`ExperimentRow`], with the note or another text.
macro_rules! columns {
    ($note:literal) => {
        concat!(
            "id, name, ",
            $note,
            " AS note, tags, created_at, updated_at,
         (SELECT count(*) FROM jobs WHERE jobs.experiment_id = experiments.id) AS jobs,
         (SELECT count(*) FROM jobs WHERE jobs.experiment_id = experiments.id
             AND state IN ('QUEUED', 'STARTING', 'LOADING', 'RUNNING')) AS active"
        )
    };
}

impl ExperimentRow {
    fn into_view(self) -> Result<ExperimentView, Error> {
        Ok(ExperimentView {
            id: ExperimentId(parse_id(&self.id)?),
            name: self.name,
            note: self.note,
            tags: parse_json("tags", &self.tags)?,
            jobs: self.jobs as u64,
            active: self.active as u64,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        })
    }
}

/// What comes after a place: `$2` is the time and `$3` the id.
macro_rules! after {
    () => {
        "($2 IS NULL OR updated_at < $2 OR (updated_at = $2 AND id < $3))"
    };
}

/// The list of experiments without their notes, the one that was changed last first. `$1` is the owner, or NULL for
/// everybody's.
pub(super) struct Experiments;

impl Listed for Experiments {
    type Item = ExperimentView;
    type Place = (i64, ExperimentId);

    const NAME: &'static str = "experiments";

    fn id_of(item: &ExperimentView) -> String {
        item.id.to_string()
    }

    fn place_of(item: &ExperimentView) -> Self::Place {
        (item.updated_at.0, item.id)
    }

    async fn page(
        db: &Db,
        owner: Option<UserId>,
        after: Option<&Self::Place>,
        limit: u32,
    ) -> Result<Vec<ExperimentView>, Error> {
        let query = sql(concat!(
            "SELECT ",
            columns!("''"),
            " FROM experiments WHERE ",
            visible!(experiments, "$1"),
            " AND ",
            after!(),
            " ORDER BY updated_at DESC, id DESC LIMIT $4"
        ));
        views(at(query, owner, after).bind(limit).all(db).await?)
    }

    async fn count(db: &Db, owner: Option<UserId>) -> Result<u64, Error> {
        let query = sql(concat!("SELECT count(*) FROM experiments WHERE ", visible!(experiments, "$1")));
        Ok(query.bind(owner).scalar::<i64>(db).await? as u64)
    }

    async fn names(db: &Db, owner: Option<UserId>, after: Option<&Self::Place>) -> Result<Vec<Name>, Error> {
        let query = sql(concat!(
            "SELECT id, name, ",
            after!(),
            " FROM experiments WHERE ",
            visible!(experiments, "$1"),
            " ORDER BY updated_at DESC, id DESC"
        ));
        at(query, owner, after).all(db).await
    }

    async fn some(db: &Db, ids: &[String]) -> Result<Vec<ExperimentView>, Error> {
        let list = sql_list(concat!("SELECT ", columns!("''"), " FROM experiments WHERE id IN"), 1, ids.len(), "");
        views(ids.iter().fold(list, Statement::bind).all(db).await?)
    }
}

/// With the values of `$1`, `$2` and `$3`.
fn at(query: Statement, owner: Option<UserId>, after: Option<&(i64, ExperimentId)>) -> Statement {
    query.bind(owner).bind(after.map(|(time, _)| *time)).bind(after.map(|(_, id)| *id))
}

fn views(rows: Vec<ExperimentRow>) -> Result<Vec<ExperimentView>, Error> {
    rows.into_iter().map(ExperimentRow::into_view).collect()
}

pub(super) async fn find(
    lane: impl Into<Lane<'_>>,
    principal: &Principal,
    id: ExperimentId,
) -> Result<Option<ExperimentView>, Error> {
    let row: Option<ExperimentRow> =
        sql(concat!("SELECT ", columns!("note"), " FROM experiments WHERE id = $1 AND ", visible!(experiments, "$2")))
            .bind(id)
            .bind(principal.sees_only())
            .optional(lane)
            .await?;
    row.map(ExperimentRow::into_view).transpose()
}

pub(super) async fn insert(transaction: &mut Tx, owner: UserId, experiment: &ExperimentView) -> Result<(), Error> {
    sql("INSERT INTO experiments (id, owner_id, name, note, tags, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)")
    .bind(experiment.id)
    .bind(owner)
    .bind(&experiment.name)
    .bind(&experiment.note)
    .bind(to_json("tags", &experiment.tags)?)
    .bind(experiment.created_at)
    .bind(experiment.updated_at)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

pub(super) async fn update(transaction: &mut Tx, experiment: &ExperimentView) -> Result<(), Error> {
    sql("UPDATE experiments SET name = $2, note = $3, tags = $4, updated_at = $5 WHERE id = $1")
        .bind(experiment.id)
        .bind(&experiment.name)
        .bind(&experiment.note)
        .bind(to_json("tags", &experiment.tags)?)
        .bind(experiment.updated_at)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

/// Until the end of the transaction nobody else changes it.
pub(super) async fn hold(transaction: &mut Tx, id: ExperimentId) -> Result<(), Error> {
    transaction.on_postgres(sql("SELECT 1 FROM experiments WHERE id = $1 FOR UPDATE").bind(id)).await
}

/// A job was put into it: false when it is not this owner's, or gone.
pub(super) async fn touch(
    transaction: &mut Tx,
    owner: UserId,
    id: ExperimentId,
    now: Timestamp,
) -> Result<bool, Error> {
    let touched = sql("UPDATE experiments SET updated_at = $3 WHERE id = $1 AND owner_id = $2")
        .bind(id)
        .bind(owner)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
    Ok(touched == 1)
}

pub(super) async fn is_of(db: &Db, owner: UserId, id: ExperimentId) -> Result<bool, Error> {
    let found = sql("SELECT id FROM experiments WHERE id = $1 AND owner_id = $2").bind(id).bind(owner);
    Ok(found.optional_scalar::<String>(db).await?.is_some())
}

pub(super) async fn names(
    db: &Db,
    principal: &Principal,
    shown: Option<ExperimentId>,
) -> Result<Vec<(ExperimentId, String)>, Error> {
    let rows: Vec<(String, String)> = sql(concat!(
        "SELECT id, name FROM (SELECT id, name, updated_at FROM experiments
             WHERE owner_id = $1 ORDER BY updated_at DESC LIMIT 200) AS own
         UNION SELECT id, name FROM experiments WHERE id = $2 AND ",
        visible!(experiments, "$3"),
        " ORDER BY name, id"
    ))
    .bind(principal.user_id)
    .bind(shown)
    .bind(principal.sees_only())
    .all(db)
    .await?;
    rows.into_iter().map(|(id, name)| Ok((ExperimentId(parse_id(&id)?), name))).collect()
}

pub(super) async fn owner(transaction: &mut Tx, id: ExperimentId) -> Result<Option<UserId>, Error> {
    let owner: Option<String> =
        sql("SELECT owner_id FROM experiments WHERE id = $1").bind(id).optional_scalar(&mut *transaction).await?;
    owner.map(|id| parse_id(&id).map(UserId)).transpose()
}

pub(super) async fn delete(transaction: &mut Tx, id: ExperimentId) -> Result<(), Error> {
    sql("DELETE FROM experiments WHERE id = $1").bind(id).execute(&mut *transaction).await?;
    Ok(())
}
