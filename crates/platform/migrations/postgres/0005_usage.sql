-- What trainers took of their machines, sampled by their agents.
CREATE TABLE job_usage (
    job_id       TEXT COLLATE "C" NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    at           BIGINT NOT NULL,
    attempt      BIGINT NOT NULL,
    cpu_cores    DOUBLE PRECISION NOT NULL,
    memory_bytes BIGINT NOT NULL,
    PRIMARY KEY (job_id, at)
);
