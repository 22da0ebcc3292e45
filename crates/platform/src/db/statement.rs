//! One statement and its values, for either engine. Rooms write SQL that both understand (`$1`, `ON CONFLICT`,
//! `RETURNING`, `TRUE`), so there is one text to read; what an engine needs for itself is in `db`.

use domain::{DatasetId, ExperimentId, JobId, LinkId, ModelId, SessionId, Timestamp, TokenId, UserId, WebhookId};
use sqlx::{
    Arguments, AssertSqlSafe, Database, Encode, FromRow, PgConnection, PgPool, Postgres, SqlSafeStr, SqlStr, Sqlite,
    SqliteConnection, SqlitePool, Type,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::Error;

/// Where a statement runs: on any connection of a pool, or on the one of a transaction.
pub(crate) enum Lane<'a> {
    SqlitePool(&'a SqlitePool),
    Sqlite(&'a mut SqliteConnection),
    PostgresPool(&'a PgPool),
    Postgres(&'a mut PgConnection),
}

/// A row that can be read from either engine: what derives `FromRow`, and tuples.
pub(crate) trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A statement that waits for its values.
pub(crate) struct Statement {
    text: SqlStr,
    values: Vec<Value>,
}

/// SQL that both engines understand, with `$1`, `$2`, ... for the values.
pub(crate) fn sql(text: &'static str) -> Statement {
    Statement { text: text.into_sql_str(), values: Vec::new() }
}

/// `head VALUES ($1, $2), ($3, $4) tail` for `rows` rows of `columns` values.
pub(crate) fn sql_rows(head: &'static str, rows: usize, columns: usize, tail: &'static str) -> Statement {
    let mut text = format!("{head} VALUES ");
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            text.push_str(&format!("{comma}${}", row * columns + column + 1));
        }
        text.push(')');
    }
    text.push(' ');
    text.push_str(tail);
    Statement::put_together(text)
}

/// `head ($2, $3, $4) tail` for `count` values, the first of which is the one with this number.
pub(crate) fn sql_list(head: &'static str, first: usize, count: usize, tail: &'static str) -> Statement {
    let numbers: Vec<String> = (first..first + count).map(|number| format!("${number}")).collect();
    Statement::put_together(format!("{head} ({}) {tail}", numbers.join(", ")))
}

impl Statement {
    /// A text that `db` put together itself, never from what a user typed.
    pub(super) fn put_together(text: String) -> Self {
        Self { text: AssertSqlSafe(text).into_sql_str(), values: Vec::new() }
    }

    pub(super) fn into_parts(self) -> (SqlStr, Vec<Value>) {
        (self.text, self.values)
    }
}

/// What a column can hold. An absent value keeps its type, which PostgreSQL asks for.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(Option<String>),
    Integer(Option<i64>),
    Real(Option<f64>),
    Boolean(Option<bool>),
}

macro_rules! run {
    ($statement:expr, $lane:expr, $make:ident $(::<$record:ident>)?, $fetch:ident) => {
        match $lane.into() {
            Lane::SqlitePool(pool) => {
                sqlx::$make::<Sqlite, $($record,)? _>($statement.text, sqlite($statement.values)?).$fetch(pool).await
            }
            Lane::Sqlite(connection) => {
                sqlx::$make::<Sqlite, $($record,)? _>($statement.text, sqlite($statement.values)?)
                    .$fetch(connection)
                    .await
            }
            Lane::PostgresPool(pool) => {
                sqlx::$make::<Postgres, $($record,)? _>($statement.text, postgres($statement.values)?)
                    .$fetch(pool)
                    .await
            }
            Lane::Postgres(connection) => {
                sqlx::$make::<Postgres, $($record,)? _>($statement.text, postgres($statement.values)?)
                    .$fetch(connection)
                    .await
            }
        }
    };
}

impl Statement {
    /// The next value.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs it; tells how many rows it changed.
    pub(crate) async fn execute(self, lane: impl Into<Lane<'_>>) -> Result<u64, Error> {
        Ok(match lane.into() {
            Lane::SqlitePool(pool) => {
                sqlx::query_with(self.text, sqlite(self.values)?).execute(pool).await?.rows_affected()
            }
            Lane::Sqlite(connection) => {
                sqlx::query_with(self.text, sqlite(self.values)?).execute(connection).await?.rows_affected()
            }
            Lane::PostgresPool(pool) => {
                sqlx::query_with(self.text, postgres(self.values)?).execute(pool).await?.rows_affected()
            }
            Lane::Postgres(connection) => {
                sqlx::query_with(self.text, postgres(self.values)?).execute(connection).await?.rows_affected()
            }
        })
    }

    /// The first row, if there is one.
    pub(crate) async fn optional<T: Record>(self, lane: impl Into<Lane<'_>>) -> Result<Option<T>, Error> {
        Ok(run!(self, lane, query_as_with::<T>, fetch_optional)?)
    }

    /// The only row.
    pub(crate) async fn one<T: Record>(self, lane: impl Into<Lane<'_>>) -> Result<T, Error> {
        Ok(run!(self, lane, query_as_with::<T>, fetch_one)?)
    }

    /// The only value.
    pub(crate) async fn scalar<T>(self, lane: impl Into<Lane<'_>>) -> Result<T, Error>
    where
        (T,): Record,
    {
        self.one::<(T,)>(lane).await.map(|(value,)| value)
    }

    /// The first value, if there is one.
    pub(crate) async fn optional_scalar<T>(self, lane: impl Into<Lane<'_>>) -> Result<Option<T>, Error>
    where
        (T,): Record,
    {
        Ok(self.optional::<(T,)>(lane).await?.map(|(value,)| value))
    }

    /// One value of every row.
    pub(crate) async fn scalars<T>(self, lane: impl Into<Lane<'_>>) -> Result<Vec<T>, Error>
    where
        (T,): Record,
    {
        Ok(self.all::<(T,)>(lane).await?.into_iter().map(|(value,)| value).collect())
    }

    /// Every row.
    pub(crate) async fn all<T: Record>(self, lane: impl Into<Lane<'_>>) -> Result<Vec<T>, Error> {
        Ok(run!(self, lane, query_as_with::<T>, fetch_all)?)
    }
}

pub(super) fn sqlite(values: Vec<Value>) -> Result<SqliteArguments, Error> {
    arguments(values)
}

pub(super) fn postgres(values: Vec<Value>) -> Result<PgArguments, Error> {
    arguments(values)
}

fn arguments<A: Arguments>(values: Vec<Value>) -> Result<A, Error>
where
    for<'q> Option<String>: Encode<'q, A::Database> + Type<A::Database>,
    for<'q> Option<i64>: Encode<'q, A::Database> + Type<A::Database>,
    for<'q> Option<f64>: Encode<'q, A::Database> + Type<A::Database>,
    for<'q> Option<bool>: Encode<'q, A::Database> + Type<A::Database>,
    A::Database: Database,
{
    let mut arguments = A::default();
    for value in values {
        let added = match value {
            Value::Text(value) => arguments.add(value),
            Value::Integer(value) => arguments.add(value),
            Value::Real(value) => arguments.add(value),
            Value::Boolean(value) => arguments.add(value),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

macro_rules! value {
    ($kind:ident: $($from:ty => |$it:ident| $to:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($it: $from) -> Self {
                Self::$kind(Some($to))
            }
        }

        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self {
                Self::$kind(value.map(|$it| $to))
            }
        })*
    };
}

value! { Text:
    String => |text| text;
    &str => |text| text.to_owned();
    UserId => |id| id.to_string();
    SessionId => |id| id.to_string();
    TokenId => |id| id.to_string();
    WebhookId => |id| id.to_string();
    LinkId => |id| id.to_string();
    DatasetId => |id| id.to_string();
    JobId => |id| id.to_string();
    ModelId => |id| id.to_string();
    ExperimentId => |id| id.to_string();
    uuid::Uuid => |id| id.to_string();
}

value! { Integer:
    i64 => |number| number;
    u32 => |number| i64::from(number);
    // Counters and sizes: none comes near 2^63.
    u64 => |number| number as i64;
    Timestamp => |moment| moment.0;
}

value! { Real: f64 => |number| number; }

value! { Boolean: bool => |truth| truth; }

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::sql_rows;

    #[test]
    fn rows_are_numbered_on() {
        let statement = sql_rows("INSERT INTO t (a, b)", 2, 2, "ON CONFLICT DO NOTHING");
        let text = "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING";
        assert_eq!(statement.text.as_str(), text);
    }
}
