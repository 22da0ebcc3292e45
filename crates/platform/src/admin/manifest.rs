//! What an archive says about itself. It is the last entry, because it has the hash of every other one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::tables::Described;

/// Its name in the archive.
pub(super) const NAME: &str = "manifest.json";

/// Of this module's shape and of the rows' lines. Raised when an older Athanor could not read the archive.
pub(super) const FORMAT: u32 = 1;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// Version of the Athanor that made it.
    pub(super) version: String,
    /// Number of the newest step of the database's schema.
    pub(super) schema: i64,
    /// What the rows came from: they can go into either.
    pub(super) engine: String,
    /// Microseconds since 1970.
    pub(super) created_at: i64,
    pub(super) tables: Vec<Described>,
    /// Every other entry of the archive.
    pub(super) parts: BTreeMap<String, Part>,
    /// Directories and files that rows name but that were deleted, with their rows, while the archive was made. What is
    /// in the archive of them is not whole.
    pub(super) skipped: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}
