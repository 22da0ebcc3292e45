//! `athanor admin restore`: a backup into an empty directory (and an empty database), of either engine.
//!
//! The archive is read twice: first every hash is checked, then everything is put in place. The database comes last, so
//! that a directory that was restored by half is no installation.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    io::{self, BufRead, BufReader, Seek},
    path::{Component, Path, PathBuf},
    str::FromStr,
};

use domain::{
    JobId,
    job::{LogLevel, Transition},
};
use serde_json::Value as Json;

use super::{
    Site,
    archive::read_entries,
    dump::{Blob, temporary},
    manifest::{self, FORMAT, Manifest, Part},
    sql::{self, Filling},
};
use crate::{
    Error,
    blob::{self, Paths, make_private},
    clock,
    db::{Db, Schema, Tx, parse_json},
    jobs, queue,
};

/// Where files of an archive may go.
const FOLDERS: &[&str] = &["datasets", "models", "jobs", "secrets"];

/// What has been put back.
#[derive(Clone, Debug)]
pub struct Restored {
    pub rows: u64,
    pub files: u64,
    /// Jobs that were being trained: back in the queue.
    pub requeued: u64,
    /// Version of the Athanor that made the backup.
    pub made_by: String,
}

/// Puts a backup where there is nothing yet.
///
/// # Errors
/// A sentence. Nothing is left behind in the directory then.
pub async fn restore(file: &Path, site: &Site) -> Result<Restored, Error> {
    let archive = file.to_owned();
    let manifest = on_a_thread(move || verify(&archive)).await?;
    require_empty(&site.data_dir)?;
    let empty_database = match &site.database_url {
        Some(url) => Some(empty_postgres(url).await?),
        None => None,
    };
    let existed = site.data_dir.exists();
    make_private(&site.data_dir)?;
    let done = fill(file, site, &manifest, empty_database).await;
    if done.is_err() {
        clear(&site.data_dir, existed);
    }
    done
}

async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))?
}

/// Reads all of it and checks every hash.
fn verify(path: &Path) -> Result<Manifest, Error> {
    let (mut found, mut text) = (BTreeMap::new(), None);
    let read = read_entries(
        path,
        |name, content| {
            if name == manifest::NAME {
                let mut bytes = String::new();
                content.read_to_string(&mut bytes)?;
                text = Some(bytes);
            }
            Ok(())
        },
        |name, part| {
            found.insert(name.to_owned(), part);
            Ok(())
        },
    );
    let refuse =
        |why: String| Error::Setup(format!("{} cannot be restored: {why}; nothing was written", path.display()));
    read.map_err(|error| refuse(format!("it cannot be read to its end ({error})")))?;
    let text = text.ok_or_else(|| refuse("it has no manifest, so it is not whole or no backup of Athanor's".into()))?;
    let manifest: Manifest = parse_json("manifest", &text)?;
    if manifest.format != FORMAT {
        let why = format!("it was made by Athanor {} in a form that this one does not know", manifest.version);
        return Err(refuse(why));
    }
    found.remove(manifest::NAME);
    for (name, part) in &manifest.parts {
        match found.remove(name) {
            Some(same) if same == *part => {}
            Some(_) => return Err(refuse(format!("{name} is damaged (its SHA-256 is not the one in the manifest)"))),
            None => return Err(refuse(format!("{name} is missing"))),
        }
    }
    if let Some((name, _)) = found.first_key_value() {
        return Err(refuse(format!("{name} is not in its manifest")));
    }
    Ok(manifest)
}

fn require_empty(directory: &Path) -> Result<(), Error> {
    let looked = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.and_then(Iterator::collect::<io::Result<Vec<_>>>),
    };
    let entries = looked.map_err(Error::storage(format!("look into {}", directory.display())))?;
    // A fresh file system has one of its own.
    if entries.iter().all(|entry| entry.file_name() == "lost+found") {
        return Ok(());
    }
    Err(Error::Setup(format!("{} is not empty; restore into a new directory", directory.display())))
}

