-- Webhooks, and the messages to them: written with what they tell, sent after it, so that none is lost.

CREATE TABLE webhooks (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    url        TEXT    NOT NULL,
    secret     TEXT    NOT NULL,                           -- sealed with a key of the data directory
    created_at INTEGER NOT NULL,
    UNIQUE (user_id, url)
) STRICT;

CREATE TABLE webhook_deliveries (
    id           TEXT    NOT NULL PRIMARY KEY,
    webhook_id   TEXT    NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event        TEXT    NOT NULL,
    job_id       TEXT,                                     -- no foreign key: the message outlives the job
    payload      TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    tries        INTEGER NOT NULL,
    next_try_at  INTEGER,                                  -- also the end of a claim; NULL when there is nothing more to do
    delivered_at INTEGER,
    status       INTEGER,
    error        TEXT
) STRICT;
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_try_at) WHERE next_try_at IS NOT NULL;
