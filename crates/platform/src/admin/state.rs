//! The whole state of the queue, a JSON object a row, for whoever looks for a fault.

use serde_json::{Value as Json, json};
use sqlx::FromRow;

use super::Site;
use crate::{
    Error,
    db::{Tx, sql},
};

/// Every job with its checkpoints, and the users' turns, as of one moment.
pub async fn dump_state(site: &Site) -> Result<Vec<Json>, Error> {
    let db = site.read().await?;
    db.schema().await?.usable()?;
    let mut snapshot = db.snapshot().await?;
    let lines = lines(&mut snapshot).await;
    drop(snapshot);
    db.close().await;
    lines
}

async fn lines(snapshot: &mut Tx) -> Result<Vec<Json>, Error> {
    let now: i64 = sql("SELECT now FROM clock").scalar(&mut *snapshot).await?;
    let mut lines = vec![json!({ "clock": now })];
    let turns: Vec<(String, i64)> = sql("SELECT id, turn FROM users ORDER BY turn, id").all(&mut *snapshot).await?;
    lines.extend(turns.into_iter().map(|(user, turn)| json!({ "user": user, "turn": turn })));
    let jobs: Vec<JobRow> = sql(
        "SELECT id, owner_id, dataset_id, dataset_name, name, spec, state, attempt, deaths, lease_owner, lease_beat,
                available_at, stop_requested, epoch, total_epochs, step, total_steps, loss, samples_per_second, eta_seconds,
                metrics, message, failure, model_id, last_seq, created_at, started_at, finished_at, priority, trained_ms,
                name_key, search, experiment_id, tags, note
         FROM jobs ORDER BY id",
    )
    .all(&mut *snapshot)
    .await?;
    lines.extend(jobs.into_iter().map(JobRow::into_line));
    let checkpoints: Vec<CheckpointRow> =
        sql("SELECT job_id, step, epoch, attempt, path, sha256, created_at FROM checkpoints ORDER BY job_id, step")
            .all(&mut *snapshot)
            .await?;
    lines.extend(checkpoints.into_iter().map(CheckpointRow::into_line));
    Ok(lines)
}

/// Every column of `jobs`: a new one does not compile until somebody has decided what is shown of it.
#[derive(FromRow)]
struct JobRow {
    id: String,
    owner_id: String,
    dataset_id: String,
    dataset_name: String,
    name: String,
    spec: String,
    state: String,
    attempt: i64,
    deaths: i64,
    lease_owner: Option<String>,
    lease_beat: i64,
    available_at: i64,
    stop_requested: bool,
    epoch: i64,
    total_epochs: i64,
    step: i64,
    total_steps: i64,
    loss: Option<f64>,
    samples_per_second: Option<f64>,
    eta_seconds: Option<f64>,
    metrics: String,
    message: String,
    failure: Option<String>,
    model_id: Option<String>,
    last_seq: i64,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    priority: i64,
    trained_ms: i64,
    name_key: String,
    search: String,
    experiment_id: Option<String>,
    tags: String,
    note: String,
}

impl JobRow {
    fn into_line(self) -> Json {
        let Self {
            id,
            owner_id,
            dataset_id,
            dataset_name,
            name,
            spec,
            state,
            attempt,
            deaths,
            lease_owner,
            lease_beat,
            available_at,
            stop_requested,
            epoch,
            total_epochs,
            step,
            total_steps,
            loss,
            samples_per_second,
            eta_seconds,
            metrics,
            message,
            failure,
            model_id,
            last_seq,
            created_at,
            started_at,
            finished_at,
            priority,
            trained_ms,
            name_key,
            search,
            experiment_id,
            tags,
            note,
        } = self;
        json!({
            "job": id, "owner_id": owner_id, "dataset_id": dataset_id, "dataset_name": dataset_name, "name": name,
            "spec": nested(&spec), "state": state, "attempt": attempt, "deaths": deaths, "lease_owner": lease_owner,
            "lease_beat": lease_beat, "available_at": available_at, "stop_requested": stop_requested, "epoch": epoch,
            "total_epochs": total_epochs, "step": step, "total_steps": total_steps, "loss": loss,
            "samples_per_second": samples_per_second, "eta_seconds": eta_seconds, "metrics": nested(&metrics),
            "message": message, "failure": failure.as_deref().map(nested), "model_id": model_id, "last_seq": last_seq,
            "created_at": created_at, "started_at": started_at, "finished_at": finished_at, "priority": priority,
            "trained_ms": trained_ms, "name_key": name_key, "search": search,
            "experiment_id": experiment_id, "tags": nested(&tags), "note": note,
        })
    }
}

/// Every column of `checkpoints`.
#[derive(FromRow)]
struct CheckpointRow {
    job_id: String,
    step: i64,
    epoch: i64,
    attempt: i64,
    path: String,
    sha256: String,
    created_at: i64,
}

impl CheckpointRow {
    fn into_line(self) -> Json {
        let Self { job_id, step, epoch, attempt, path, sha256, created_at } = self;
        json!({
            "checkpoint_of": job_id, "step": step, "epoch": epoch, "attempt": attempt, "path": path, "sha256": sha256,
            "created_at": created_at,
        })
    }
}

/// What is stored as text, as the object that it is; the text itself when it is damaged.
fn nested(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::dump_state;
    use crate::{
        admin::{Site, tables::TABLES},
        db::{Db, sql},
    };

    #[tokio::test]
    async fn every_column_of_a_job_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("athanor.db")).await.unwrap();
        let statements = [
            "INSERT INTO users (id, email, email_key, username, password_hash, role, created_at)
             VALUES ('u', 'e', 'e', 'n', 'h', 'admin', 1)",
            "INSERT INTO jobs (id, owner_id, dataset_id, dataset_name, name, spec, state, available_at, total_epochs,
                               message, created_at)
             VALUES ('j', 'u', 'd', 'd', 'n', '{}', 'QUEUED', 0, 1, 'm', 1)",
        ];
        for statement in statements {
            sql(statement).execute(db.writer()).await.unwrap();
        }
        let site = Site { data_dir: folder.path().to_owned(), database_url: None };
        let lines = dump_state(&site).await.unwrap();
        let job = lines.iter().find(|line| line["job"] == "j").unwrap();
        let jobs = TABLES.iter().find(|table| table.name == "jobs").unwrap();
        for (column, _) in jobs.columns {
            assert!(job.get(if *column == "id" { "job" } else { column }).is_some(), "{column}");
        }
    }
}
