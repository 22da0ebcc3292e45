//! Both engines have the same tables.

use std::{collections::BTreeMap, path::Path};

use crate::harness::{Engine, Place};

type Tables = BTreeMap<String, Vec<(String, String, bool)>>;

#[tokio::test]
async fn tables_are_the_same_column_by_column() {
    let (sqlite, postgres) = (Place::new(Engine::Sqlite), Place::new(Engine::Postgres));
    sqlite.open().await;
    postgres.open().await;
    let sqlite = sqlite_tables(&sqlite.config().data_dir.join("athanor.db")).await;
    let postgres = postgres_tables(&postgres.config().database_url.unwrap()).await;
    assert!(sqlite.len() > 8, "{sqlite:?}");
    for (table, columns) in &sqlite {
        assert_eq!(postgres.get(table), Some(columns), "{table}");
    }
    assert_eq!(postgres.len(), sqlite.len());
}

async fn sqlite_tables(path: &Path) -> Tables {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).read_only(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT m.name, c.name, c.type, c.\"notnull\" FROM sqlite_schema AS m, pragma_table_info(m.name) AS c
         WHERE m.type = 'table' AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let kinds = |kind: &str, column: &str| match (kind, column) {
        ("INTEGER", "gzip" | "stop_requested" | "disabled" | "must_change_password" | "may_edit") => "boolean",
        ("INTEGER", _) => "bigint",
        ("REAL", _) => "double precision",
        _ => "text",
    };
    sorted(rows.into_iter().map(|(table, name, kind, required)| {
        let kind = kinds(&kind, &name).to_owned();
        (table, (name, kind, required))
    }))
}

async fn postgres_tables(url: &str) -> Tables {
    let pool = sqlx::PgPool::connect(url).await.unwrap();
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT c.table_name::text, c.column_name::text, c.data_type::text, c.is_nullable = 'NO'
         FROM information_schema.columns AS c JOIN information_schema.tables AS t USING (table_schema, table_name)
         WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.table_name <> '_sqlx_migrations'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    sorted(rows.into_iter().map(|(table, name, kind, required)| (table, (name, kind, required))))
}

fn sorted(rows: impl Iterator<Item = (String, (String, String, bool))>) -> Tables {
    let mut tables = Tables::new();
    for (table, column) in rows {
        tables.entry(table).or_default().push(column);
    }
    for columns in tables.values_mut() {
        columns.sort();
    }
    tables
}