async fn empty_postgres(url: &str) -> Result<Db, Error> {
    let db = Db::connect_postgres(url, &[]).await?;
    if db.schema().await? != Schema::Empty {
        return Err(Error::Setup("the database is not empty; restore into a new one (`createdb NAME`)".into()));
    }
    Ok(db)
}

/// Removes what was put into a directory that was empty.
fn clear(directory: &Path, existed: bool) {
    if existed {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let _ = blob::remove(&entry.path());
        }
    } else {
        let _ = fs::remove_dir_all(directory);
    }
}

async fn fill(file: &Path, site: &Site, manifest: &Manifest, database: Option<Db>) -> Result<Restored, Error> {
    let paths = site.paths();
    // As long as we are at it, no server may start here.
    let _lock = blob::lock(paths.root(), false)?;
    let (archive, target, known) = (file.to_owned(), paths.clone(), manifest.clone());
    let (rows, files) = on_a_thread(move || extract(&archive, &target, &known)).await?;
    let (db, partial) = if let Some(db) = database {
        (db, None)
    } else {
        let partial = paths.root().join("athanor.db.restoring");
        (Db::connect_sqlite(&partial).await?, Some(partial))
    };
    let restored = fill_database(&db, manifest, rows, files).await;
    db.close().await;
    let restored = restored?;
    if let Some(partial) = partial {
        let log = paths.root().join("athanor.db.restoring-wal");
        if log.exists() {
            return Err(Error::Internal(format!("{} is still in use", partial.display())));
        }
        let named = fs::rename(&partial, paths.database()).and_then(|()| blob::sync_directory(paths.root()));
        named.map_err(Error::storage("put the database in its place"))?;
    }
    Ok(restored)
}

/// Puts files where they belong; gives the tables' rows and the number of files.
fn extract(path: &Path, paths: &Paths, manifest: &Manifest) -> Result<(HashMap<String, File>, u64), Error> {
    let (mut rows, mut files) = (HashMap::new(), 0);
    let read = read_entries(
        path,
        |name, content| {
            if name == manifest::NAME || is_skipped(manifest, name) {
                return Ok(());
            }
            if let Some(table) = name.strip_prefix("database/") {
                let mut file = temporary()?;
                io::copy(content, &mut file)?;
                file.rewind()?;
                rows.insert(table.to_owned(), file);
                return Ok(());
            }
            let target = place(paths, name)?;
            let mut file = create(&target)?;
            io::copy(content, &mut file)?;
            // Durable before the database says that it is there.
            file.sync_all()?;
            files += 1;
            Ok(())
        },
        |name, part| require_same(manifest, name, &part),
    );
    read.map_err(Error::storage(format!("restore {}", path.display())))?;
    for folder in ["datasets", "models", "jobs", "uploads", "secrets"] {
        make_private(&paths.folder(folder))?;
    }
    Ok((rows, files))
}

fn is_skipped(manifest: &Manifest, name: &str) -> bool {
    let below =
        |skipped: &String| name == skipped || name.strip_prefix(skipped).is_some_and(|rest| rest.starts_with('/'));
    manifest.skipped.iter().any(below)
}

fn require_same(manifest: &Manifest, name: &str, part: &Part) -> io::Result<()> {
    if name == manifest::NAME || manifest.parts.get(name) == Some(part) {
        return Ok(());
    }
    Err(io::Error::other(format!("{name} changed while it was read")))
}

/// An archive comes from somewhere: its names must not lead out of the directory.
fn place(paths: &Paths, name: &str) -> io::Result<PathBuf> {
    let path = Path::new(name);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let first = path.components().next().and_then(|part| part.as_os_str().to_str());
    if !plain || !first.is_some_and(|first| FOLDERS.contains(&first)) {
        return Err(io::Error::other(format!("{name:?} leads out of the data directory")));
    }
    Ok(paths.root().join(path))
}

