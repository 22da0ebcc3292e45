//! How fast jobs were trained.

use domain::{DatasetId, JobId, Principal, job::Speed};

use crate::{
    Error,
    db::{Db, parse_id, parse_json, sql},
};

/// As many are looked through for one of the same kind.
const NEWEST: i64 = 20;

/// Those of the caller's own jobs on a dataset, the newest first.
pub(in crate::jobs) async fn speeds(db: &Db, principal: &Principal, dataset: DatasetId) -> Result<Vec<Speed>, Error> {
    let rows: Vec<(String, String, f64)> = sql("SELECT id, spec, samples_per_second FROM jobs
         WHERE owner_id = $1 AND dataset_id = $2 AND state = 'COMPLETED' AND samples_per_second IS NOT NULL
         ORDER BY id DESC LIMIT $3")
    .bind(principal.user_id)
    .bind(dataset)
    .bind(NEWEST)
    .all(db)
    .await?;
    let speed = |(id, spec, rows_per_second): (String, String, f64)| {
        Ok(Speed { job_id: JobId(parse_id(&id)?), params: parse_json("spec", &spec)?, rows_per_second })
    };
    rows.into_iter().map(speed).collect()
}
