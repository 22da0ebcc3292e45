//! The datasets that ship with Athanor: installed at start, so that a first run needs no upload.

use bytes::Bytes;
use dataset::SAMPLES;
use futures::stream;

use super::{ingest, keep, sql};
use crate::{Error, Platform, blob};

/// Makes the samples of this version present, replacing those of another.
pub(crate) async fn install(platform: &Platform) -> Result<(), Error> {
    for sample in SAMPLES {
        let bytes = stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from_static(sample.bytes))]);
        let upload = ingest::receive(platform, sample.file_name, bytes).await?;
        if let Some((id, sha256)) = sql::find_sample(&platform.db, sample.name).await? {
            if sha256 == upload.sha256 && platform.data.dataset(id).exists() {
                continue;
            }
            let mut transaction = platform.db.begin().await?;
            sql::delete(&mut transaction, id).await?;
            transaction.commit().await?;
            blob::remove(&platform.data.dataset(id)).map_err(Error::storage("replace a sample dataset"))?;
        }
        let (source, profile) = ingest::profile(&upload).await?;
        keep(platform, None, sample.name.to_owned(), &upload, source, profile).await?;
    }
    Ok(())
}
