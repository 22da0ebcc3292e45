//! The built page: scripts, styles and static files, in memory with their compressed forms.
//!
//! A release carries them (feature `embed-site`); otherwise they are read from a folder once, at start.

use std::{borrow::Cow, collections::HashMap, path::Path};

use anyhow::Context;
use app::AssetNames;
use sha2::{Digest, Sha256};

/// One file, plain and compressed ahead of time.
#[derive(Default)]
pub struct Asset {
    pub plain: Cow<'static, [u8]>,
    pub brotli: Option<Cow<'static, [u8]>>,
    pub gzip: Option<Cow<'static, [u8]>>,
    pub content_type: &'static str,
    /// In quotes, as in the header.
    pub etag: String,
    /// The path has a hash of the content, so it never changes.
    pub immutable: bool,
}

/// Files by path: `/pkg/3f2a/athanor.js`.
pub struct Site {
    pub names: AssetNames,
    assets: HashMap<String, Asset>,
}

#[cfg(feature = "embed-site")]
mod embedded {
    include!(concat!(env!("OUT_DIR"), "/site.rs"));
}

impl Site {
    /// # Errors
    /// When there is no built page; the sentence says how to make one.
    pub fn load(folder: &Path) -> anyhow::Result<Self> {
        Self::from_files(files(folder)?)
    }

    /// The file at a path.
    pub fn asset(&self, path: &str) -> Option<&Asset> {
        self.assets.get(path)
    }

    fn from_files(files: Vec<(String, Cow<'static, [u8]>)>) -> anyhow::Result<Self> {
        let mut assets: HashMap<String, Asset> = HashMap::new();
        let mut names = None;
        for (path, bytes) in files {
            if path == "/assets.json" {
                names = Some(serde_json::from_slice(&bytes).context("assets.json of the built page cannot be read")?);
            } else if let Some(plain) = path.strip_suffix(".br") {
                assets.entry(plain.to_owned()).or_default().brotli = Some(bytes);
            } else if let Some(plain) = path.strip_suffix(".gz") {
                assets.entry(plain.to_owned()).or_default().gzip = Some(bytes);
            } else {
                let asset = assets.entry(path.clone()).or_default();
                asset.content_type = content_type(&path);
                asset.immutable = path.starts_with("/pkg/");
                asset.etag = etag(&bytes);
                asset.plain = bytes;
            }
        }
        // What is compressed without being there plain cannot be served to everybody.
        assets.retain(|_, asset| !asset.etag.is_empty());
        Ok(Self { names: names.context("the built page has no assets.json; run `cargo xtask site`")?, assets })
    }
}

#[cfg(feature = "embed-site")]
fn files(_folder: &Path) -> anyhow::Result<Vec<(String, Cow<'static, [u8]>)>> {
    Ok(embedded::FILES.iter().map(|(path, bytes)| ((*path).to_owned(), Cow::Borrowed(*bytes))).collect())
}

#[cfg(not(feature = "embed-site"))]
fn files(folder: &Path) -> anyhow::Result<Vec<(String, Cow<'static, [u8]>)>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    let hint = || format!("the built page is not in {}; run `cargo xtask run`, or give --site-dir", folder.display());
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).with_context(hint)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Some(below) = path.strip_prefix(folder).ok().and_then(Path::to_str) {
                let bytes = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
                files.push((format!("/{}", below.replace('\\', "/")), Cow::Owned(bytes)));
            }
        }
    }
    Ok(files)
}

fn etag(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hex = hex::encode(&digest[..12]);
    format!("\"{hex}\"")
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::Site;

    fn file(path: &str, bytes: &'static [u8]) -> (String, Cow<'static, [u8]>) {
        (path.to_owned(), Cow::Borrowed(bytes))
    }

    #[test]
    fn compressed_forms_belong_to_their_file() {
        let names = br#"{"scripts":"/pkg/1","css":"/pkg/a.1.css","loader":"parts.js","parts":{},"inference":"/pkg/2/worker.js"}"#;
        let site = Site::from_files(vec![
            file("/pkg/1/a.js.br", b"br"),
            file("/pkg/1/a.js", b"js"),
            file("/favicon.svg", b"<svg/>"),
            file("/assets.json", names),
            file("/lonely.gz", b"gz"),
        ])
        .unwrap();
        let script = site.asset("/pkg/1/a.js").unwrap();
        assert_eq!((&*script.plain, script.brotli.as_deref()), (&b"js"[..], Some(&b"br"[..])));
        assert!(script.immutable);
        assert!(!site.asset("/favicon.svg").unwrap().immutable);
        assert!(site.asset("/lonely").is_none());
        assert!(site.asset("/assets.json").is_none());
    }

    #[test]
    fn without_a_built_page_the_error_says_what_to_do() {
        let error = Site::from_files(vec![]).err().unwrap();
        assert!(error.to_string().contains("cargo xtask"));
    }
}
