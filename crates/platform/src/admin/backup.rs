//! `athanor admin backup`: everything of one moment in one file, while servers and workers go on.
//!
//! The rows are read within one snapshot. Files come after it, and none of them ever changes: one is there whole, or it was
//! removed together with its row.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{
    Site,
    archive::Writer,
    dump::{Blob, Dumped, dump},
    manifest::{self, FORMAT, Manifest},
    sql,
};
use crate::{
    Error,
    blob::Paths,
    clock,
    db::{Db, to_json},
};

/// A trainer says after the deed which checkpoints it has removed: this long until its word is recorded.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is in a new archive.
#[derive(Clone, Debug)]
pub struct BackedUp {
    pub rows: u64,
    pub files: u64,
    /// Of the archive.
    pub bytes: u64,
    /// Checkpoints, models and datasets that were deleted meanwhile.
    pub skipped: Vec<String>,
}

/// Writes everything into `target`, which appears when it is whole.
///
/// # Errors
/// A sentence; when a file is missing whose row exists, it names the file.
pub async fn backup(site: &Site, target: &Path) -> Result<BackedUp, Error> {
    let db = site.read().await?;
    let schema = db.schema().await?.usable()?;
    let mut snapshot = db.snapshot().await?;
    let (dumped, blobs) = dump(&mut snapshot).await?;
    drop(snapshot);
    let tables: Vec<_> = dumped.iter().map(|dumped| dumped.table.clone()).collect();
    let (path, paths) = (target.to_owned(), site.paths());
    let (mut writer, missing) = on_a_thread(move || copy(&path, &paths, dumped, blobs)).await?;
    let mut skipped = Vec::new();
    for blob in missing {
        if is_still_wanted(&db, &blob).await? {
            return Err(Error::Setup(format!(
                "{} is missing, but the database has a row of it; `athanor admin doctor` tells more",
                site.data_dir.join(blob.name()).display()
            )));
        }
        skipped.push(blob.name());
    }
    let rows = tables.iter().map(|table| table.rows).sum();
    let engine = db.engine();
    db.close().await;
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        schema,
        engine: engine.to_owned(),
        created_at: clock::now().0,
        tables,
        parts: writer.parts().clone(),
        skipped: skipped.clone(),
    };
    let text = to_json("manifest", &manifest)?;
    let files = (manifest.parts.len() - manifest.tables.len()) as u64;
    let finish = move || writer.add_bytes(manifest::NAME, text.as_bytes()).and_then(|()| writer.finish());
    let target = target.display().to_string();
    let bytes = on_a_thread(move || finish().map_err(Error::storage(format!("write {target}")))).await?;
    Ok(BackedUp { rows, files, bytes, skipped })
}

async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))?
}

/// Everything but the manifest; gives what was not there, or not whole.
fn copy(target: &Path, paths: &Paths, dumped: Vec<Dumped>, blobs: Vec<Blob>) -> Result<(Writer, Vec<Blob>), Error> {
    let write = || Error::storage(format!("write {}", target.display()));
    let mut writer = Writer::create(target).map_err(write())?;
    let mut missing = Vec::new();
    let (early, late): (Vec<Blob>, Vec<Blob>) =
        blobs.into_iter().partition(|blob| matches!(blob, Blob::Checkpoint { .. }));
    copy_blobs(&mut writer, paths, early, &mut missing)?;
    for Dumped { table, file } in dumped {
        writer.add_file(&table.part(), &file).map_err(write())?;
    }
    copy_secrets(&mut writer, paths)?;
    copy_blobs(&mut writer, paths, late, &mut missing)?;
    Ok((writer, missing))
}

fn copy_blobs(writer: &mut Writer, paths: &Paths, blobs: Vec<Blob>, missing: &mut Vec<Blob>) -> Result<(), Error> {
    for blob in blobs {
        let name = blob.name();
        let path = paths.root().join(&name);
        let copied = copy_blob(writer, &name, &path);
        match copied {
            Ok(true) => {}
            Ok(false) => missing.push(blob),
            Err(error) => return Err(Error::storage(format!("copy {}", path.display()))(error)),
        }
    }
    Ok(())
}

/// Whether it was there, and whole until it had been copied.
fn copy_blob(writer: &mut Writer, name: &str, path: &Path) -> io::Result<bool> {
    let there = || if path.is_dir() { files(path) } else { Ok(vec![path.to_owned()]) };
    let copied = (|| -> io::Result<bool> {
        let before = there()?;
        for file in &before {
            let name = match file.strip_prefix(path) {
                Ok(below) if file != path => Path::new(name).join(below),
                _ => PathBuf::from(name),
            };
            writer.add_file(&name.to_string_lossy(), &File::open(file)?)?;
        }
        Ok(!before.is_empty() && path.exists() && there()? == before)
    })();
    match copied {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        other => other,
    }
}

/// Every file below a directory, sorted.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next)? {
            let entry = entry?;
            let list = if entry.file_type()?.is_dir() { &mut folders } else { &mut found };
            list.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn copy_secrets(writer: &mut Writer, paths: &Paths) -> Result<(), Error> {
    for (name, required) in [("pepper", true), ("jwt", false)] {
        let path = paths.secrets().join(name);
        let copied = File::open(&path).and_then(|file| writer.add_file(&format!("secrets/{name}"), &file));
        match copied {
            // Whoever gives JWT_SECRET keeps it.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !required => {}
            other => other.map_err(Error::storage(format!("copy {}", path.display())))?,
        }
    }
    Ok(())
}

async fn is_still_wanted(db: &Db, blob: &Blob) -> Result<bool, Error> {
    let begun = Instant::now();
    loop {
        let wanted = sql::names(db, blob).await?;
        let in_a_moment = matches!(blob, Blob::Checkpoint { .. }) && begun.elapsed() < PATIENCE;
        if !wanted || !in_a_moment {
            return Ok(wanted);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
