//! From a stream of bytes to a file that was read once: hashed on the way, never whole in memory.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use dataset::Source;
use domain::{
    ApiError, ErrorCode,
    dataset::{DatasetProfile, Problem},
};
use futures::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tokio::{fs::File, io::AsyncReadExt, io::AsyncWriteExt};
use uuid::Uuid;

use super::Checked;
use crate::{Error, Platform, blob};

/// How much of a file tells its format.
const HEAD_BYTES: usize = 4_096;

/// Bytes that are durable in the folder of unfinished uploads. Removed when dropped, unless moved away.
pub struct Upload {
    path: PathBuf,
    pub(super) file_name: String,
    pub(super) size_bytes: u64,
    pub(super) sha256: String,
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Nothing to do if it cannot be removed: the folder is emptied at start.
        let _ = blob::remove(&self.path);
    }
}

impl Upload {
    pub(super) async fn move_to(&self, path: &Path) -> Result<(), Error> {
        blob::rename(&self.path, path).await.map_err(Error::storage("keep the dataset"))
    }
}

/// Writes a stream to disk while hashing it.
pub(super) async fn receive<E: Display>(
    platform: &Platform,
    file_name: &str,
    mut bytes: impl Stream<Item = Result<Bytes, E>> + Send + Unpin,
) -> Result<Upload, Error> {
    let limit = platform.config.max_upload_bytes;
    let path = platform.data.uploads().join(Uuid::new_v4().to_string());
    let mut upload =
        Upload { path: path.clone(), file_name: file_name.to_owned(), size_bytes: 0, sha256: String::new() };
    let mut file = File::create(&path).await.map_err(Error::storage("write the upload"))?;
    let mut hash = Sha256::new();
    while let Some(chunk) = bytes.next().await {
        let chunk = chunk.map_err(|error| {
            ApiError::new(ErrorCode::BadRequest, format!("The upload broke off or could not be read: {error}."))
        })?;
        upload.size_bytes += chunk.len() as u64;
        if upload.size_bytes > limit {
            return Err(too_large(limit).into());
        }
        hash.update(&chunk);
        file.write_all(&chunk).await.map_err(Error::storage("write the upload"))?;
    }
    file.sync_all().await.map_err(Error::storage("write the upload"))?;
    if upload.size_bytes == 0 {
        return Err(ApiError::field("file", "The file is empty.").into());
    }
    upload.sha256 = hex::encode(hash.finalize());
    Ok(upload)
}

/// What is said of a body beyond the limit.
pub(super) fn too_large(limit: u64) -> ApiError {
    let why = format!("The file is larger than {} MB, the most this server takes.", limit / 1_000_000);
    ApiError::new(ErrorCode::TooLarge, why.clone()).with_field("file", why)
}

async fn source(upload: &Upload) -> Result<Result<Source, Problem>, Error> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    let file = File::open(&upload.path).await.map_err(Error::storage("read the upload"))?;
    file.take(HEAD_BYTES as u64).read_to_end(&mut head).await.map_err(Error::storage("read the upload"))?;
    Ok(dataset::detect(&upload.file_name, &head).map(|(format, gzip)| Source {
        path: upload.path.clone(),
        format,
        gzip,
    }))
}

/// Reads the file once; `invalid_dataset` if it is not a table.
pub(super) async fn profile(upload: &Upload) -> Result<(Source, DatasetProfile), Error> {
    let source = source(upload).await?.map_err(|problem| refuse(dataset::Error::Invalid(problem)))?;
    let reading = source.clone();
    let profile = on_a_thread(move || dataset::profile(&reading)).await?;
    Ok((source, profile))
}

/// Reads the file to its end and tells everything that is wrong.
pub(super) async fn validate(upload: &Upload) -> Result<Checked, Error> {
    let source = match source(upload).await? {
        Ok(source) => source,
        Err(problem) => return Ok(Checked { valid: false, problems: vec![problem], profile: None }),
    };
    let found = on_a_thread(move || dataset::validate(&source).map_err(dataset::Error::Io)).await?;
    let valid = found.problems.is_empty() && found.profile.is_some();
    Ok(Checked { valid, problems: found.problems, profile: found.profile })
}

/// Reading a large file takes seconds of a core: never on an async thread.
pub(super) async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, dataset::Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))?;
    done.map_err(refuse)
}

/// What a caller is told of a file that is no table.
pub(crate) fn refuse(error: dataset::Error) -> Error {
    match error {
        dataset::Error::Invalid(_) => error.refusal().into(),
        dataset::Error::Io(source) => Error::storage("read the dataset")(source),
    }
}
