//! Which schema a database has, and whether this Athanor can work with it. Reads only.

use sqlx::migrate::Migrator;

use super::{Db, sql};
use crate::Error;

/// What was found, compared with what this executable knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Schema {
    /// No tables yet.
    Empty,
    /// The next start brings it up to date.
    Older {
        found: i64,
        known: i64,
    },
    Current(i64),
    Newer(i64),
    /// A step of this number was made from another text.
    Altered(i64),
}

impl Schema {
    /// The number of its newest step, when it is one that can be read.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do.
    pub(crate) fn usable(self) -> Result<i64, Error> {
        match self {
            Self::Empty => Ok(0),
            Self::Older { found, .. } | Self::Current(found) => Ok(found),
            Self::Newer(version) => Err(newer(version)),
            Self::Altered(version) => Err(altered(version)),
        }
    }
}

pub(super) fn newer(version: i64) -> Error {
    Error::Setup(format!(
        "the database has schema {version}, made by a newer Athanor; start that one, or restore a backup (`athanor \
         admin restore`)"
    ))
}

pub(super) fn altered(version: i64) -> Error {
    Error::Setup(format!(
        "step {version} of the database's schema is not the one that this Athanor knows; start the version that made \
         it, or restore a backup (`athanor admin restore`)"
    ))
}

impl Db {
    /// Looks at what is recorded of the schema.
    pub(crate) async fn schema(&self) -> Result<Schema, Error> {
        if !self.has_table("_sqlx_migrations").await? {
            return Ok(Schema::Empty);
        }
        let found: Vec<(i64, Vec<u8>)> =
            sql("SELECT version, checksum FROM _sqlx_migrations ORDER BY version").all(self).await?;
        Ok(compare(self.migrator(), &found))
    }

    /// Whether this executable knows the step of that number.
    pub(crate) fn knows(&self, step: i64) -> bool {
        self.migrator().version_exists(step)
    }

    async fn has_table(&self, name: &str) -> Result<bool, Error> {
        let statement = match self {
            Self::Sqlite { .. } => sql("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = $1)"),
            Self::Postgres(_) => sql("SELECT to_regclass($1) IS NOT NULL"),
        };
        statement.bind(name).scalar(self).await
    }
}

fn compare(migrator: &Migrator, found: &[(i64, Vec<u8>)]) -> Schema {
    for (version, checksum) in found {
        match migrator.iter().find(|step| step.version == *version) {
            None => return Schema::Newer(*version),
            Some(step) if *step.checksum != **checksum => return Schema::Altered(*version),
            Some(_) => {}
        }
    }
    let newest = found.last().map(|(version, _)| *version);
    let known = migrator.iter().map(|step| step.version).max().unwrap_or_default();
    match newest {
        None => Schema::Empty,
        Some(found) if found < known => Schema::Older { found, known },
        Some(found) => Schema::Current(found),
    }
}
