//! Datasets of images: a zip archive with one folder for each class. Nothing is ever written under the names in it.
//!
//! What strangers pack is bounded before it is unpacked: entries and their names, what an entry may grow to, all entries
//! together, and the pixels of an image before they are decoded.

mod archive;
mod encode;
mod picture;
mod profile;
mod resize;
#[cfg(test)]
pub(crate) mod tests;

use domain::{
    dataset::Preview,
    job::{CnnSpec, JobSpec, ModelSpec, Task},
};

use self::archive::Archive;
pub(crate) use self::{
    encode::{learn, put, sent},
    picture::Picture,
    profile::{profile, validate},
};
use crate::{Error, Progress, Source};

/// The columns of such a dataset.
const IMAGE: &str = "image";
const LABEL: &str = "label";

/// Bytes of the numbers that a model is given of all rows.
pub(crate) const MOST_BYTES: u64 = 1_500_000_000;

/// Images as a job needs them, and the class of each.
pub(crate) struct Labelled {
    pub(crate) pictures: Vec<Picture>,
    /// Positions in `classes`.
    pub(crate) codes: Vec<u32>,
    pub(crate) classes: Vec<String>,
}

/// Reads every image as a square of the size that the model of `spec` looks at.
pub(crate) fn read(source: &Source, spec: &JobSpec, progress: &Progress) -> Result<Labelled, Error> {
    let ModelSpec::Cnn(CnnSpec { image_size, .. }) = spec.model else {
        return Err(Error::file("Only an image model can learn from images."));
    };
    if spec.task != Task::ImageClassification || spec.target != LABEL {
        return Err(Error::column(&spec.target, "Of images only the label can be learned."));
    }
    if spec.features != [IMAGE] {
        let message = "There is no such column in the archive.";
        return Err(Error::column(spec.features.first().map_or("", String::as_str), message));
    }
    let mut archive = Archive::open(source)?;
    let entries = archive.take_entries();
    check_size(entries.len(), image_size, 1)?;
    progress.begin(entries.len() as u64);
    let read = archive.each(&entries, 1, |bytes| {
        progress.add(1);
        Ok(picture::decode(bytes)?.square(image_size))
    })?;
    if let Some(problem) = read.problems.into_iter().next() {
        return Err(Error::Invalid(problem));
    }
    let mut classes: Vec<String> = Vec::new();
    let codes = entries
        .into_iter()
        .map(|entry| match classes.iter().position(|class| *class == entry.class) {
            Some(code) => code as u32,
            None => {
                classes.push(entry.class);
                classes.len() as u32 - 1
            }
        })
        .collect();
    Ok(Labelled { pictures: read.values, codes, classes })
}

/// Refuses what would not fit into memory.
pub(crate) fn check_size(rows: usize, size: u32, channels: u32) -> Result<(), Error> {
    let bytes = rows as u64 * u64::from(size * size * channels) * size_of::<f32>() as u64;
    if bytes <= MOST_BYTES {
        return Ok(());
    }
    Err(Error::file(format!(
        "{rows} images of {size} x {size} pixels and {channels} channels are {} MB of numbers; at most {} MB can be trained on. \
         Choose a smaller image size, or upload fewer images.",
        bytes / 1_000_000,
        MOST_BYTES / 1_000_000
    )))
}

/// Names and labels of the first images.
pub(crate) fn preview(source: &Source, limit: usize) -> Result<Preview, Error> {
    let entries = Archive::open(source)?.take_entries();
    let rows = entries.into_iter().take(limit).map(|entry| vec![entry.name, entry.class]).collect();
    Ok(Preview { columns: vec![IMAGE.to_owned(), LABEL.to_owned()], rows })
}

/// The image of a row (counted from 0) as a small square PNG; `None` when there is no such row.
///
/// # Errors
/// When the archive or the image cannot be read.
pub fn thumbnail(source: &Source, row: usize, size: u32) -> Result<Option<Vec<u8>>, Error> {
    let mut archive = Archive::open(source)?;
    let Some(entry) = archive.take_entries().into_iter().nth(row) else { return Ok(None) };
    let read = archive.each(&[entry], 1, |bytes| picture::decode(bytes)?.square(size).to_png(size))?;
    match read.problems.into_iter().next() {
        Some(problem) => Err(Error::Invalid(problem)),
        None => Ok(read.values.into_iter().next()),
    }
}
