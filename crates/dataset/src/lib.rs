//! Bytes to columns: read, profile, split, encode. No Burn, no database, no async.
//!
//! The upload profiles, the training encodes and a prediction encodes with the same lines, so they cannot disagree about
//! what a cell means.

mod cell;
mod detect;
mod encode;
mod error;
mod folds;
mod images;
mod plain;
mod preview;
mod profile;
mod progress;
mod read;
mod rows;
mod samples;
mod split;
mod table;
mod text;
mod threads;
mod validate;

pub use detect::{Source, detect};
pub use encode::{Code, Encoded, Encoder, Input, Words};
pub use error::Error;
pub use folds::folds;
pub use images::thumbnail;
pub use preview::preview;
pub use profile::profile;
pub use progress::Progress;
pub use rows::{RowReader, parse_rows};
pub use samples::{SAMPLES, Sample};
pub use split::{Split, split};
pub use table::Table;
pub use text::Vocabulary;
pub use validate::{Validation, validate};
