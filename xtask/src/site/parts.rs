//! Divides the module of the page: what is marked lazy, a page each, becomes a module that is loaded when it is needed.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow};
use wasm_split_cli_support::{Options, transform};

use crate::command;

/// The script that loads the parts. The main script imports it by this name.
pub(super) const LOADER: &str = "parts.js";

/// The module without its parts, and which parts each lazy function needs.
pub(super) struct Divided {
    pub(super) main: PathBuf,
    pub(super) parts: BTreeMap<String, Vec<String>>,
}

/// Writes the parts and their loader into `folder`, and the main module, which wasm-bindgen has to see, beside `module`.
///
/// # Errors
/// When the module was not linked with relocations.
pub(super) fn divide(module: &Path, main_script: &str, folder: &Path) -> anyhow::Result<Divided> {
    command::announce("Dividing the module into a part a page");
    let whole = fs::read(module).with_context(|| format!("could not read {}", module.display()))?;
    let main = module.with_extension("main.wasm");
    let (link, import) = (format!("./{LOADER}"), format!("./{main_script}"));
    let mut options = Options::new(&whole);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.link_name = &link;
    options.main_module = &import;
    let divided = transform(options).map_err(|error| anyhow!("the module could not be divided: {error:#}"))?;
    for part in &divided.split_modules {
        let bytes = fs::read(part)?;
        let bare = without_custom_sections(&bytes)
            .with_context(|| format!("{} is not a WebAssembly module", part.display()))?;
        fs::write(part, bare)?;
    }
    Ok(Divided { main, parts: divided.prefetch_map.into_iter().collect() })
}

/// Names and the like, which only debuggers read, are a third of a module.
fn without_custom_sections(module: &[u8]) -> Option<Vec<u8>> {
    let (header, mut rest) = module.split_at_checked(8)?;
    let mut bare = header.to_vec();
    while let Some((&kind, after)) = rest.split_first() {
        let (length, digits) = leb128(after)?;
        let (section, after) = rest.split_at_checked(1 + digits + length)?;
        if kind != 0 {
            bare.extend_from_slice(section);
        }
        rest = after;
    }
    Some(bare)
}

/// A number and how many bytes it takes.
fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::without_custom_sections;

    #[test]
    fn custom_sections_go_and_the_others_stay() {
        let module = b"\0asm\x01\0\0\0\x00\x03\x01nX\x01\x81\x00A\x00\x01\x00";
        assert_eq!(without_custom_sections(module).unwrap(), b"\0asm\x01\0\0\0\x01\x81\x00A");
        assert!(without_custom_sections(b"\0asm\x01\0\0\0\x01\x09A").is_none());
    }
}
