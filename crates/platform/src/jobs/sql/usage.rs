//! What training takes of its machine: `job_usage`.

use domain::{JobId, Timestamp, job::Usage};

use crate::{
    Error,
    db::{Db, Tx, sql},
    queue::Lease,
};

/// Adds a sample, unless another attempt has begun.
///
/// # Errors
/// `Fenced` when the lease is lost.
pub(crate) async fn insert_usage(db: &Db, lease: &Lease, usage: &Usage) -> Result<(), Error> {
    let added = sql("INSERT INTO job_usage (job_id, at, attempt, cpu_cores, memory_bytes)
         SELECT id, $4, attempt, $5, $6 FROM jobs WHERE id = $1 AND attempt = $2 AND lease_owner = $3")
    .bind(lease.job_id)
    .bind(lease.attempt)
    .bind(lease.agent_id)
    .bind(usage.at)
    .bind(usage.cpu_cores)
    .bind(usage.memory_bytes)
    .execute(db.writer())
    .await?;
    if added == 0 { Err(Error::Fenced) } else { Ok(()) }
}

/// All samples of a job, oldest first.
pub(crate) async fn usage(snapshot: &mut Tx, id: JobId) -> Result<Vec<Usage>, Error> {
    let rows: Vec<(i64, i64, f64, i64)> =
        sql("SELECT at, attempt, cpu_cores, memory_bytes FROM job_usage WHERE job_id = $1 ORDER BY at")
            .bind(id)
            .all(&mut *snapshot)
            .await?;
    let usage = rows.into_iter().map(|(at, attempt, cpu_cores, memory_bytes)| Usage {
        at: Timestamp(at),
        attempt: attempt as u32,
        cpu_cores,
        memory_bytes: memory_bytes as u64,
    });
    Ok(usage.collect())
}

#[cfg(test)]
mod tests {
    use domain::{JobId, Timestamp, job::Usage};
    use uuid::Uuid;

    use super::{insert_usage, usage};
    use crate::{
        Error,
        db::{Db, sql},
        queue::Lease,
    };

    #[tokio::test]
    async fn an_attempt_that_lost_its_lease_adds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("athanor.db")).await.unwrap();
        let (job, user, agent) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        sql("INSERT INTO users (id, email, email_key, username, password_hash, role, created_at)
             VALUES ($1, 'e', 'e', 'n', 'h', 'admin', 1)")
        .bind(user)
        .execute(db.writer())
        .await
        .unwrap();
        sql("INSERT INTO jobs (id, owner_id, dataset_id, dataset_name, name, spec, state, attempt, lease_owner, available_at,
                               total_epochs, message, created_at)
             VALUES ($1, $2, 'd', 'd', 'n', '{}', 'RUNNING', 2, $3, 0, 1, 'm', 1)")
        .bind(job)
        .bind(user)
        .bind(agent)
        .execute(db.writer())
        .await
        .unwrap();
        let id: JobId = job.to_string().parse().unwrap();
        let lease = Lease { job_id: id, user_id: user.to_string().parse().unwrap(), attempt: 2, agent_id: agent };
        let sample = |at| Usage { at: Timestamp(at), attempt: 2, cpu_cores: 1.5, memory_bytes: 1 << 40 };
        insert_usage(&db, &lease, &sample(10)).await.unwrap();
        for lost in [Lease { attempt: 1, ..lease }, Lease { agent_id: Uuid::now_v7(), ..lease }] {
            assert!(matches!(insert_usage(&db, &lost, &sample(20)).await, Err(Error::Fenced)));
        }
        let mut snapshot = db.snapshot().await.unwrap();
        assert_eq!(usage(&mut snapshot, id).await.unwrap(), [sample(10)]);
    }
}
