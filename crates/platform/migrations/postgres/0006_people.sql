-- Viewers, locked accounts, second factors; API tokens, links, the audit log; what is shared with whom.

ALTER TABLE users DROP CONSTRAINT users_role_check;
ALTER TABLE users ADD CONSTRAINT users_role_check CHECK (role IN ('admin', 'member', 'viewer'));
ALTER TABLE users ADD COLUMN disabled BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN must_change_password BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN last_seen_at BIGINT;  -- to the minute
ALTER TABLE users ADD COLUMN totp_secret TEXT;  -- of the second factor, sealed with a key of the data directory
ALTER TABLE users ADD COLUMN totp_step BIGINT;  -- the last one that let somebody in: no code works twice

-- last_seen_at is to the minute: a session that is not used for long ends before its time.
ALTER TABLE sessions ADD COLUMN last_seen_at BIGINT;
UPDATE sessions SET last_seen_at = created_at;
ALTER TABLE sessions ALTER COLUMN last_seen_at SET NOT NULL;
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN agent TEXT;

CREATE TABLE api_tokens (
    id                 TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    user_id            TEXT COLLATE "C"    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name               TEXT NOT NULL,
    scope              TEXT NOT NULL CHECK (scope IN ('read', 'train', 'admin')),
    secret_sha256      TEXT NOT NULL UNIQUE,  -- 256 random bits need no salt and no slow hash
    created_at         BIGINT NOT NULL,
    expires_at         BIGINT,
    last_used_at       BIGINT
);
CREATE INDEX api_tokens_by_user ON api_tokens (user_id, id);

-- Links that work once. An invitation makes an account; a reset (user_id) lets somebody choose a new password.
CREATE TABLE links (
    id                 TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    user_id            TEXT COLLATE "C"    REFERENCES users (id) ON DELETE CASCADE,
    secret_sha256      TEXT NOT NULL UNIQUE,
    email              TEXT,  -- the only one that may use it
    role               TEXT CHECK (role IN ('admin', 'member', 'viewer')),
    created_at         BIGINT NOT NULL,
    expires_at         BIGINT NOT NULL
);

-- Hashes of codes that replace the second factor, once each.
CREATE TABLE recovery_codes (
    user_id            TEXT COLLATE "C"    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_sha256        TEXT COLLATE "C"    NOT NULL,
    PRIMARY KEY (user_id, code_sha256)
);

-- No foreign keys: it outlives whom it is about.
CREATE TABLE audit_log (
    id                 TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    at                 BIGINT NOT NULL,
    actor_id           TEXT COLLATE "C",
    actor              TEXT NOT NULL,
    action             TEXT NOT NULL,
    object             TEXT NOT NULL,
    detail             TEXT NOT NULL,
    address            TEXT
);

-- Who sees what besides its owner. `thing_id` is a dataset, an experiment (with its jobs) or a job (with its model); without a
-- user it is everybody who is signed in.
CREATE TABLE shares (
    thing_id           TEXT COLLATE "C"    NOT NULL,
    user_id            TEXT COLLATE "C"    REFERENCES users (id) ON DELETE CASCADE,
    may_edit           BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX shares_by_thing ON shares (thing_id, coalesce(user_id, ''));
CREATE INDEX shares_by_user ON shares (user_id, thing_id);
