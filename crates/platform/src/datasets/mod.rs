//! Datasets: taking them in, showing them, giving them back.

mod ingest;
mod samples;
pub(crate) mod sql;

use std::path::PathBuf;

use bytes::Bytes;
use dataset::Source;
use domain::{
    ApiError, DatasetId, Principal,
    dataset::{DatasetFormat, DatasetProfile, DatasetView, Preview, Problem},
};
use futures::Stream;
use uuid::Uuid;

pub(crate) use samples::install as install_samples;

pub use ingest::Upload;
pub(crate) use ingest::refuse;

use crate::{Breakpoint, Error, ListFilter, Page, Platform, blob, clock, metrics, page, shares};

/// At most this many rows are previewed.
pub const MAX_PREVIEW_ROWS: usize = 1_000;
/// Pixels of a side.
const THUMBNAIL_SIDE: u32 = 96;
const NAME_CHARS: usize = 200;

/// A file to send: where it is and what to call it.
#[derive(Clone, Debug)]
pub struct StoredFile {
    pub path: PathBuf,
    pub file_name: String,
    pub size_bytes: u64,
    /// Hexadecimal.
    pub sha256: String,
}

/// What is wrong with a file, if anything.
#[derive(Clone, Debug)]
pub struct Checked {
    pub valid: bool,
    pub problems: Vec<Problem>,
    pub profile: Option<DatasetProfile>,
}

/// Streams a file to disk and hashes it on the way. Nothing is kept unless [`store`] is called with it.
///
/// # Errors
/// `forbidden` for viewers, `too_large`, `bad_request` when the stream breaks off, `validation_failed` for an empty file.
pub async fn receive<E: std::fmt::Display>(
    platform: &Platform,
    principal: &Principal,
    file_name: &str,
    bytes: impl Stream<Item = Result<Bytes, E>> + Send + Unpin,
) -> Result<Upload, Error> {
    principal.may_change()?;
    let upload = ingest::receive(platform, file_name, bytes).await?;
    metrics::UPLOADED.add(upload.size_bytes);
    Breakpoint::UploadWritten.reached();
    Ok(upload)
}

/// Reads an upload once and keeps it if it is a table.
///
/// # Errors
/// `invalid_dataset` with line and reason, or `validation_failed` for the name.
pub async fn store(
    platform: &Platform,
    principal: &Principal,
    upload: Upload,
    name: Option<String>,
) -> Result<DatasetView, Error> {
    let name = dataset_name(name, &upload.file_name)?;
    let (source, profile) = ingest::profile(&upload).await?;
    let view = keep(platform, Some(principal), name, &upload, source, profile).await?;
    Breakpoint::UploadRecorded.reached();
    Ok(view)
}

/// The same reading as [`store`], but nothing is kept and every problem (up to a hundred) is told.
pub async fn check(upload: Upload) -> Result<Checked, Error> {
    ingest::validate(&upload).await
}

async fn keep(
    platform: &Platform,
    owner: Option<&Principal>,
    name: String,
    upload: &Upload,
    source: Source,
    profile: DatasetProfile,
) -> Result<DatasetView, Error> {
    let view = DatasetView {
        id: DatasetId(Uuid::now_v7()),
        name,
        file_name: plain_file_name(&upload.file_name),
        format: source.format,
        gzip: source.gzip,
        size_bytes: upload.size_bytes,
        sha256: upload.sha256.clone(),
        sample: owner.is_none(),
        created_at: clock::now(),
        profile,
    };
    let path = platform.data.dataset(view.id);
    upload.move_to(&path).await?;
    if owner.is_some() {
        Breakpoint::UploadMoved.reached();
    }
    // Recorded last: a row without a file cannot happen, and a file without a row is swept at the next start.
    match sql::insert(platform.db.writer(), &view, owner.map(|owner| owner.user_id)).await {
        Ok(()) => Ok(view),
        Err(error) => {
            let _ = blob::remove(&path);
            Err(error)
        }
    }
}

/// The file name without its folders; what a browser sends is only ever shown.
fn plain_file_name(file_name: &str) -> String {
    let last = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control() && !turns_around(*c)).take(NAME_CHARS).collect()
}

/// What makes a text go the other way (UAX #9): `a\u{202e}vsc.exe` is read as another file than it is.
fn turns_around(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The name given, or the file name without its ending.
fn dataset_name(name: Option<String>, file_name: &str) -> Result<String, Error> {
    let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).unwrap_or_else(|| {
        let plain = plain_file_name(file_name);
        let stem = plain.strip_suffix(".gz").unwrap_or(&plain);
        stem.rsplit_once('.').map_or(stem, |(stem, _)| stem).trim().to_owned()
    });
    if name.is_empty() {
        return Err(ApiError::field("name", "Give the dataset a name.").into());
    }
    if name.chars().count() > NAME_CHARS {
        return Err(ApiError::field("name", format!("Use at most {NAME_CHARS} characters.")).into());
    }
    if name.chars().any(char::is_control) {
        return Err(ApiError::field("name", "Leave out control characters.").into());
    }
    Ok(name)
}

/// A page of those of the caller, those that others share with them, and the samples; newest first, samples last. Admins see
/// everybody's.
///
/// # Errors
/// `validation_failed` for a cursor that is none.
pub async fn list(platform: &Platform, principal: &Principal, filter: &ListFilter) -> Result<Page<DatasetView>, Error> {
    page::read::<sql::Datasets>(&platform.db, principal, filter).await
}

