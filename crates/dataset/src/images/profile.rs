//! What an archive of images holds: every image is decoded once, so that none surprises a training.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
};

use domain::{
    dataset::{ColumnProfile, ColumnType, DatasetProfile, Problem},
    job::Task,
};

use super::{
    IMAGE, LABEL,
    archive::{Archive, Entry},
    picture,
};
use crate::{
    Error, Source, Validation,
    profile::{Counts, MAX_TOP},
    validate::PROBLEMS,
};

/// Pixels of all images together: decoding them takes some minutes.
const MAX_PIXELS: u64 = 20_000_000_000;
/// With fewer images a class is hardly learned, and hardly judged.
const FEW: u64 = 10;

/// Decodes every image.
///
/// # Errors
/// With the name of the first image that cannot be used.
pub(crate) fn profile(source: &Source) -> Result<DatasetProfile, Error> {
    let (mut problems, profile) = look(source, 1)?;
    if problems.is_empty() { Ok(profile) } else { Err(Error::Invalid(problems.swap_remove(0))) }
}

/// The same, but tells of every image that cannot be used.
///
/// # Errors
/// Only when the file cannot be read at all.
pub(crate) fn validate(source: &Source) -> Result<Validation, io::Error> {
    match look(source, PROBLEMS) {
        Ok((problems, profile)) => Ok(Validation { profile: problems.is_empty().then_some(profile), problems }),
        Err(Error::Invalid(problem)) => Ok(Validation { problems: vec![problem], profile: None }),
        Err(Error::Io(error)) => Err(error),
    }
}

fn look(source: &Source, most: usize) -> Result<(Vec<Problem>, DatasetProfile), Error> {
    let mut archive = Archive::open(source)?;
    let entries = archive.take_entries();
    let mut profile = describe(&entries);
    warn(&archive, &mut profile);
    let pixels = AtomicU64::new(0);
    let read = archive.each(&entries, most, |bytes| {
        let image = picture::decode(bytes)?;
        if pixels.fetch_add(image.pixels(), Ordering::Relaxed) > MAX_PIXELS {
            let millions = MAX_PIXELS / 1_000_000;
            return Err(format!(
                "is too much: all images together may have {millions} million pixels. Make them smaller."
            ));
        }
        Ok(())
    })?;
    Ok((read.problems, profile))
}

fn describe(entries: &[Entry]) -> DatasetProfile {
    let rows = entries.len() as u64;
    let mut counts = Counts::new(1);
    for entry in entries {
        counts.add(&entry.class);
    }
    let (unique, top, rarest) = (counts.unique(), counts.top(MAX_TOP), counts.rarest());
    let column = |name: &str, kind, unique, top, rarest| ColumnProfile {
        name: name.to_owned(),
        kind,
        missing: 0,
        unique,
        numeric: None,
        top,
        rarest,
    };
    let several = unique > 1;
    DatasetProfile {
        rows,
        columns: vec![
            column(IMAGE, ColumnType::Image, rows, Vec::new(), None),
            column(LABEL, ColumnType::Categorical, unique, top, rarest),
        ],
        suggested_target: several.then(|| LABEL.to_owned()),
        suggested_task: several.then_some(Task::ImageClassification),
        warnings: Vec::new(),
    }
}

fn warn(archive: &Archive, profile: &mut DatasetProfile) {
    let mut warn = |column: Option<&str>, message: String| {
        profile.warnings.push(Problem { line: None, column: column.map(str::to_owned), message });
    };
    let files = |count: u64| if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
    if let (count, Some(first)) = &archive.others {
        warn(None, format!("{} left out, because only images are read: \"{first}\" first.", files(*count)));
    }
    if archive.hidden > 0 {
        warn(None, format!("{} left out that are hidden or that a system left behind.", files(archive.hidden)));
    }
    let label = &profile.columns[1];
    let (unique, rarest) = (label.unique, label.rarest.unwrap_or_default());
    let mut warn = |message: String| {
        profile.warnings.push(Problem { line: None, column: Some(LABEL.to_owned()), message });
    };
    if unique < 2 {
        warn("All images are in one folder, so there is nothing to tell apart.".into());
    } else if rarest < FEW {
        warn(format!("The smallest class has {rarest} images. A model needs dozens of each to tell them apart well."));
    }
}
