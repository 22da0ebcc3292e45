-- What trainers took of their machines, sampled by their agents.
CREATE TABLE job_usage (
    job_id       TEXT    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    at           INTEGER NOT NULL,
    attempt      INTEGER NOT NULL,
    cpu_cores    REAL    NOT NULL,
    memory_bytes INTEGER NOT NULL,
    PRIMARY KEY (job_id, at)
) STRICT, WITHOUT ROWID;
