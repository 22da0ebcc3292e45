//! What the fuzz targets share: a file with the bytes of a case, a bound on memory, and a dataset made of a profile.

mod file;
mod memory;

pub use file::source;
pub use memory::within;

use dataset::Source;
use domain::{
    DatasetId, Timestamp,
    dataset::{DatasetProfile, DatasetView},
};

/// A dataset as the platform knows it after an upload.
pub fn view(source: &Source, profile: DatasetProfile) -> DatasetView {
    DatasetView {
        id: "00000000-0000-7000-8000-000000000001".parse::<DatasetId>().expect("an id"),
        name: "fuzz".into(),
        file_name: "fuzz".into(),
        format: source.format,
        gzip: source.gzip,
        size_bytes: source.path.metadata().map_or(0, |metadata| metadata.len()),
        sha256: String::new(),
        sample: false,
        created_at: Timestamp(0),
        profile,
    }
}
