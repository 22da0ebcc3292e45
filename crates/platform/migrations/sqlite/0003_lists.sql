-- Lists in another order than that of time.
CREATE INDEX jobs_by_name ON jobs (owner_id, name_key, id);
CREATE INDEX jobs_by_loss ON jobs (owner_id, coalesce(loss, 8e18), id);
CREATE INDEX jobs_by_finish ON jobs (owner_id, coalesce(CAST(finished_at AS DOUBLE PRECISION), 8e18), id);
