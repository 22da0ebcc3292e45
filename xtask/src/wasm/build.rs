//! Compiles what runs in browsers: the page, small above all, and the models that are asked there.

use std::{fs, path::PathBuf};

use super::{TARGET, Toolchain};
use crate::{command, reproducible, site::Edition, workspace::Workspace};

/// Not `release`: see `[profile.wasm-release]` in the workspace's manifest.
const PROFILE: &str = "wasm-release";
/// Flags of the target alone.
const FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// Builds the page and gives the path of its module, which wasm-bindgen has not seen yet.
///
/// # Errors
/// When it does not compile.
pub fn frontend(workspace: &Workspace, toolchain: &Toolchain, edition: Edition) -> anyhow::Result<PathBuf> {
    let reason = "Compiling the page to WebAssembly (a few minutes the first time)";
    // What refers to what: without it the module cannot be divided.
    let linking = ["--", "-Clink-arg=--emit-relocs"];
    // No `--cfg erase_components` here: the server would have to have it too, or hydration does not find its nodes.
    let features = match edition {
        Edition::Release => "hydrate",
        Edition::Development => "hydrate,design",
    };
    module(workspace, toolchain, "frontend", reason, &["--features", features], &linking, None)
}

/// The same for the module that asks models.
///
/// # Errors
/// When it does not compile.
pub fn inference(workspace: &Workspace, toolchain: &Toolchain) -> anyhow::Result<PathBuf> {
    let reason = "Compiling the models' half to WebAssembly (a minute the first time)";
    // Four numbers at once, which all browsers have had since 2023.
    module(workspace, toolchain, "inference", reason, &[], &[], Some("-Ctarget-feature=+simd128"))
}

fn module(
    workspace: &Workspace,
    toolchain: &Toolchain,
    package: &str,
    reason: &str,
    options: &[&str],
    linking: &[&str],
    flags: Option<&str>,
) -> anyhow::Result<PathBuf> {
    // A folder of its own: cargo does not know that another standard library stands behind the same flags.
    let target = workspace.target.join("wasm");
    let stamp = target.join("toolchain");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&toolchain.stamp) {
        let _ = fs::remove_dir_all(&target);
        fs::create_dir_all(&target)?;
        fs::write(&stamp, &toolchain.stamp)?;
    }
    let mut cargo = command::cargo(&workspace.root);
    cargo.args(["rustc", "-p", package, "--lib", "--target", TARGET, "--profile", PROFILE]).args(options);
    cargo.arg("--target-dir").arg(&target).args(linking);
    if let Some(rustc) = &toolchain.rustc {
        cargo.env("RUSTC", rustc).env_remove("LD_LIBRARY_PATH");
    }
    // For the target alone: build scripts and macros keep the library of this machine.
    let sysroot = toolchain.sysroot.as_ref().map(|sysroot| format!("--sysroot={}", sysroot.display()));
    let flags: Vec<String> = reproducible::flags().into_iter().chain(sysroot).chain(flags.map(str::to_owned)).collect();
    if !flags.is_empty() {
        cargo.env(FLAGS, flags.join(" ")).env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    }
    command::run(reason, &mut cargo, "mend what the compiler says above")?;
    Ok(target.join(TARGET).join(PROFILE).join(format!("{package}.wasm")))
}
