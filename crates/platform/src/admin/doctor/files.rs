//! Rows and their files: whether each has the other.

use std::{
    collections::HashSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use sha2::{Digest, Sha256};

use super::Report;
use crate::{
    Error,
    admin::{dump::Blob, sql},
    blob::Paths,
    datasets,
    db::Db,
    jobs, models,
};

/// A file is there a moment before its row, and for a moment after it: this long at most.
const A_MOMENT: Duration = Duration::from_secs(1);

pub(super) async fn look(report: &mut Report, db: &Db, paths: &Paths, deep: bool) -> Result<(), Error> {
    of_datasets(report, db, paths, deep).await?;
    of_models(report, db, paths, deep).await?;
    of_checkpoints(report, db, paths).await?;
    without_rows(report, db, paths).await
}

/// What is wrong with a file, and of which row. Rows that went meanwhile are no matter.
async fn tell(report: &mut Report, db: &Db, wrong: Vec<(Blob, String)>, fine: String) -> Result<(), Error> {
    let mut all_fine = true;
    for (blob, sentence) in wrong {
        if matches!(blob, Blob::Checkpoint { .. }) {
            tokio::time::sleep(A_MOMENT).await;
        }
        if sql::names(db, &blob).await? {
            report.wrong(sentence);
            all_fine = false;
        }
    }
    if all_fine {
        report.fine(fine);
    }
    Ok(())
}

async fn of_datasets(report: &mut Report, db: &Db, paths: &Paths, deep: bool) -> Result<(), Error> {
    let rows = sql::datasets(db).await?;
    let (root, found) = (paths.root().to_owned(), rows.len());
    let wrong = on_a_thread(move || {
        let mut wrong = Vec::new();
        for row in rows {
            let blob = Blob::Dataset(row.id);
            let path = root.join(blob.name());
            let expected = Expected { bytes: row.size_bytes as u64, sha256: Some(&row.sha256).filter(|_| deep) };
            if let Some(why) = fault(&path, &expected) {
                let cure = "Restore it from a backup, or delete the dataset.";
                wrong.push((blob, format!("The file of dataset {:?}, {}, {why}. {cure}", row.name, path.display())));
            }
        }
        wrong
    });
    let how = if deep { "size and SHA-256" } else { "size" };
    tell(report, db, wrong.await?, format!("{found} datasets have their files, each of the right {how}.")).await
}

async fn of_models(report: &mut Report, db: &Db, paths: &Paths, deep: bool) -> Result<(), Error> {
    let rows = sql::models(db).await?;
    let (root, found) = (paths.root().to_owned(), rows.len());
    let wrong = on_a_thread(move || {
        let mut wrong = Vec::new();
        for row in rows {
            let blob = Blob::Model(row.id);
            let folder = root.join(blob.name());
            let cure = "Restore it from a backup, or delete the model and train it again.";
            let mut say = |path: &Path, why: String| {
                let sentence = format!("A file of model {:?}, {}, {why}. {cure}", row.name, path.display());
                wrong.push((blob.clone(), sentence));
            };
            let bundle = folder.join("bundle.zip");
            if let Some(why) = fault(&bundle, &Expected { bytes: row.size_bytes as u64, sha256: None }) {
                say(&bundle, why);
            }
            let weights = folder.join("model.safetensors");
            if deep && let Some(why) = hash_fault(&weights, &row.sha256) {
                say(&weights, why);
            }
        }
        wrong
    });
    let how = if deep { "size, their weights of the right SHA-256" } else { "size" };
    tell(report, db, wrong.await?, format!("{found} models have their files, each of the right {how}.")).await
}

async fn of_checkpoints(report: &mut Report, db: &Db, paths: &Paths) -> Result<(), Error> {
    let rows = sql::checkpoints(db).await?;
    let (mut wrong, found) = (Vec::new(), rows.len());
    for (job, path) in rows {
        let sentence =
            format!("Job {job} has a checkpoint {path} in the database, but not on disk. It goes on without it.");
        let blob = Blob::Checkpoint { job, path };
        if !paths.root().join(blob.name()).is_dir() {
            wrong.push((blob, sentence));
        }
    }
    tell(report, db, wrong, format!("{found} checkpoints have their directories.")).await
}

/// What a dead server was about to record. The next start of a server that is alone removes it.
async fn without_rows(report: &mut Report, db: &Db, paths: &Paths) -> Result<(), Error> {
    let mut suspects = strangers(db, paths).await?;
    if !suspects.is_empty() {
        tokio::time::sleep(A_MOMENT).await;
        let again = strangers(db, paths).await?;
        suspects.retain(|path| again.contains(path));
    }
    for path in &suspects {
        report.wrong(format!(
            "{} belongs to no row of the database. The next start of the server removes it; with PostgreSQL once it is a \
             day old.",
            path.display()
        ));
    }
    if suspects.is_empty() {
        report.fine("Every file in datasets, jobs and models belongs to a row.");
    }
    Ok(())
}

async fn strangers(db: &Db, paths: &Paths) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for name in ["datasets", "jobs", "models"] {
        // Files first: one that comes after them comes with its row.
        let entries = match fs::read_dir(paths.folder(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other.and_then(Iterator::collect::<io::Result<Vec<_>>>),
        };
        let entries = entries.map_err(Error::storage(format!("look into {}", paths.folder(name).display())))?;
        let ids = match name {
            "datasets" => datasets::sql::ids(db).await?,
            "jobs" => jobs::sql::ids(db).await?,
            _ => models::sql::ids(db).await?,
        };
        let ids: HashSet<String> = ids.into_iter().collect();
        let strange = entries.iter().filter(|entry| !entry.file_name().to_str().is_some_and(|name| ids.contains(name)));
        found.extend(strange.map(std::fs::DirEntry::path));
    }
    Ok(found)
}

struct Expected<'a> {
    bytes: u64,
    sha256: Option<&'a String>,
}

fn fault(path: &Path, expected: &Expected) -> Option<String> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some("is missing".to_owned()),
        Err(error) => Some(format!("cannot be looked at ({error})")),
        Ok(found) if found.len() != expected.bytes => {
            Some(format!("has {} bytes, not {}", found.len(), expected.bytes))
        }
        Ok(_) => expected.sha256.and_then(|sha256| hash_fault(path, sha256)),
    }
}

fn hash_fault(path: &Path, expected: &str) -> Option<String> {
    let mut hash = Sha256::new();
    match File::open(path).and_then(|mut file| io::copy(&mut file, &mut hash)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some("is missing".to_owned()),
        Err(error) => Some(format!("cannot be read ({error})")),
        Ok(_) if hex::encode(hash.finalize()) == expected => None,
        Ok(_) => Some("is damaged: its SHA-256 is not the recorded one".to_owned()),
    }
}

async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))
}
