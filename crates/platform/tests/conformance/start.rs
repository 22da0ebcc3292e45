//! What a start refuses: a database that is damaged, and one from the future.

use std::{fs, io::Write, path::Path};

use crate::harness::{Engine, Place};

#[tokio::test]
async fn a_damaged_file_is_refused_and_left_as_it_is() {
    let place = Place::new(Engine::Sqlite);
    let world = place.open().await;
    for number in 0..20 {
        crate::harness::register(&world, &format!("person{number}")).await;
    }
    world.start().shutdown().await;
    drop(world);
    let path = place.config().data_dir.join("athanor.db");
    let whole = fs::read(&path).unwrap();
    let pages = whole.len() / 4_096;
    assert!(pages > 8);
    for (from, to) in [(0, 1), (1, pages), (pages / 2, pages / 2 + 2)] {
        let mut damaged = whole.clone();
        damaged[from * 4_096..to * 4_096].fill(0xa5);
        fs::write(&path, &damaged).unwrap();
        let before = contents(&place.config().data_dir);
        let said = place.try_open().await.err().expect("it should be refused").to_string();
        assert!(said.contains("damaged") && said.contains("athanor admin restore") && !said.contains('\n'), "{said}");
        assert!(contents(&place.config().data_dir) == before, "something was written");
    }
    fs::write(&path, &whole).unwrap();
    place.open().await;
}

#[tokio::test]
async fn a_schema_from_the_future_is_refused_and_left_as_it_is() {
    let place = Place::new(Engine::Sqlite);
    place.open().await.start().shutdown().await;
    let path = place.config().data_dir.join("athanor.db");
    let pool = sqlx::SqlitePool::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::query(FUTURE).bind(vec![0_u8; 48]).execute(&pool).await.unwrap();
    pool.close().await;
    let upload = place.config().data_dir.join("uploads/half");
    fs::File::create(&upload).unwrap().write_all(b"x").unwrap();
    let before = contents(&place.config().data_dir);
    let said = place.try_open().await.err().expect("it should be refused").to_string();
    assert!(said.contains("schema 9999, made by a newer Athanor"), "{said}");
    assert!(contents(&place.config().data_dir) == before, "something was written");
}

const FUTURE: &str =
    "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
                      VALUES (9999, 'of tomorrow', CURRENT_TIMESTAMP, TRUE, $1, 0)";

#[tokio::test]
async fn a_postgres_schema_from_the_future_is_refused() {
    let place = Place::new(Engine::Postgres);
    place.open().await.start().shutdown().await;
    let pool = sqlx::PgPool::connect(&place.config().database_url.unwrap()).await.unwrap();
    sqlx::query(FUTURE).bind(vec![0_u8; 48]).execute(&pool).await.unwrap();
    let said = place.try_open().await.err().expect("it should be refused").to_string();
    assert!(said.contains("schema 9999, made by a newer Athanor"), "{said}");
}

/// Every file with its bytes.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}