fn create(path: &Path) -> io::Result<File> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        options.mode(0o600);
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    options.open(path)
}

/// The schema as it was, the rows, then every later step of the schema: what it does to rows, it does to these too.
async fn fill_database(
    db: &Db,
    manifest: &Manifest,
    mut parts: HashMap<String, File>,
    files: u64,
) -> Result<Restored, Error> {
    if !db.knows(manifest.schema) {
        return Err(Error::Setup(format!(
            "the backup has schema {}, made by Athanor {}, which is newer than this one; restore it with that one",
            manifest.schema, manifest.version
        )));
    }
    db.migrate(Some(manifest.schema)).await?;
    let mut transaction = db.begin().await?;
    transaction.take_your_time().await?;
    let mut rows = 0;
    for table in &manifest.tables {
        let part = table.part();
        let lines = part.strip_prefix("database/").and_then(|name| parts.remove(name));
        let lines = lines.ok_or_else(|| Error::Setup(format!("{part} is missing in the backup")))?;
        let mut filling = Filling::new(table);
        for line in BufReader::new(lines).lines() {
            let line = line.map_err(Error::storage(format!("read {part}")))?;
            let row: Vec<Json> = parse_json("row", &line)?;
            filling.add(&mut transaction, row).await?;
        }
        filling.flush(&mut transaction).await?;
        if filling.count != table.rows {
            return Err(Error::Setup(format!("{part} has {} rows, not {}", filling.count, table.rows)));
        }
        rows += filling.count;
    }
    for name in &manifest.skipped {
        if let Some(blob) = blob_of(name) {
            sql::forget(&mut transaction, &blob).await?;
        }
    }
    transaction.commit().await?;
    db.migrate(None).await?;
    let requeued = put_back(db).await?;
    Ok(Restored { rows, files, requeued, made_by: manifest.version.clone() })
}

/// The reverse of [`Blob::name`].
fn blob_of(name: &str) -> Option<Blob> {
    let (folder, rest) = name.split_once('/')?;
    match folder {
        "datasets" => Some(Blob::Dataset(rest.to_owned())),
        "models" => Some(Blob::Model(rest.to_owned())),
        "jobs" => {
            let (job, path) = rest.split_once('/')?;
            Some(Blob::Checkpoint { job: job.to_owned(), path: path.to_owned() })
        }
        _ => None,
    }
}

/// Jobs that some agent held when the backup was made: no agent holds them here.
async fn put_back(db: &Db) -> Result<u64, Error> {
    let mut transaction: Tx = db.begin().await?;
    let held = sql::held(&mut transaction).await?;
    for (id, state, stop_requested) in &held {
        let id = JobId::from_str(id).map_err(|_| Error::Internal(format!("stored id {id:?} is not a UUID")))?;
        let (state, now) = (jobs::sql::parse_state(state)?, clock::now());
        queue::sql::append_log(&mut transaction, id, LogLevel::Warning, "Restored from a backup.", now).await?;
        if *stop_requested {
            let next = state.after(Transition::Stop)?;
            jobs::sql::end_without_lease(&mut transaction, id, next, "Stopped.", None, now).await?;
        } else {
            let next = state.after(Transition::Requeue)?;
            let message = "Waiting to go on from its last checkpoint.";
            queue::sql::give_back(&mut transaction, id, next, message).await?;
        }
    }
    transaction.commit().await?;
    Ok(held.len() as u64)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::place;
    use crate::blob::Paths;

    #[test]
    fn names_do_not_lead_out_of_the_directory() {
        let paths = Paths::new(Path::new("/data"));
        assert_eq!(place(&paths, "models/1/a").unwrap(), Path::new("/data/models/1/a"));
        for name in ["../a", "/etc/passwd", "models/../../a", "athanor.db", "lock", ""] {
            assert!(place(&paths, name).is_err(), "{name}");
        }
    }
}
