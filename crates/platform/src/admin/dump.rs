//! Rows as lines: an array of the columns' values, the same for both engines.

use std::io::{BufWriter, Seek, Write};

use serde_json::Value as Json;

use super::tables::{Described, TABLES, Table};
use crate::{
    Error,
    db::{Kind, Tx, Value, select_statement},
};

/// Files and directories that the rows of a snapshot name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Blob {
    Checkpoint { job: String, path: String },
    Model(String),
    Dataset(String),
}

impl Blob {
    /// Below the data directory, and in the archive.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Checkpoint { job, path } => format!("jobs/{job}/{path}"),
            Self::Model(id) => format!("models/{id}"),
            Self::Dataset(id) => format!("datasets/{id}"),
        }
    }
}

/// A table's rows in a file without a name.
pub(super) struct Dumped {
    pub(super) table: Described,
    pub(super) file: std::fs::File,
}

/// Every table as it is at one moment, and the files that go with it.
pub(super) async fn dump(snapshot: &mut Tx) -> Result<(Vec<Dumped>, Vec<Blob>), Error> {
    snapshot.take_your_time().await?;
    let (mut dumped, mut blobs) = (Vec::new(), Vec::new());
    for table in TABLES {
        let file = temporary().map_err(Error::storage("write a temporary file"))?;
        let mut lines = BufWriter::new(file);
        let statement = select_statement(table.name, table.columns.iter().map(|(name, _)| *name))?;
        let kinds: Vec<Kind> = table.columns.iter().map(|(_, kind)| *kind).collect();
        let rows = statement
            .each(snapshot, &kinds, |row| {
                blobs.extend(blob(table, &row));
                let line: Vec<Json> = row.into_iter().map(to_json).collect();
                write_line(&mut lines, &line).map_err(Error::storage("write a temporary file"))
            })
            .await?;
        let written = lines.into_inner().map_err(std::io::IntoInnerError::into_error).and_then(|mut file| {
            file.rewind()?;
            Ok(file)
        });
        let file = written.map_err(Error::storage("write a temporary file"))?;
        dumped.push(Dumped { table: table.described(rows), file });
    }
    // What a trainer may remove at any moment comes first.
    blobs.sort_by_key(|blob| match blob {
        Blob::Checkpoint { .. } => 0,
        Blob::Model(_) => 1,
        Blob::Dataset(_) => 2,
    });
    Ok((dumped, blobs))
}

fn write_line(lines: &mut impl Write, line: &[Json]) -> std::io::Result<()> {
    serde_json::to_writer(&mut *lines, line)?;
    lines.write_all(b"\n")
}

/// In the system's folder for such files; the system removes it when it is closed.
pub(super) fn temporary() -> std::io::Result<std::fs::File> {
    let path = std::env::temp_dir().join(format!("athanor-{}", uuid::Uuid::new_v4()));
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

fn blob(table: &Table, row: &[Value]) -> Option<Blob> {
    let text = |column: &str| match row.get(table.at(column)?)? {
        Value::Text(text) => text.clone(),
        _ => None,
    };
    match table.name {
        "datasets" => Some(Blob::Dataset(text("id")?)),
        "models" => Some(Blob::Model(text("id")?)),
        "checkpoints" => Some(Blob::Checkpoint { job: text("job_id")?, path: text("path")? }),
        _ => None,
    }
}

fn to_json(value: Value) -> Json {
    match value {
        Value::Text(value) => value.map_or(Json::Null, Json::String),
        Value::Integer(value) => value.map_or(Json::Null, Json::from),
        Value::Real(value) => value.map_or(Json::Null, Json::from),
        Value::Boolean(value) => value.map_or(Json::Null, Json::Bool),
    }
}

/// The reverse of [`to_json`]; `None` when it is something else.
pub(super) fn from_json(value: Json, kind: Kind) -> Option<Value> {
    Some(match (kind, value) {
        (Kind::Text, Json::Null) => Value::Text(None),
        (Kind::Integer, Json::Null) => Value::Integer(None),
        (Kind::Real, Json::Null) => Value::Real(None),
        (Kind::Boolean, Json::Null) => Value::Boolean(None),
        // PostgreSQL has no NUL in its texts.
        (Kind::Text, Json::String(text)) if text.contains('\0') => Value::Text(Some(text.replace('\0', "\u{fffd}"))),
        (Kind::Text, Json::String(text)) => Value::Text(Some(text)),
        (Kind::Integer, value) => Value::Integer(Some(value.as_i64()?)),
        (Kind::Real, value) => Value::Real(Some(value.as_f64()?)),
        (Kind::Boolean, value) => Value::Boolean(Some(value.as_bool()?)),
        (Kind::Text, _) => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::{from_json, to_json};
    use crate::db::{Kind, Value};

    #[test]
    fn values_come_back_as_they_were() {
        let odd = 0.1 + 0.2;
        let Some(Value::Real(Some(real))) = from_json(to_json(Value::Real(Some(odd))), Kind::Real) else { panic!() };
        assert_eq!(real.to_bits(), f64::to_bits(odd));
        let Some(Value::Integer(Some(big))) = from_json(json!(i64::MAX), Kind::Integer) else { panic!() };
        assert_eq!(big, i64::MAX);
        assert!(matches!(from_json(Json::Null, Kind::Text), Some(Value::Text(None))));
        assert!(from_json(json!(1), Kind::Text).is_none());
        assert!(from_json(json!("1"), Kind::Integer).is_none());
    }
}
