//! Compressed copies, made once so that the server never has to.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

/// What shrinks; pictures and fonts are compressed already.
const TEXTS: &[&str] = &["wasm", "js", "css", "html", "svg", "txt", "json", "webmanifest"];

/// Writes `<path>.br` and `<path>.gz`, each only where it is smaller.
pub(super) fn beside(path: &Path) -> anyhow::Result<()> {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    if !TEXTS.contains(&extension.as_ref()) {
        return Ok(());
    }
    let plain = fs::read(path)?;
    for (name, bytes) in [(brotli_name(path), brotli(&plain)?), (with(path, ".gz"), gzip(&plain)?)] {
        if bytes.len() < plain.len() {
            fs::write(name, bytes)?;
        }
    }
    Ok(())
}

/// Where the brotli copy of a file is.
pub(super) fn brotli_name(path: &Path) -> PathBuf {
    with(path, ".br")
}

fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn brotli(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 1 << 16, 11, 22);
    writer.write_all(plain)?;
    Ok(writer.into_inner())
}

fn gzip(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(plain)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{brotli, gzip};

    #[test]
    fn what_is_compressed_comes_back() {
        let plain = b"the same words, the same words, the same words".repeat(50);
        let mut back = Vec::new();
        let small = brotli(&plain).unwrap();
        brotli::Decompressor::new(small.as_slice(), 4096).read_to_end(&mut back).unwrap();
        assert!(back == plain && small.len() < plain.len() / 10);
        back.clear();
        let small = gzip(&plain).unwrap();
        flate2::read::GzDecoder::new(small.as_slice()).read_to_end(&mut back).unwrap();
        assert!(back == plain && small.len() < plain.len() / 10);
    }
}
