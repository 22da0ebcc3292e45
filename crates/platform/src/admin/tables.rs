//! What a backup has of the database: every table and column, in an order in which rows can be put back.

use serde::{Deserialize, Serialize};

use crate::db::Kind;

/// A column of a table.
pub(super) type Column = (&'static str, Kind);

/// A table whose rows are kept.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [Column],
}

/// A table as an archive describes it: one of another version may have other columns.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Described {
    pub(super) name: String,
    pub(super) columns: Vec<(String, Kind)>,
    pub(super) rows: u64,
}

impl Described {
    pub(super) fn kinds(&self) -> Vec<Kind> {
        self.columns.iter().map(|(_, kind)| *kind).collect()
    }

    /// Where its rows are in an archive: an array a line, in the order of the columns.
    pub(super) fn part(&self) -> String {
        format!("database/{}.jsonl", self.name)
    }
}

impl Table {
    pub(super) fn described(&self, rows: u64) -> Described {
        let columns = self.columns.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
        Described { name: self.name.to_owned(), columns, rows }
    }

    /// Where a column stands in a row.
    pub(super) fn at(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|(name, _)| *name == column)
    }
}

const T: Kind = Kind::Text;
const I: Kind = Kind::Integer;
const R: Kind = Kind::Real;
const B: Kind = Kind::Boolean;

/// What others refer to comes first.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "users",
        columns: &[
            ("id", T),
            ("email", T),
            ("email_key", T),
            ("username", T),
            ("password_hash", T),
            ("role", T),
            ("created_at", I),
            ("turn", I),
            ("disabled", B),
            ("must_change_password", B),
            ("last_seen_at", I),
            ("totp_secret", T),
            ("totp_step", I),
        ],
    },
    Table {
        name: "sessions",
        columns: &[
            ("id", T),
            ("user_id", T),
            ("created_at", I),
            ("expires_at", I),
            ("last_seen_at", I),
            ("address", T),
            ("agent", T),
        ],
    },
    Table { name: "webhooks", columns: &[("id", T), ("user_id", T), ("url", T), ("secret", T), ("created_at", I)] },
    Table {
        name: "webhook_deliveries",
        columns: &[
            ("id", T),
            ("webhook_id", T),
            ("event", T),
            ("job_id", T),
            ("payload", T),
            ("created_at", I),
            ("tries", I),
            ("next_try_at", I),
            ("delivered_at", I),
            ("status", I),
            ("error", T),
        ],
    },
    Table {
        name: "api_tokens",
        columns: &[
            ("id", T),
            ("user_id", T),
            ("name", T),
            ("scope", T),
            ("secret_sha256", T),
            ("created_at", I),
            ("expires_at", I),
            ("last_used_at", I),
        ],
    },
    Table {
        name: "links",
        columns: &[
            ("id", T),
            ("user_id", T),
            ("secret_sha256", T),
            ("email", T),
            ("role", T),
            ("created_at", I),
            ("expires_at", I),
        ],
    },
    Table { name: "recovery_codes", columns: &[("user_id", T), ("code_sha256", T)] },
    Table { name: "shares", columns: &[("thing_id", T), ("user_id", T), ("may_edit", B)] },
    Table {
        name: "audit_log",
        columns: &[
            ("id", T),
            ("at", I),
            ("actor_id", T),
            ("actor", T),
            ("action", T),
            ("object", T),
            ("detail", T),
            ("address", T),
        ],
    },
    Table {
        name: "datasets",
        columns: &[
            ("id", T),
            ("owner_id", T),
            ("name", T),
            ("file_name", T),
            ("format", T),
            ("gzip", B),
            ("size_bytes", I),
            ("sha256", T),
            ("profile", T),
            ("created_at", I),
        ],
    },
    Table {
        name: "experiments",
        columns: &[
            ("id", T),
            ("owner_id", T),
            ("name", T),
            ("note", T),
            ("tags", T),
            ("created_at", I),
            ("updated_at", I),
        ],
    },
    Table {
        name: "jobs",
        columns: &[
            ("id", T),
            ("owner_id", T),
            ("dataset_id", T),
            ("dataset_name", T),
            ("name", T),
            ("spec", T),
            ("state", T),
            ("attempt", I),
            ("deaths", I),
            ("lease_owner", T),
            ("lease_beat", I),
            ("available_at", I),
            ("stop_requested", B),
            ("epoch", I),
            ("total_epochs", I),
            ("step", I),
            ("total_steps", I),
            ("loss", R),
            ("samples_per_second", R),
            ("eta_seconds", R),
            ("metrics", T),
            ("message", T),
            ("failure", T),
            ("model_id", T),
            ("last_seq", I),
            ("created_at", I),
            ("started_at", I),
            ("finished_at", I),
            ("priority", I),
            ("trained_ms", I),
            ("name_key", T),
            ("search", T),
            ("experiment_id", T),
            ("tags", T),
            ("note", T),
        ],
    },
    Table {
        name: "job_metrics",
        columns: &[
            ("job_id", T),
            ("seq", I),
            ("name", T),
            ("split", T),
            ("step", I),
            ("epoch", I),
            ("value", R),
            ("at", I),
        ],
    },
    Table { name: "job_logs", columns: &[("job_id", T), ("seq", I), ("at", I), ("level", T), ("text", T)] },
    Table {
        name: "job_usage",
        columns: &[("job_id", T), ("at", I), ("attempt", I), ("cpu_cores", R), ("memory_bytes", I)],
    },
    Table {
        name: "checkpoints",
        columns: &[
            ("job_id", T),
            ("step", I),
            ("epoch", I),
            ("attempt", I),
            ("path", T),
            ("sha256", T),
            ("created_at", I),
        ],
    },
    Table {
        name: "models",
        columns: &[
            ("id", T),
            ("job_id", T),
            ("owner_id", T),
            ("name", T),
            ("sha256", T),
            ("size_bytes", I),
            ("info", T),
            ("created_at", I),
        ],
    },
    Table {
        name: "idempotency_keys",
        columns: &[("user_id", T), ("key", T), ("body_sha256", T), ("job_id", T), ("created_at", I)],
    },
];

#[cfg(test)]
mod tests {
    use super::TABLES;
    use crate::db::{Db, sql};

    /// The columns of every table are the same on both engines; the conformance tests see to it.
    #[tokio::test]
    async fn a_backup_has_every_column_of_every_table() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("a.db")).await.unwrap();
        let tables: Vec<String> = sql("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
                                       AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' ORDER BY name")
        .scalars(&db)
        .await
        .unwrap();
        let mut known: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        known.sort_unstable();
        assert_eq!(tables, known);
        for table in TABLES {
            let mut real: Vec<String> =
                sql("SELECT name FROM pragma_table_info($1)").bind(table.name).scalars(&db).await.unwrap();
            let mut ours: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
            real.sort();
            ours.sort_unstable();
            assert_eq!(real, ours, "{}", table.name);
        }
    }
}
