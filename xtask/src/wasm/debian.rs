//! The standard library for WebAssembly, built from Debian's own packages where rustup's servers cannot be reached.
//!
//! Debian has no ready one, but it has the compiler, its `library/` source and `rust-lld`. The result is kept in a
//! folder of the user, by version of the compiler, and used with `--sysroot`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;

use super::{
    TARGET,
    toolchain::{Toolchain, holds_std},
};
use crate::{apt, command};

const PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"];
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const LINKER: &str = "/usr/bin/rust-lld";
/// The oldest compiler whose standard library builds this way, and the oldest that the workspace accepts.
const OLDEST: (u32, u32) = (1, 95);

/// What was built before, by the compiler that is still installed.
pub(super) fn cached() -> anyhow::Result<Option<Toolchain>> {
    let Some(version) = version() else { return Ok(None) };
    let sysroot = sysroot(&version)?;
    if !holds_std(&library(&sysroot)) {
        return Ok(None);
    }
    linker()?;
    Ok(Some(toolchain(sysroot)))
}

/// Builds it.
///
/// # Errors
/// When the packages cannot be installed, are too old, or do not build.
pub(super) fn build() -> anyhow::Result<Toolchain> {
    apt::install(PACKAGES, "compiler and source of the standard library for WebAssembly")?;
    let version = version().context("/usr/bin/rustc does not run; reinstall Debian's rustc-web")?;
    anyhow::ensure!(
        parse(&version).is_some_and(|found| found >= OLDEST),
        "Debian's rustc {version} is too old for WebAssembly; run `rustup target add {TARGET}` where rustup can download"
    );
    if let Some(cached) = cached()? {
        return Ok(cached);
    }
    linker()?;
    let sysroot = sysroot(&version)?;
    // Built beside and renamed: a build that was interrupted leaves nothing that looks finished.
    let beside = sysroot.with_extension(format!("building-{}", std::process::id()));
    let built = compile(&beside).and_then(|()| {
        let _ = fs::remove_dir_all(&sysroot);
        fs::rename(beside.join("sysroot"), &sysroot).with_context(|| format!("could not write {}", sysroot.display()))
    });
    let _ = fs::remove_dir_all(&beside);
    built.map(|()| toolchain(sysroot))
}

/// `rust-lld` is a link to the linker of a package, such as `lld-22`, that rust-web-llvm does not ask for.
fn linker() -> anyhow::Result<()> {
    let link = Path::new(LINKER);
    if link.exists() {
        return Ok(());
    }
    let target =
        fs::read_link(link).with_context(|| format!("there is no {LINKER}; reinstall Debian's rust-web-llvm"))?;
    let package = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    apt::install(&[&package], "linker for WebAssembly")?;
    anyhow::ensure!(link.exists(), "{LINKER} leads nowhere; install the package that has {}", target.display());
    Ok(())
}

fn compile(folder: &Path) -> anyhow::Result<()> {
    let source = folder.join("empty");
    fs::create_dir_all(source.join("src")).with_context(|| format!("could not write {}", source.display()))?;
    fs::write(source.join("Cargo.toml"), "[package]\nname = \"empty\"\nedition = \"2024\"\n\n[workspace]\n")?;
    fs::write(source.join("src/lib.rs"), "")?;
    command::run(
        "Compiling the standard library for WebAssembly (half a minute, once)",
        Command::new(CARGO)
            .current_dir(&source)
            .args(["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort,proc_macro"])
            .env("RUSTC", RUSTC)
            .env("RUSTC_BOOTSTRAP", "1")
            // Without it the page cannot be optimised as a whole: "Can't find section .llvmbc".
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Cembed-bitcode=yes")
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("LD_LIBRARY_PATH"),
        "reinstall Debian's rustc-web, cargo-web, rust-web-src and rust-web-llvm",
    )?;
    let library = library(&folder.join("sysroot"));
    fs::create_dir_all(&library)?;
    for entry in fs::read_dir(folder.join("target").join(TARGET).join("release/deps"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        let wanted = path.extension().is_some_and(|extension| extension == "rlib");
        if wanted && !name.to_string_lossy().starts_with("libempty-") {
            fs::copy(&path, library.join(name))?;
        }
    }
    anyhow::ensure!(holds_std(&library), "cargo built no standard library; report this with the output above");
    // Two builds of one version can differ; what was compiled against the other is useless.
    let moment = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos());
    fs::write(folder.join("sysroot/stamp"), moment.to_string())?;
    Ok(())
}

fn toolchain(sysroot: PathBuf) -> Toolchain {
    let built = fs::read_to_string(sysroot.join("stamp")).unwrap_or_default();
    let stamp = format!("{} {built}", sysroot.display());
    Toolchain { rustc: Some(RUSTC.into()), sysroot: Some(sysroot), stamp }
}

fn sysroot(version: &str) -> anyhow::Result<PathBuf> {
    Ok(command::cache()?.join(format!("wasm-std-{version}")))
}

fn library(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn version() -> Option<String> {
    let text = command::ask(Command::new(RUSTC).arg("--version").env_remove("LD_LIBRARY_PATH"))?;
    text.split_whitespace().nth(1).map(ToOwned::to_owned)
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{OLDEST, parse};

    #[test]
    fn versions_compare_as_numbers() {
        assert!(parse("1.96.0").unwrap() >= OLDEST && parse("1.100.0-beta").unwrap() >= OLDEST);
        assert!(parse("1.63.0").unwrap() < OLDEST);
        assert_eq!(parse("nightly"), None);
    }
}
