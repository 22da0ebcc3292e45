//! The file that a case is written into, because that is where the product reads uploads from.

use std::{fs, path::PathBuf, sync::OnceLock};

use dataset::Source;
use domain::dataset::DatasetFormat;

/// One a process; `TMPDIR` says where.
fn path(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("athanor-fuzz-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for the case");
        folder
    });
    folder.join(name)
}

/// The bytes as a file of that format.
pub fn source(bytes: &[u8], format: DatasetFormat, gzip: bool) -> Source {
    let path = path(if gzip { "packed" } else { "plain" });
    fs::write(&path, bytes).expect("the case is written");
    Source { path, format, gzip }
}
