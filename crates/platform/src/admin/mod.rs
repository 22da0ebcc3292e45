//! What an administrator does from a shell, beside a server that may be running: backing up, restoring, examining.
//! Nothing here takes a principal: whoever may read the data directory may do all of it.

mod archive;
mod backup;
mod doctor;
mod dump;
#[cfg(test)]
mod forward;
mod manifest;
mod people;
mod restore;
mod sql;
mod state;
mod tables;

use std::path::{Path, PathBuf};

pub use backup::{BackedUp, backup};
pub use doctor::{Check, Finding, doctor};
pub use people::{create_user, list_users, reset_password};
pub use restore::{Restored, restore};
pub use state::dump_state;

use crate::{
    Error,
    blob::Paths,
    db::{Db, Schema},
};

/// Where an installation is. Opening it changes nothing and waits for nobody.
#[derive(Clone, Debug)]
pub struct Site {
    pub data_dir: PathBuf,
    /// SQLite in the data directory when absent.
    pub database_url: Option<String>,
}

impl Site {
    fn paths(&self) -> Paths {
        Paths::new(&self.data_dir)
    }

    /// For reading alone.
    async fn read(&self) -> Result<Db, Error> {
        if let Some(url) = &self.database_url {
            return Db::read_postgres(url).await;
        }
        let path = self.paths().database();
        require_file(&path)?;
        Db::read_sqlite(&path, false).await
    }

    /// For changing something beside a server that may be running.
    ///
    /// # Errors
    /// When the schema is not the one of this Athanor.
    async fn write(&self) -> Result<Db, Error> {
        let db = match &self.database_url {
            Some(url) => Db::connect_postgres(url, &[]).await?,
            None => {
                let path = self.paths().database();
                require_file(&path)?;
                Db::connect_sqlite(&path).await?
            }
        };
        match db.schema().await? {
            Schema::Current(_) => Ok(db),
            schema => {
                schema.usable()?;
                Err(Error::Setup("the database is one of an older Athanor; start the server once".into()))
            }
        }
    }
}

fn require_file(path: &Path) -> Result<(), Error> {
    if path.exists() {
        return Ok(());
    }
    Err(Error::Setup(format!("there is no database at {}; give the --data-dir of the server", path.display())))
}
