//! Hashes: of inputs, to know what need not be built again, and of outputs, for names that never change their content.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::walk;

/// One hash over files with their names.
pub(super) struct Fingerprint {
    root: PathBuf,
    hash: Sha256,
}

impl Fingerprint {
    /// Names are counted from `root`, so that a checkout can move.
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), hash: Sha256::new() }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.part(text.as_bytes());
    }

    pub(super) fn file(&mut self, path: &Path) -> anyhow::Result<()> {
        let bytes = fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
        let name = path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned();
        self.part(name.as_bytes());
        self.part(&bytes);
        Ok(())
    }

    pub(super) fn folder(&mut self, path: &Path) -> anyhow::Result<()> {
        walk::files(path)?.iter().try_for_each(|file| self.file(file))
    }

    pub(super) fn finish(self) -> String {
        hex::encode(self.hash.finalize())
    }

    /// With its length before it, so that no two lists of parts look alike.
    fn part(&mut self, bytes: &[u8]) {
        self.hash.update((bytes.len() as u64).to_le_bytes());
        self.hash.update(bytes);
    }
}

/// Enough of a content's hash to name a file by.
pub(super) fn short(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content)).chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use super::{Fingerprint, short};

    #[test]
    fn a_hash_follows_names_and_contents_and_nothing_else() {
        let folder = env::temp_dir().join(format!("athanor-fingerprint-{}", process::id()));
        let of = |files: &[(&str, &str)]| {
            let _ = fs::remove_dir_all(&folder);
            for (name, content) in files {
                let path = folder.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, content).unwrap();
            }
            let mut fingerprint = Fingerprint::new(&folder);
            fingerprint.folder(&folder).unwrap();
            fingerprint.finish()
        };
        let first = of(&[("a.rs", "1"), ("b/c.rs", "2")]);
        assert_eq!(first, of(&[("b/c.rs", "2"), ("a.rs", "1"), ("target/made", "x"), (".hidden", "y")]));
        assert_ne!(first, of(&[("a.rs", "1"), ("b/d.rs", "2")]));
        assert_ne!(first, of(&[("a.rs", "1"), ("b/c.rs", "3")]));
        assert_ne!(of(&[("a", "bc")]), of(&[("ab", "c")]));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_name_is_sixteen_digits_of_the_content() {
        assert_eq!(short(b""), "e3b0c44298fc1c14");
    }
}
