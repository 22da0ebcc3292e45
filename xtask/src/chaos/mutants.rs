//! A chaos that cannot fail shows nothing: known bugs are planted in a copy of this checkout, and rounds must find them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;

use super::{Engines, Flags, rounds};
use crate::{command, host, workspace::Workspace};

/// Rounds that may pass before a bug is found.
const ROUNDS: u64 = 8;
/// The first line of a patch may say where the bug can be seen: `engine: postgres`.
const ENGINE: &str = "engine: ";

pub(super) fn run(workspace: &Workspace, flags: &Flags) -> anyhow::Result<ExitCode> {
    let mut patches: Vec<_> =
        fs::read_dir(workspace.root.join("xtask/mutants"))?.flatten().map(|one| one.path()).collect();
    patches.retain(|path| path.extension().is_some_and(|ending| ending == "patch"));
    patches.sort();
    let mut missed = Vec::new();
    let touched = touched(&patches)?;
    for patch in patches {
        let name = patch.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if flags.mutant.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let found = plant(workspace, &patch, &touched, flags).with_context(|| format!("the mutant {name}"))?;
        match found.first().and_then(|violations| violations.first()) {
            Some(violation) => println!("mutant {name}: found: {violation}"),
            None => {
                println!("mutant {name}: NOT FOUND in {ROUNDS} rounds");
                missed.push(name);
            }
        }
    }
    Ok(if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Every file that some patch changes.
fn touched(patches: &[PathBuf]) -> anyhow::Result<BTreeSet<String>> {
    let mut touched = BTreeSet::new();
    for patch in patches {
        let text = fs::read_to_string(patch)?;
        touched.extend(text.lines().filter_map(|line| Some(line.strip_prefix("+++ b/")?.to_owned())));
    }
    Ok(touched)
}

fn plant(
    workspace: &Workspace,
    patch: &Path,
    touched: &BTreeSet<String>,
    flags: &Flags,
) -> anyhow::Result<Vec<Vec<String>>> {
    // One place for all, so that what the patches do not touch is compiled once; and never among the builds of this
    // checkout: cargo tells the two apart by the times of files only.
    let place = workspace.target.join("mutants");
    let copy = place.join("checkout");
    let _ = fs::remove_dir_all(&copy);
    fs::create_dir_all(&copy)?;
    let (from, to) = (&workspace.root, &copy);
    let export = format!("git ls-files -z | xargs -0 cp --parents --preserve=timestamps -t '{}'", to.display());
    command::run("Copying the checkout", command::at(from, "sh").args(["-c", &export]), "is this a git checkout?")?;
    for file in touched {
        // With a new time: cargo would take the mutant before for this one.
        fs::copy(from.join(file), to.join(file))?;
    }
    let mut apply = command::at(to, "patch");
    apply.args(["--strip=1", "--input"]).arg(patch);
    command::run("Planting the bug", &mut apply, "the code has moved: make the patch anew")?;
    let mutant = Workspace { root: copy.clone(), target: place.join("target"), crates: workspace.crates.clone() };
    let built = host::server(&mutant)?;
    let text = fs::read_to_string(patch)?;
    let engine = match text.lines().next().and_then(|line| line.strip_prefix(ENGINE)) {
        Some("postgres") => Engines::Postgres,
        Some("sqlite") => Engines::Sqlite,
        _ => Engines::Both,
    };
    rounds(&built, engine, flags.seed.unwrap_or(1), ROUNDS, false, true)
}
