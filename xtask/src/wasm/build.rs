//! Compiles `frontend` for the browser, small above all.

use std::{fs, path::PathBuf};

use super::{TARGET, Toolchain};
use crate::{command, workspace::Workspace};

/// Not `release`: see `[profile.wasm-release]` in the workspace's manifest.
const PROFILE: &str = "wasm-release";

/// Builds it and gives the path of the module, which wasm-bindgen has not seen yet.
///
/// # Errors
/// When it does not compile.
pub fn frontend(workspace: &Workspace, toolchain: &Toolchain) -> anyhow::Result<PathBuf> {
    // A folder of its own: cargo does not know that another standard library stands behind the same flags.
    let target = workspace.target.join("wasm");
    let stamp = target.join("toolchain");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&toolchain.stamp) {
        let _ = fs::remove_dir_all(&target);
        fs::create_dir_all(&target)?;
        fs::write(&stamp, &toolchain.stamp)?;
    }
    let mut cargo = command::cargo(&workspace.root);
    cargo.args(["rustc", "-p", "frontend", "--lib", "--features", "hydrate", "--target", TARGET, "--profile", PROFILE]);
    cargo.arg("--target-dir").arg(&target);
    if let Some(rustc) = &toolchain.rustc {
        cargo.env("RUSTC", rustc).env_remove("LD_LIBRARY_PATH");
    }
    // No `--cfg erase_components` here: the server would have to have it too, or hydration does not find its nodes.
    if let Some(sysroot) = &toolchain.sysroot {
        // For the target alone: build scripts and macros keep the library of this machine.
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", format!("--sysroot={}", sysroot.display()));
        cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    }
    // What refers to what: without it the module cannot be divided.
    cargo.args(["--", "-Clink-arg=--emit-relocs"]);
    command::run(
        "Compiling the page to WebAssembly (a few minutes the first time)",
        &mut cargo,
        "mend what the compiler says above",
    )?;
    Ok(target.join(TARGET).join(PROFILE).join("frontend.wasm"))
}
