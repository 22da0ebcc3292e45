//! Whole tables, row by row and whatever their columns: what a backup reads and a restore writes.

use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::{ColumnIndex, Database, Decode, Row, Type};

use super::{
    Tx,
    statement::{Statement, Value, postgres, sqlite},
};
use crate::Error;

/// What a column holds, on both engines. SQLite keeps booleans as 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Text,
    Integer,
    Real,
    Boolean,
}

impl Statement {
    /// Gives every row to `take` as it comes; tells how many there were.
    pub(crate) async fn each(
        self,
        transaction: &mut Tx,
        kinds: &[Kind],
        mut take: impl FnMut(Vec<Value>) -> Result<(), Error> + Send,
    ) -> Result<u64, Error> {
        let (text, values) = self.into_parts();
        let mut count = 0;
        match transaction {
            Tx::Sqlite(transaction) => {
                let mut rows = sqlx::query_with(text, sqlite(values)?).fetch(&mut **transaction);
                while let Some(row) = rows.try_next().await? {
                    take(read(&row, kinds)?)?;
                    count += 1;
                }
            }
            Tx::Postgres(transaction) => {
                let mut rows = sqlx::query_with(text, postgres(values)?).fetch(&mut **transaction);
                while let Some(row) = rows.try_next().await? {
                    take(read(&row, kinds)?)?;
                    count += 1;
                }
            }
        }
        Ok(count)
    }
}

fn read<R: Row>(row: &R, kinds: &[Kind]) -> Result<Vec<Value>, Error>
where
    usize: ColumnIndex<R>,
    for<'r> Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Option<f64>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Option<bool>: Decode<'r, R::Database> + Type<R::Database>,
    R::Database: Database,
{
    let mut values = Vec::with_capacity(kinds.len());
    for (at, kind) in kinds.iter().enumerate() {
        values.push(match kind {
            Kind::Text => Value::Text(row.try_get(at)?),
            Kind::Integer => Value::Integer(row.try_get(at)?),
            Kind::Real => Value::Real(row.try_get(at)?),
            Kind::Boolean => Value::Boolean(row.try_get(at)?),
        });
    }
    Ok(values)
}

/// `SELECT` of these columns of a whole table.
pub(crate) fn select_statement<'a>(table: &str, columns: impl Iterator<Item = &'a str>) -> Result<Statement, Error> {
    let columns: Vec<&str> = columns.map(plain).collect::<Result<_, _>>()?;
    Ok(Statement::put_together(format!("SELECT {} FROM {}", columns.join(", "), plain(table)?)))
}

/// `INSERT` of `rows` rows of these columns, with the values to be bound row by row.
pub(crate) fn insert_statement<'a>(
    table: &str,
    columns: impl Iterator<Item = &'a str>,
    rows: usize,
) -> Result<Statement, Error> {
    let columns: Vec<&str> = columns.map(plain).collect::<Result<_, _>>()?;
    let mut text = format!("INSERT INTO {} ({}) VALUES ", plain(table)?, columns.join(", "));
    for row in 0..rows {
        let numbers = (1..=columns.len()).map(|column| format!("${}", row * columns.len() + column));
        let numbers: Vec<String> = numbers.collect();
        text.push_str(if row == 0 { "(" } else { ", (" });
        text.push_str(&numbers.join(", "));
        text.push(')');
    }
    Ok(Statement::put_together(text))
}

/// A name of ours: small letters and underscores, so that nothing else gets into a statement.
fn plain(name: &str) -> Result<&str, Error> {
    let ours =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if ours { Ok(name) } else { Err(Error::Setup(format!("{name:?} is no name of a table or column of Athanor"))) }
}

#[cfg(test)]
mod tests {
    use super::insert_statement;

    #[test]
    fn only_plain_names_get_into_a_statement() {
        assert!(insert_statement("users", ["id", "email_key"].into_iter(), 2).is_ok());
        assert!(insert_statement("users; DROP TABLE users", ["id"].into_iter(), 1).is_err());
        assert!(insert_statement("users", ["id) VALUES (1); --"].into_iter(), 1).is_err());
    }
}
