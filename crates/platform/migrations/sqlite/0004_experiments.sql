-- Jobs that belong together, and what people say about jobs. Tags are a JSON array of texts, notes are Markdown.
CREATE TABLE experiments (
    id         TEXT    NOT NULL PRIMARY KEY,
    owner_id   TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    note       TEXT    NOT NULL,
    tags       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX experiments_by_owner ON experiments (owner_id, updated_at);

ALTER TABLE jobs ADD COLUMN experiment_id TEXT REFERENCES experiments (id) ON DELETE SET NULL;
ALTER TABLE jobs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE jobs ADD COLUMN note TEXT NOT NULL DEFAULT '';
CREATE INDEX jobs_by_experiment ON jobs (experiment_id, id);
