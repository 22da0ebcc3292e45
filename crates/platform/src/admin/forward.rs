//! Backups of older and of newer versions, as tests make them.

use std::path::Path;

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::{
    Site,
    archive::Writer,
    manifest::{self, FORMAT, Manifest},
    restore,
    tables::Described,
};
use crate::db::{Db, Kind, sql};

type Column = (&'static str, Kind, Json);

/// A backup with one row of each table.
fn archive(path: &Path, schema: i64, tables: &[(&str, &[Column])]) {
    let mut writer = Writer::create(path).unwrap();
    let mut described = Vec::new();
    for (name, columns) in tables {
        let of_columns = columns.iter().map(|(name, kind, _)| ((*name).to_owned(), *kind)).collect();
        let table = Described { name: (*name).to_owned(), columns: of_columns, rows: 1 };
        let row: Vec<&Json> = columns.iter().map(|(_, _, value)| value).collect();
        writer.add_bytes(&table.part(), serde_json::to_string(&row).unwrap().as_bytes()).unwrap();
        described.push(table);
    }
    writer.add_bytes("secrets/pepper", &[7; 32]).unwrap();
    let manifest = Manifest {
        format: FORMAT,
        version: "0.0.9".into(),
        schema,
        engine: "sqlite".into(),
        created_at: 0,
        tables: described,
        parts: writer.parts().clone(),
        skipped: Vec::new(),
    };
    writer.add_bytes(manifest::NAME, serde_json::to_string(&manifest).unwrap().as_bytes()).unwrap();
    writer.finish().unwrap();
}

const ID: &str = "0193a000-0000-7000-8000-000000000001";

/// `users` and `jobs` as the first step of the schema made them.
fn first_schema() -> (Vec<Column>, Vec<Column>) {
    let users = vec![
        ("id", Kind::Text, json!(ID)),
        ("email", Kind::Text, json!("a@b")),
        ("email_key", Kind::Text, json!("a@b")),
        ("username", Kind::Text, json!("ada")),
        ("password_hash", Kind::Text, json!("v1$")),
        ("role", Kind::Text, json!("admin")),
        ("created_at", Kind::Integer, json!(1)),
    ];
    let jobs = vec![
        ("id", Kind::Text, json!(ID)),
        ("owner_id", Kind::Text, json!(ID)),
        ("dataset_id", Kind::Text, json!(ID)),
        ("dataset_name", Kind::Text, json!("Iris")),
        ("name", Kind::Text, json!("My JOB")),
        ("spec", Kind::Text, json!("{\"target\":\"Species\"}")),
        ("state", Kind::Text, json!("RUNNING")),
        ("lease_until", Kind::Integer, json!(5)),
        ("available_at", Kind::Integer, json!(0)),
        ("total_epochs", Kind::Integer, json!(3)),
        ("loss", Kind::Real, json!(0.25)),
        ("message", Kind::Text, json!("Training.")),
        ("created_at", Kind::Integer, json!(1)),
    ];
    (users, jobs)
}

#[tokio::test]
async fn rows_of_an_older_schema_are_brought_up_to_date() {
    let folder = TempDir::new().unwrap();
    let (file, data_dir) = (folder.path().join("old.tar"), folder.path().join("data"));
    let (users, jobs) = first_schema();
    archive(&file, 1, &[("users", &users), ("jobs", &jobs)]);
    let site = Site { data_dir: data_dir.clone(), database_url: None };
    assert_eq!(restore(&file, &site).await.unwrap().requeued, 1);
    let db = Db::open_sqlite(&data_dir.join("athanor.db")).await.unwrap();
    let found: (String, String, String) = sql("SELECT name_key, search, state FROM jobs").one(&db).await.unwrap();
    assert_eq!(found, ("my job".into(), "my job iris species".into(), "QUEUED".into()));
}

#[tokio::test]
async fn one_of_a_newer_schema_is_refused_and_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let (file, data_dir) = (folder.path().join("new.tar"), folder.path().join("data"));
    let (users, _) = first_schema();
    archive(&file, 9_999, &[("users", &users)]);
    let said = restore(&file, &Site { data_dir: data_dir.clone(), database_url: None }).await.unwrap_err().to_string();
    assert!(said.contains("schema 9999, made by Athanor 0.0.9, which is newer"), "{said}");
    assert!(!data_dir.exists());
}
