-- Ids are UUIDv7 as text, times are microseconds since 1970 (UTC), nested values are JSON text. The same tables
-- as migrations/sqlite; a test compares them. COLLATE "C": in the order of bytes, as SQLite has it.

CREATE TABLE users (
    id                 TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    email              TEXT NOT NULL,  -- as typed
    email_key          TEXT NOT NULL UNIQUE,  -- lower case: what "taken" means
    username           TEXT NOT NULL,
    password_hash      TEXT NOT NULL,  -- v1$ + bcrypt of HMAC-SHA-384(pepper, password)
    role               TEXT NOT NULL CHECK (role IN ('admin', 'member')),
    created_at         BIGINT NOT NULL,
    -- Whose turn it is: raised each time a job of this user is claimed; the lowest comes next.
    turn               BIGINT NOT NULL DEFAULT 0
);

-- One row a sign-in. A token is good as long as its row is here and not expired: logging out deletes the row.
CREATE TABLE sessions (
    id                 TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    user_id            TEXT COLLATE "C"    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at         BIGINT NOT NULL,
    expires_at         BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE datasets (
    id                 TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    owner_id           TEXT COLLATE "C"    REFERENCES users (id) ON DELETE CASCADE,  -- NULL: a sample, seen by everybody
    name               TEXT COLLATE "C"    NOT NULL,
    file_name          TEXT NOT NULL,  -- shown, never used as a path
    format             TEXT NOT NULL,
    gzip               BOOLEAN NOT NULL,
    size_bytes         BIGINT NOT NULL,
    sha256             TEXT NOT NULL,
    profile            TEXT NOT NULL,  -- domain::dataset::DatasetProfile
    created_at         BIGINT NOT NULL
);
CREATE INDEX datasets_by_owner ON datasets (owner_id, id);
CREATE UNIQUE INDEX samples_by_name ON datasets (name) WHERE owner_id IS NULL;

-- The queue and the truth about every job. While `lease_owner` is set, only writes that carry the same
-- (attempt, lease_owner) are accepted.
CREATE TABLE jobs (
    id                 TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    owner_id           TEXT COLLATE "C"    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    dataset_id         TEXT COLLATE "C"    NOT NULL,  -- no foreign key: a job outlives its dataset
    dataset_name       TEXT NOT NULL,
    name               TEXT COLLATE "C"    NOT NULL,
    spec               TEXT NOT NULL,  -- domain::job::JobSpec
    state              TEXT NOT NULL CHECK (state IN ('QUEUED', 'STARTING', 'LOADING', 'RUNNING', 'COMPLETED', 'FAILED', 'STOPPED')),
    attempt            BIGINT NOT NULL DEFAULT 0,  -- the fence: raised by every claim
    deaths             BIGINT NOT NULL DEFAULT 0,  -- trainers that died without saying how it ended
    lease_owner        TEXT COLLATE "C",  -- UUID of the agent process that holds the job
    -- Raised by every renewal. A lease is lost when it stood still for as long as a lease lasts, on the clock of whoever
    -- looks: no two machines have to agree on the time, and none has to keep it.
    lease_beat         BIGINT NOT NULL DEFAULT 0,
    available_at       BIGINT NOT NULL,  -- not claimed before: back-off after a death
    stop_requested     BOOLEAN NOT NULL DEFAULT FALSE,
    epoch              BIGINT NOT NULL DEFAULT 0,
    total_epochs       BIGINT NOT NULL,
    step               BIGINT NOT NULL DEFAULT 0,
    total_steps        BIGINT NOT NULL DEFAULT 0,
    loss               DOUBLE PRECISION,
    samples_per_second DOUBLE PRECISION,
    eta_seconds        DOUBLE PRECISION,
    metrics            TEXT NOT NULL DEFAULT '{}',  -- newest value of each metric: {"validation_accuracy": 0.97}
    message            TEXT NOT NULL,
    failure            TEXT,  -- domain::job::JobFailure
    model_id           TEXT COLLATE "C",
    last_seq           BIGINT NOT NULL DEFAULT 0,  -- the newest event of this job
    created_at         BIGINT NOT NULL,
    started_at         BIGINT,
    finished_at        BIGINT,
    priority           BIGINT NOT NULL DEFAULT 0,  -- among the waiting jobs of one user the highest comes first
    trained_ms         BIGINT NOT NULL DEFAULT 0,  -- by all attempts, for the limit on how long a job may run
    -- In lower case: what lists are sorted by, and what is searched (name, dataset's name, target).
    name_key           TEXT COLLATE "C" NOT NULL,
    search             TEXT NOT NULL
);
CREATE INDEX jobs_by_owner ON jobs (owner_id, id);
CREATE INDEX jobs_by_turn ON jobs (owner_id, state, priority DESC, id);
CREATE INDEX jobs_by_state ON jobs (state, id);

-- Measurements: one event (seq) may carry several.
CREATE TABLE job_metrics (
    job_id             TEXT COLLATE "C"    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    seq                BIGINT NOT NULL,
    name               TEXT COLLATE "C"    NOT NULL,
    split              TEXT COLLATE "C"    NOT NULL,
    step               BIGINT NOT NULL,
    epoch              BIGINT NOT NULL,
    value              DOUBLE PRECISION NOT NULL,
    at                 BIGINT NOT NULL,
    PRIMARY KEY (job_id, name, split, step)
);
CREATE INDEX job_metrics_by_seq ON job_metrics (job_id, seq);

CREATE TABLE job_logs (
    job_id             TEXT COLLATE "C"    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    seq                BIGINT NOT NULL,
    at                 BIGINT NOT NULL,
    level              TEXT NOT NULL,
    text               TEXT NOT NULL,
    PRIMARY KEY (job_id, seq)
);

-- Checkpoints that are durable on disk and can be trained on from.
CREATE TABLE checkpoints (
    job_id             TEXT COLLATE "C"    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    step               BIGINT NOT NULL,
    epoch              BIGINT NOT NULL,
    attempt            BIGINT NOT NULL,
    path               TEXT NOT NULL,  -- relative to the data directory
    sha256             TEXT NOT NULL,
    created_at         BIGINT NOT NULL,
    PRIMARY KEY (job_id, step, attempt)
);

CREATE TABLE models (
    id                 TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    job_id             TEXT COLLATE "C"    NOT NULL,  -- no foreign key: a model outlives its job
    owner_id           TEXT COLLATE "C"    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name               TEXT COLLATE "C"    NOT NULL,
    sha256             TEXT NOT NULL,
    size_bytes         BIGINT NOT NULL,
    info               TEXT NOT NULL,  -- domain::model::ModelInfo
    created_at         BIGINT NOT NULL
);
CREATE INDEX models_by_owner ON models (owner_id, id);
-- A job that was continued has a model of each time it completed.
CREATE INDEX models_by_job ON models (job_id);

-- A submission that is sent again with the same Idempotency-Key gives the same job.
CREATE TABLE idempotency_keys (
    user_id            TEXT COLLATE "C"    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key                TEXT COLLATE "C"    NOT NULL,
    body_sha256        TEXT NOT NULL,
    job_id             TEXT COLLATE "C"    NOT NULL,
    created_at         BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- The database's own clock, in microseconds since 1970.
CREATE VIEW clock AS SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now;
