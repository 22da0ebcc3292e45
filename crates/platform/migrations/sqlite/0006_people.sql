-- no-transaction
-- Viewers, locked accounts, second factors; API tokens, links, the audit log; what is shared with whom.

-- SQLite changes a CHECK only by making the table anew (https://www.sqlite.org/lang_altertable.html, section 7). What is in
-- it may be done twice: a process may die before the step is recorded.
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
DROP TABLE IF EXISTS new_users;
CREATE TABLE new_users (
    id                   TEXT    NOT NULL PRIMARY KEY,
    email                TEXT    NOT NULL,                 -- as typed
    email_key            TEXT    NOT NULL UNIQUE,          -- lower case: what "taken" means
    username             TEXT    NOT NULL,
    password_hash        TEXT    NOT NULL,                 -- v1$ + bcrypt of HMAC-SHA-384(pepper, password)
    role                 TEXT    NOT NULL CHECK (role IN ('admin', 'member', 'viewer')),
    created_at           INTEGER NOT NULL,
    turn                 INTEGER NOT NULL DEFAULT 0,       -- whose turn it is in the queue
    disabled             INTEGER NOT NULL DEFAULT 0,
    must_change_password INTEGER NOT NULL DEFAULT 0,
    last_seen_at         INTEGER,                          -- to the minute
    totp_secret          TEXT,                             -- of the second factor, sealed with a key of the data directory
    totp_step            INTEGER                           -- the last one that let somebody in: no code works twice
) STRICT;
INSERT INTO new_users (id, email, email_key, username, password_hash, role, created_at, turn)
    SELECT id, email, email_key, username, password_hash, role, created_at, turn FROM users;
DROP TABLE users;
ALTER TABLE new_users RENAME TO users;

DROP TABLE IF EXISTS new_sessions;
CREATE TABLE new_sessions (
    id           TEXT    NOT NULL PRIMARY KEY,
    user_id      TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,                         -- to the minute: one that is not used for long ends before
    address      TEXT,
    agent        TEXT
) STRICT;
INSERT INTO new_sessions (id, user_id, created_at, expires_at, last_seen_at)
    SELECT id, user_id, created_at, expires_at, created_at FROM sessions;
DROP TABLE sessions;
ALTER TABLE new_sessions RENAME TO sessions;
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE IF NOT EXISTS api_tokens (
    id           TEXT    NOT NULL PRIMARY KEY,
    user_id      TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    scope        TEXT    NOT NULL CHECK (scope IN ('read', 'train', 'admin')),
    secret_sha256 TEXT   NOT NULL UNIQUE,                  -- 256 random bits need no salt and no slow hash
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS api_tokens_by_user ON api_tokens (user_id, id);

-- Links that work once. An invitation makes an account; a reset (user_id) lets somebody choose a new password.
CREATE TABLE IF NOT EXISTS links (
    id            TEXT    NOT NULL PRIMARY KEY,
    user_id       TEXT    REFERENCES users (id) ON DELETE CASCADE,
    secret_sha256 TEXT    NOT NULL UNIQUE,
    email         TEXT,                                    -- the only one that may use it
    role          TEXT    CHECK (role IN ('admin', 'member', 'viewer')),
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
) STRICT;

-- Hashes of codes that replace the second factor, once each.
CREATE TABLE IF NOT EXISTS recovery_codes (
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_sha256 TEXT NOT NULL,
    PRIMARY KEY (user_id, code_sha256)
) STRICT, WITHOUT ROWID;

-- No foreign keys: it outlives whom it is about.
CREATE TABLE IF NOT EXISTS audit_log (
    id       TEXT    NOT NULL PRIMARY KEY,
    at       INTEGER NOT NULL,
    actor_id TEXT,
    actor    TEXT    NOT NULL,
    action   TEXT    NOT NULL,
    object   TEXT    NOT NULL,
    detail   TEXT    NOT NULL,
    address  TEXT
) STRICT;

-- Who sees what besides its owner. `thing_id` is a dataset, an experiment (with its jobs) or a job (with its model); without a
-- user it is everybody who is signed in.
CREATE TABLE IF NOT EXISTS shares (
    thing_id TEXT    NOT NULL,
    user_id  TEXT    REFERENCES users (id) ON DELETE CASCADE,
    may_edit INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS shares_by_thing ON shares (thing_id, coalesce(user_id, ''));
CREATE INDEX IF NOT EXISTS shares_by_user ON shares (user_id, thing_id);
COMMIT;
PRAGMA foreign_keys = ON;
