//! wasm-bindgen as a library: a module, and the JavaScript that calls it.

use std::path::Path;

use anyhow::anyhow;
use wasm_bindgen_cli_support::Bindgen;

use crate::command;

/// Writes `<name>.js` and `<name>_bg.wasm` into `folder`; `exports` keeps what the linker exports for other modules.
///
/// # Errors
/// What wasm-bindgen says, and what it most often means.
pub(super) fn bind(reason: &str, module: &Path, name: &str, exports: bool, folder: &Path) -> anyhow::Result<()> {
    command::announce(reason);
    let bound = Bindgen::new().input_path(module).out_name(name).web(true).and_then(|bindgen| {
        bindgen.typescript(false).remove_name_section(true).remove_producers_section(true);
        bindgen.keep_lld_exports(exports).generate(folder)
    });
    bound.map_err(|error| anyhow!("wasm-bindgen: {error:#}; is its version in Cargo.toml that of Cargo.lock?"))
}
