-- Whose turn it is: raised each time a job of this user is claimed; the lowest comes next.
ALTER TABLE users ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;

-- Among the waiting jobs of one user the highest comes first.
ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
-- Raised by every renewal. A lease is lost when it stood still for as long as a lease lasts, on the clock of whoever
-- looks: no two machines have to agree on the time, and none has to keep it.
ALTER TABLE jobs ADD COLUMN lease_beat INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs DROP COLUMN lease_until;
-- Milliseconds of training by all attempts, for the limit on how long a job may run.
ALTER TABLE jobs ADD COLUMN trained_ms INTEGER NOT NULL DEFAULT 0;
-- In lower case: what lists are sorted by, and what is searched (name, dataset's name, target).
ALTER TABLE jobs ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN search TEXT NOT NULL DEFAULT '';
UPDATE jobs SET name_key = lower(name), search = lower(name || ' ' || dataset_name || ' ' || (spec ->> 'target'));

DROP INDEX jobs_by_queue;
CREATE INDEX jobs_by_turn ON jobs (owner_id, state, priority DESC, id);
CREATE INDEX jobs_by_state ON jobs (state, id);

-- A job that was continued has a model of each time it completed.
DROP INDEX models_by_job;
CREATE INDEX models_by_job ON models (job_id);

-- A submission that is sent again with the same Idempotency-Key gives the same job.
CREATE TABLE idempotency_keys (
    user_id     TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key         TEXT    NOT NULL,
    body_sha256 TEXT    NOT NULL,
    job_id      TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- The database's own clock, in microseconds since 1970.
CREATE VIEW clock AS SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER) AS now;
