//! What an administrator does from a shell, beside a server that may be running: backing up, restoring, examining.
//! Nothing here takes a principal: whoever may read the data directory may do all of it.

mod archive;
mod backup;
mod doctor;
mod dump;
#[cfg(test)]
mod forward;
mod manifest;
mod restore;
mod sql;
mod state;
mod tables;

use std::path::{Path, PathBuf};

pub use backup::{BackedUp, backup};
pub use doctor::{Check, Finding, doctor};
pub use restore::{Restored, restore};
pub use state::dump_state;

use crate::{Error, blob::Paths, db::Db};

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
}

fn require_file(path: &Path) -> Result<(), Error> {
    if path.exists() {
        return Ok(());
    }
    Err(Error::Setup(format!("there is no database at {}; give the --data-dir of the server", path.display())))
}