/// All that [`list`] has, for a choice.
pub async fn all(platform: &Platform, principal: &Principal) -> Result<Vec<DatasetView>, Error> {
    sql::all(&platform.db, principal).await
}

/// How many people have uploaded: the caller, or all for admins.
pub async fn uploaded(platform: &Platform, principal: &Principal) -> Result<u64, Error> {
    sql::uploaded(&platform.db, principal).await
}

/// One dataset.
///
/// # Errors
/// `not_found`, also when it is somebody else's.
pub async fn get(platform: &Platform, principal: &Principal, id: DatasetId) -> Result<DatasetView, Error> {
    sql::find(&platform.db, principal, id).await?.ok_or_else(no_such_dataset)
}

/// By id, or by name: the caller's newest of that name, then a sample, then (for admins) anybody's.
///
/// # Errors
/// `validation_failed` for the field `dataset`.
pub async fn find(platform: &Platform, principal: &Principal, id_or_name: &str) -> Result<DatasetView, Error> {
    let wanted = id_or_name.trim();
    if wanted.is_empty() {
        return Err(ApiError::field("dataset", "Say which dataset to train on.").into());
    }
    let found = match wanted.parse() {
        Ok(id) => sql::find(&platform.db, principal, id).await?,
        Err(_) => sql::find_by_name(&platform.db, principal, wanted).await?,
    };
    let unknown = || ApiError::field("dataset", format!("There is no dataset \"{wanted}\" that you may see."));
    found.ok_or_else(|| unknown().into())
}

/// The first rows as text, at most [`MAX_PREVIEW_ROWS`].
pub async fn preview(
    platform: &Platform,
    principal: &Principal,
    id: DatasetId,
    limit: usize,
) -> Result<Preview, Error> {
    let view = get(platform, principal, id).await?;
    let source = source_of(platform, &view);
    let limit = limit.min(MAX_PREVIEW_ROWS);
    ingest::on_a_thread(move || dataset::preview(&source, limit)).await
}

/// A small PNG of the image in a row, counted from 0.
///
/// # Errors
/// `not_found` when the dataset may not be seen, holds no images, or has no such row.
pub async fn thumbnail(
    platform: &Platform,
    principal: &Principal,
    id: DatasetId,
    row: usize,
) -> Result<Vec<u8>, Error> {
    let view = get(platform, principal, id).await?;
    let no_such_image = || Error::from(ApiError::not_found("image"));
    if view.format != DatasetFormat::Images {
        return Err(no_such_image());
    }
    let source = source_of(platform, &view);
    ingest::on_a_thread(move || dataset::thumbnail(&source, row, THUMBNAIL_SIDE)).await?.ok_or_else(no_such_image)
}

/// The bytes as uploaded.
pub async fn file(platform: &Platform, principal: &Principal, id: DatasetId) -> Result<StoredFile, Error> {
    let view = get(platform, principal, id).await?;
    Ok(StoredFile {
        path: platform.data.dataset(id),
        file_name: view.file_name,
        size_bytes: view.size_bytes,
        sha256: view.sha256,
    })
}

/// Removes a dataset. Its jobs and models stay.
///
/// # Errors
/// `forbidden` for a sample and for somebody else's, `conflict` while a job that has not ended needs it.
pub async fn delete(platform: &Platform, principal: &Principal, id: DatasetId) -> Result<(), Error> {
    let view = get(platform, principal, id).await?;
    principal.may_change()?;
    if view.sample {
        let refusal = "This dataset ships with Athanor and cannot be deleted.";
        return Err(ApiError::new(domain::ErrorCode::Forbidden, refusal).into());
    }
    let mut transaction = platform.db.begin().await?;
    sql::hold(&mut transaction, id).await?;
    let owner = sql::owner(&mut transaction, id).await?.ok_or_else(no_such_dataset)?;
    shares::require_owner(principal, owner)?;
    if let Some(job) = crate::jobs::sql::unfinished_job_on(&mut transaction, id).await? {
        return Err(ApiError::conflict(format!("Job {job} is still using this dataset. Stop it first.")).into());
    }
    sql::delete(&mut transaction, id).await?;
    shares::sql::forget(&mut transaction, id.0).await?;
    transaction.commit().await?;
    Breakpoint::DatasetForgotten.reached();
    blob::remove(&platform.data.dataset(id)).map_err(Error::storage("remove the dataset's file"))
}

pub(crate) fn source_of(platform: &Platform, view: &DatasetView) -> Source {
    Source { path: platform.data.dataset(view.id), format: view.format, gzip: view.gzip }
}

fn no_such_dataset() -> Error {
    ApiError::not_found("dataset").into()
}

#[cfg(test)]
mod tests {
    use super::{dataset_name, plain_file_name};

    #[test]
    fn names_come_from_file_names_without_their_folders() {
        assert_eq!(dataset_name(None, "C:\\data\\iris.csv.gz").unwrap(), "iris");
        assert_eq!(dataset_name(Some(" my data ".into()), "iris.csv").unwrap(), "my data");
        assert_eq!(plain_file_name("../../etc/passwd"), "passwd");
        assert_eq!(plain_file_name("a\u{202e}vsc.csv"), "avsc.csv");
        assert_eq!(plain_file_name("داده\u{200c}ها.csv"), "داده\u{200c}ها.csv");
        assert!(dataset_name(None, ".csv").is_err());
        assert!(dataset_name(Some("a\u{0}b".into()), "iris.csv").is_err());
    }
}
