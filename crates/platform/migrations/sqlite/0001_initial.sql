-- Ids are UUIDv7 as text, times are microseconds since 1970 (UTC), booleans are 0 or 1, nested values are JSON text.

CREATE TABLE users (
    id            TEXT    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL,                 -- as typed
    email_key     TEXT    NOT NULL UNIQUE,          -- lower case: what "taken" means
    username      TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,                 -- v1$ + bcrypt of HMAC-SHA-384(pepper, password)
    role          TEXT    NOT NULL CHECK (role IN ('admin', 'member')),
    created_at    INTEGER NOT NULL
) STRICT;

-- One row a sign-in. A token is good as long as its row is here and not expired: logging out deletes the row.
CREATE TABLE sessions (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE datasets (
    id         TEXT    NOT NULL PRIMARY KEY,
    owner_id   TEXT    REFERENCES users (id) ON DELETE CASCADE,   -- NULL: a sample, seen by everybody
    name       TEXT    NOT NULL,
    file_name  TEXT    NOT NULL,                    -- shown, never used as a path
    format     TEXT    NOT NULL,
    gzip       INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    sha256     TEXT    NOT NULL,
    profile    TEXT    NOT NULL,                    -- domain::dataset::DatasetProfile
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX datasets_by_owner ON datasets (owner_id, id);
CREATE UNIQUE INDEX samples_by_name ON datasets (name) WHERE owner_id IS NULL;

-- The queue and the truth about every job. While `lease_owner` is set, only writes that carry the same
-- (attempt, lease_owner) are accepted.
CREATE TABLE jobs (
    id                 TEXT    NOT NULL PRIMARY KEY,
    owner_id           TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    dataset_id         TEXT    NOT NULL,            -- no foreign key: a job outlives its dataset
    dataset_name       TEXT    NOT NULL,
    name               TEXT    NOT NULL,
    spec               TEXT    NOT NULL,            -- domain::job::JobSpec
    state              TEXT    NOT NULL CHECK (state IN ('QUEUED', 'STARTING', 'LOADING', 'RUNNING', 'COMPLETED', 'FAILED', 'STOPPED')),
    attempt            INTEGER NOT NULL DEFAULT 0,  -- the fence: raised by every claim
    deaths             INTEGER NOT NULL DEFAULT 0,  -- trainers that died without saying how it ended
    lease_owner        TEXT,                        -- UUID of the agent process that holds the job
    lease_until        INTEGER,
    available_at       INTEGER NOT NULL,            -- not claimed before: back-off after a death
    stop_requested     INTEGER NOT NULL DEFAULT 0,
    epoch              INTEGER NOT NULL DEFAULT 0,
    total_epochs       INTEGER NOT NULL,
    step               INTEGER NOT NULL DEFAULT 0,
    total_steps        INTEGER NOT NULL DEFAULT 0,
    loss               REAL,
    samples_per_second REAL,
    eta_seconds        REAL,
    metrics            TEXT    NOT NULL DEFAULT '{}', -- newest value of each metric: {"validation_accuracy": 0.97}
    message            TEXT    NOT NULL,
    failure            TEXT,                        -- domain::job::JobFailure
    model_id           TEXT,
    last_seq           INTEGER NOT NULL DEFAULT 0,  -- the newest event of this job
    created_at         INTEGER NOT NULL,
    started_at         INTEGER,
    finished_at        INTEGER
) STRICT;
CREATE INDEX jobs_by_owner ON jobs (owner_id, id);
CREATE INDEX jobs_by_queue ON jobs (state, available_at, id);

-- Measurements: one event (seq) may carry several.
CREATE TABLE job_metrics (
    job_id TEXT    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    seq    INTEGER NOT NULL,
    name   TEXT    NOT NULL,
    split  TEXT    NOT NULL,
    step   INTEGER NOT NULL,
    epoch  INTEGER NOT NULL,
    value  REAL    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (job_id, name, split, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_metrics_by_seq ON job_metrics (job_id, seq);

CREATE TABLE job_logs (
    job_id TEXT    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    level  TEXT    NOT NULL,
    text   TEXT    NOT NULL,
    PRIMARY KEY (job_id, seq)
) STRICT, WITHOUT ROWID;

-- Checkpoints that are durable on disk and can be trained on from.
CREATE TABLE checkpoints (
    job_id     TEXT    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    step       INTEGER NOT NULL,
    epoch      INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    path       TEXT    NOT NULL,                    -- relative to the data directory
    sha256     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (job_id, step, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE models (
    id           TEXT    NOT NULL PRIMARY KEY,
    job_id       TEXT    NOT NULL,                  -- no foreign key: a model outlives its job
    owner_id     TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    sha256       TEXT    NOT NULL,
    size_bytes   INTEGER NOT NULL,
    info         TEXT    NOT NULL,                  -- domain::model::ModelInfo
    created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX models_by_owner ON models (owner_id, id);
CREATE UNIQUE INDEX models_by_job ON models (job_id);
