//! `cargo xtask fuzz`: gives strangers' bytes to everything that reads them, under libFuzzer. `fuzz/` has a target for each
//! reader; a sanitizer is not needed, so any toolchain will do.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context;
use cargo_metadata::MetadataCommand;

use crate::{apt, command, workspace::Workspace};

/// What has libFuzzer see which lines a case reaches and what it is compared with, as `cargo fuzz` has it.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=1";
/// A case that takes longer is a failure.
const CASE: Duration = Duration::from_secs(10);
/// Of a whole process; what a case may have is said by its target.
const MEMORY_MB: u32 = 3_000;
/// What each target is given in the tests.
const IN_TESTS: u64 = 60;

/// How `cargo xtask fuzz` is asked.
#[derive(clap::Args)]
pub struct Flags {
    /// Seconds for each target
    #[arg(long, default_value_t = IN_TESTS)]
    seconds: u64,
    /// Targets, or files that made one fail (`TARGET=FILE`); all targets when absent
    targets: Vec<String>,
}

/// Builds the targets and runs them, one after the other, on what earlier runs found interesting and on the seeds.
///
/// # Errors
/// When a target fails: with the file that makes it, and the command that repeats it.
pub fn run(workspace: &Workspace, flags: &Flags) -> anyhow::Result<()> {
    let fuzz = Fuzz::build(workspace)?;
    let chosen = if flags.targets.is_empty() { fuzz.targets.clone() } else { flags.targets.clone() };
    for name in chosen {
        match name.split_once('=') {
            Some((target, file)) => fuzz.repeat(target, Path::new(file))?,
            None => fuzz.run(&name, flags.seconds)?,
        }
    }
    Ok(())
}

/// All targets, a minute each.
///
/// # Errors
/// As [`run`].
pub fn test(workspace: &Workspace) -> anyhow::Result<()> {
    run(workspace, &Flags { seconds: IN_TESTS, targets: Vec::new() })
}

struct Fuzz {
    /// `fuzz/`
    root: PathBuf,
    /// Where the targets were built, where what they find stays, and where their cases are written.
    made: PathBuf,
    executables: PathBuf,
    targets: Vec<String>,
}

impl Fuzz {
    fn build(workspace: &Workspace) -> anyhow::Result<Self> {
        let root = workspace.root.join("fuzz");
        let made = workspace.target.join("fuzz");
        apt::ensure("g++", "a compiler for libFuzzer, which is C++")?;
        let mut query = MetadataCommand::new();
        let found = query.no_deps().manifest_path(root.join("Cargo.toml")).exec().context("fuzz/Cargo.toml")?;
        let binaries = found.packages.iter().flat_map(|package| &package.targets).filter(|target| target.is_bin());
        let targets: Vec<String> = binaries.map(|target| target.name.clone()).collect();
        // A triple, because flags without one are also those of build scripts, which have no libFuzzer.
        let said = command::ask(Command::new("rustc").arg("-vV"))
            .context("rustc does not say for which machine it compiles")?;
        let triple = host(&said).context("rustc names no host")?;
        let mut cargo = command::cargo(&root);
        cargo.env("CARGO_TARGET_DIR", &made).env("RUSTFLAGS", COVERAGE).args(["build", "--locked", "--target", triple]);
        command::run("Building the fuzz targets", &mut cargo, "mend what the compiler says above")?;
        let executables = made.join(triple).join("debug");
        Ok(Self { root, made, executables, targets })
    }

    fn run(&self, target: &str, seconds: u64) -> anyhow::Result<()> {
        let folder = |name: &str| -> anyhow::Result<PathBuf> {
            let folder = self.made.join(name).join(target);
            fs::create_dir_all(&folder).with_context(|| format!("could not make {}", folder.display()))?;
            Ok(folder)
        };
        let (corpus, failures) = (folder("corpus")?, folder("failures")?);
        let mut fuzzer = self.command(target)?;
        fuzzer.arg(corpus).arg(self.root.join("seeds").join(target)).args([
            format!("-max_total_time={seconds}"),
            format!("-max_len={}", longest(target)),
            format!("-artifact_prefix={}/", failures.display()),
            "-verbosity=0".into(),
        ]);
        let newest = |folder: &Path| -> Option<PathBuf> {
            let files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
            files.max_by_key(|file| file.metadata().and_then(|metadata| metadata.modified()).ok())
        };
        let ended = command::run(&format!("Fuzzing {target} for {seconds} s"), &mut fuzzer, "see above");
        // What a killed process could not remove.
        let _ = fs::remove_dir_all(self.cases(target));
        ended.map_err(|error| {
            let Some(case) = newest(&failures) else { return error };
            anyhow::anyhow!(
                "{target} fails on {0}; `cargo xtask fuzz {target}={0}` repeats it. Give it a unit test beside its reader.",
                case.display()
            )
        })
    }

    fn repeat(&self, target: &str, case: &Path) -> anyhow::Result<()> {
        let case = case.canonicalize().with_context(|| format!("there is no file {}", case.display()))?;
        command::run(&format!("Repeating {}", case.display()), self.command(target)?.arg(&case), "see above")
    }

    /// Of its own, so that targets may run side by side.
    fn cases(&self, target: &str) -> PathBuf {
        self.made.join("cases").join(target)
    }

    fn command(&self, target: &str) -> anyhow::Result<Command> {
        let known = self.targets.join(", ");
        anyhow::ensure!(
            self.targets.iter().any(|name| name == target),
            "there is no target {target}; there are {known}"
        );
        let cases = self.cases(target);
        fs::create_dir_all(&cases).with_context(|| format!("could not make {}", cases.display()))?;
        let mut fuzzer = command::at(&self.made, self.executables.join(target));
        fuzzer.env("TMPDIR", cases).env("RUST_BACKTRACE", "1");
        fuzzer.args([format!("-timeout={}", CASE.as_secs()), format!("-rss_limit_mb={MEMORY_MB}")]);
        Ok(fuzzer)
    }
}

/// Bytes of a case: files may be long, messages are not.
fn longest(target: &str) -> u32 {
    if matches!(target, "query" | "socket" | "frames" | "requests" | "markdown") { 4_096 } else { 65_536 }
}

fn host(said: &str) -> Option<&str> {
    said.lines().find_map(|line| line.strip_prefix("host: "))
}

#[cfg(test)]
mod tests {
    use crate::{walk, workspace::Workspace};

    use super::host;

    #[test]
    fn the_machine_is_found_in_what_rustc_says() {
        let said = "rustc 1.95.0\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0";
        assert_eq!(host(said), Some("x86_64-unknown-linux-gnu"));
        assert_eq!(host("rustc"), None);
    }

    /// One without would only find its way in after hours.
    #[test]
    fn every_target_has_seeds() {
        let fuzz = Workspace::find().unwrap().root.join("fuzz");
        let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
        let targets = walk::files(&fuzz.join("targets")).unwrap();
        assert!(targets.len() >= 10);
        for target in targets {
            let name = target.file_stem().unwrap().to_str().unwrap();
            assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")), "{name} is not in the manifest");
            assert!(!walk::files(&fuzz.join("seeds").join(name)).unwrap().is_empty(), "{name} has no seeds");
        }
    }
}
