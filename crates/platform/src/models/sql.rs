//! Every statement on `models`.

use domain::{JobId, ModelId, Principal, Timestamp, UserId, model::ModelInfo, model::ModelView};
use sqlx::FromRow;

use crate::{
    Error,
    db::{Db, Statement, Tx, parse_id, parse_json, sql, sql_list, to_json},
    page::{Listed, Name},
    shares::sql::{shared_with, visible},
};

#[derive(FromRow)]
struct ModelRow {
    id: String,
    job_id: String,
    name: String,
    sha256: String,
    size_bytes: i64,
    info: String,
    created_at: i64,
}

impl ModelRow {
    fn into_view(self) -> Result<ModelView, Error> {
        let info: ModelInfo = parse_json("model", &self.info)?;
        Ok(ModelView {
            id: ModelId(parse_id(&self.id)?),
            job_id: JobId(parse_id(&self.job_id)?),
            name: self.name,
            size_bytes: self.size_bytes as u64,
            sha256: self.sha256,
            created_at: Timestamp(self.created_at),
            metrics: info.evaluation.metrics.clone(),
            info,
            report: None,
        })
    }
}

macro_rules! columns {
    () => {
        "id, job_id, name, sha256, size_bytes, info, created_at"
    };
}

/// The list of models, newest first. `$1` is the owner, or NULL for everybody's, `$2` the id of the last one of the page
/// before.
pub(super) struct Models;

impl Listed for Models {
    type Item = ModelView;
    type Place = ModelId;

    const NAME: &'static str = "models";

    fn id_of(item: &ModelView) -> String {
        item.id.to_string()
    }

    fn place_of(item: &ModelView) -> ModelId {
        item.id
    }

    async fn page(
        db: &Db,
        owner: Option<UserId>,
        after: Option<&ModelId>,
        limit: u32,
    ) -> Result<Vec<ModelView>, Error> {
        let query = sql(concat!(
            "SELECT ",
            columns!(),
            " FROM models WHERE ",
            visible!(models, "$1"),
            " AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
        ));
        views(query.bind(owner).bind(after.copied()).bind(limit).all(db).await?)
    }

    async fn count(db: &Db, owner: Option<UserId>) -> Result<u64, Error> {
        let query = sql(concat!("SELECT count(*) FROM models WHERE ", visible!(models, "$1")));
        Ok(query.bind(owner).scalar::<i64>(db).await? as u64)
    }

    async fn names(db: &Db, owner: Option<UserId>, after: Option<&ModelId>) -> Result<Vec<Name>, Error> {
        let query = sql(concat!(
            "SELECT id, name, ($2 IS NULL OR id < $2) FROM models WHERE ",
            visible!(models, "$1"),
            " ORDER BY id DESC"
        ));
        query.bind(owner).bind(after.copied()).all(db).await
    }

    async fn some(db: &Db, ids: &[String]) -> Result<Vec<ModelView>, Error> {
        let list = sql_list(concat!("SELECT ", columns!(), " FROM models WHERE id IN"), 1, ids.len(), "");
        views(ids.iter().fold(list, Statement::bind).all(db).await?)
    }
}

fn views(rows: Vec<ModelRow>) -> Result<Vec<ModelView>, Error> {
    rows.into_iter().map(ModelRow::into_view).collect()
}

pub(crate) async fn find(db: &Db, principal: &Principal, id: ModelId) -> Result<Option<ModelView>, Error> {
    let row: Option<ModelRow> =
        sql(concat!("SELECT ", columns!(), " FROM models WHERE id = $1 AND ", visible!(models, "$2")))
            .bind(id)
            .bind(principal.sees_only())
            .optional(db)
            .await?;
    row.map(ModelRow::into_view).transpose()
}

pub(crate) async fn insert(transaction: &mut Tx, owner: UserId, model: &ModelView) -> Result<(), Error> {
    sql("INSERT INTO models (id, job_id, owner_id, name, sha256, size_bytes, info, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(model.id)
    .bind(model.job_id)
    .bind(owner)
    .bind(&model.name)
    .bind(&model.sha256)
    .bind(model.size_bytes)
    .bind(to_json("model", &model.info)?)
    .bind(model.created_at.0)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

pub(super) async fn owner(db: &Db, id: ModelId) -> Result<Option<UserId>, Error> {
    let owner: Option<String> = sql("SELECT owner_id FROM models WHERE id = $1").bind(id).optional_scalar(db).await?;
    owner.map(|id| parse_id(&id).map(UserId)).transpose()
}

/// Also tells the job that its model is gone.
pub(super) async fn delete(db: &Db, id: ModelId, job_id: JobId) -> Result<(), Error> {
    let mut transaction = db.begin().await?;
    sql("DELETE FROM models WHERE id = $1").bind(id).execute(&mut transaction).await?;
    crate::jobs::sql::forget_model(&mut transaction, job_id).await?;
    transaction.commit().await?;
    Ok(())
}

/// Every id, to tell which directories belong to nobody.
pub(crate) async fn ids(db: &Db) -> Result<Vec<String>, Error> {
    sql("SELECT id FROM models").scalars(db).await
}
