//! Everything that is wrong with a file, not only the first thing.

use std::io;

use csv::StringRecord;
use domain::dataset::{DatasetFormat, DatasetProfile, Problem};

use crate::{Error, Source, images, profile::Profiler, read::Rows};

/// Problems that are listed at most.
pub(crate) const PROBLEMS: usize = 100;

/// What is wrong, and, if nothing is, what the file holds.
#[derive(Debug)]
pub struct Validation {
    pub problems: Vec<Problem>,
    pub profile: Option<DatasetProfile>,
}

/// Reads a file to its end (or to its hundredth problem).
///
/// # Errors
/// Only when the file cannot be read at all.
pub fn validate(source: &Source) -> Result<Validation, io::Error> {
    if source.format == DatasetFormat::Images {
        return images::validate(source);
    }
    let mut problems = Vec::new();
    let found = read(source, &mut problems);
    let profile = match found {
        Ok(profile) => profile.filter(|_| problems.is_empty()),
        Err(Error::Invalid(problem)) => {
            problems.push(problem);
            None
        }
        Err(Error::Io(error)) => return Err(error),
    };
    Ok(Validation { problems, profile })
}

fn read(source: &Source, problems: &mut Vec<Problem>) -> Result<Option<DatasetProfile>, Error> {
    let mut rows = Rows::open(source)?;
    let mut profiler = Profiler::new(rows.columns());
    let mut row = StringRecord::new();
    while problems.len() < PROBLEMS {
        match rows.next(&mut row) {
            Ok(Some(line)) => profiler.add(line, &row),
            Ok(None) => return if problems.is_empty() { profiler.finish().map(Some) } else { Ok(None) },
            Err(Error::Invalid(problem)) => problems.push(problem),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
