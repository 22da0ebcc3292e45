//! `cargo xtask tidy`: the rules of the house that a program can check.

use std::{fs, path::Path};

use cargo_metadata::Package;

use crate::{texts, walk, workspace::Workspace};

/// Who may depend on whom. A crate that is not here has no place in the map of `docs/ARCHITECTURE.md` yet.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("dataset", &["domain"]),
    ("engine", &["domain", "dataset"]),
    ("platform", &["domain", "dataset"]),
    ("app", &["domain", "platform"]),
    ("server", &["domain", "dataset", "engine", "platform", "app"]),
    ("frontend", &["domain", "app"]),
    ("inference", &["domain", "engine"]),
    ("xtask", &[]),
];

/// Crates from outside that have one home, because what they bring (SQL, Burn, HTTP) has one.
const HOMES: &[(&str, &[&str])] = &[
    ("sqlx", &["platform"]),
    ("burn", &["engine"]),
    ("axum", &["server", "app"]),
    ("leptos_axum", &["server", "app"]),
];

const MOST_LINES: usize = 600;

/// Names that say nothing about a subject.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "common"];

/// Checks everything and says everything that is wrong.
///
/// # Errors
/// When something is.
pub fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let mut wrong: Vec<String> = workspace.crates.iter().flat_map(arrows).collect();
    for path in walk::files(&workspace.root)? {
        let name = path.strip_prefix(&workspace.root).unwrap_or(&path);
        if path.extension().is_some_and(|extension| extension == "rs") {
            wrong.extend(file(&name.to_string_lossy(), &fs::read_to_string(&path)?));
        }
        wrong.extend(empty_name(name));
    }
    wrong.extend(texts::wrong(&workspace.root)?);
    for line in &wrong {
        eprintln!("{line}");
    }
    anyhow::ensure!(wrong.is_empty(), "{} rules of the house are broken; the lines above say where", wrong.len());
    Ok(())
}

fn arrows(package: &Package) -> Vec<String> {
    let dependencies = package.dependencies.iter().map(|dependency| Dependency {
        name: &dependency.name,
        ours: dependency.path.is_some(),
        optional: dependency.optional,
    });
    wrong_arrows(&package.name, &dependencies.collect::<Vec<_>>())
}

struct Dependency<'a> {
    name: &'a str,
    ours: bool,
    optional: bool,
}

fn wrong_arrows(from: &str, dependencies: &[Dependency]) -> Vec<String> {
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == from) else {
        return vec![format!(
            "{from}: a crate without a place; draw its arrows in xtask/src/tidy.rs and docs/ARCHITECTURE.md"
        )];
    };
    let mut wrong = Vec::new();
    for Dependency { name, ours, optional } in dependencies {
        if *ours && !allowed.contains(name) {
            wrong.push(format!("{from} depends on {name}: this arrow points the wrong way"));
        }
        if from == "app" && *name == "platform" && !optional {
            wrong.push("app depends on platform outside of feature ssr: browsers would have to compile it".to_owned());
        }
        let home = HOMES.iter().find(|(outside, _)| name == outside || name.starts_with(&format!("{outside}-")));
        if let Some((_, homes)) = home.filter(|(_, homes)| !homes.contains(&from)) {
            wrong.push(format!("{from} depends on {name}: only {} may", homes.join(" and ")));
        }
    }
    wrong
}

fn file(name: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let lines = text.lines().count();
    if lines > MOST_LINES {
        wrong.push(format!("{name}: {lines} lines; split it by subject at {MOST_LINES} or before"));
    }
    if !text.starts_with("//!") && !text.starts_with("#![doc") {
        wrong.push(format!("{name}:1: the first line does not say what the file is for (`//! ...`)"));
    }
    wrong
}

fn empty_name(path: &Path) -> Option<String> {
    let name = path.file_stem()?.to_string_lossy();
    let parent = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy()).unwrap_or_default();
    let empty = EMPTY_NAMES.iter().any(|empty| *empty == name || (name == "mod" && *empty == parent));
    empty.then(|| format!("{}: name it after its subject", path.display()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Dependency, MOST_LINES, empty_name, file, wrong_arrows};

    fn ours(name: &str) -> Dependency<'_> {
        Dependency { name, ours: true, optional: false }
    }

    fn outside(name: &str) -> Dependency<'_> {
        Dependency { name, ours: false, optional: false }
    }

    #[test]
    fn arrows_point_one_way() {
        assert!(wrong_arrows("server", &[ours("engine"), ours("platform"), outside("axum-extra")]).is_empty());
        assert_eq!(wrong_arrows("platform", &[ours("engine"), ours("domain")]).len(), 1);
        assert_eq!(wrong_arrows("domain", &[ours("dataset")]).len(), 1);
        assert_eq!(wrong_arrows("newcomer", &[]).len(), 1);
    }

    #[test]
    fn the_page_has_the_platform_only_on_the_server() {
        assert!(wrong_arrows("app", &[Dependency { name: "platform", ours: true, optional: true }]).is_empty());
        assert_eq!(wrong_arrows("app", &[ours("platform")]).len(), 1);
        assert_eq!(wrong_arrows("frontend", &[ours("platform")]).len(), 1);
    }

    #[test]
    fn sql_burn_and_http_have_one_home() {
        assert_eq!(wrong_arrows("server", &[outside("sqlx")]), ["server depends on sqlx: only platform may"]);
        assert_eq!(wrong_arrows("platform", &[outside("burn-flex"), outside("axum")]).len(), 2);
        assert!(wrong_arrows("engine", &[outside("burn"), outside("burnish")]).is_empty());
        assert!(wrong_arrows("domain", &[outside("burnish")]).is_empty());
    }

    #[test]
    fn files_are_short_and_say_what_they_are_for() {
        assert!(file("a.rs", "//! A.\nfn a() {}\n").is_empty());
        assert!(file("a.rs", "#![doc = include_str!(\"../README.md\")]\n").is_empty());
        assert_eq!(file("a.rs", "fn a() {}\n").len(), 1);
        assert_eq!(file("a.rs", "").len(), 1);
        assert_eq!(file("a.rs", &"//! A.\n".repeat(MOST_LINES + 1)).len(), 1);
    }

    #[test]
    fn names_have_a_subject() {
        assert!(empty_name(Path::new("app/src/utils.rs")).is_some());
        assert!(empty_name(Path::new("server/tests/common/mod.rs")).is_some());
        assert!(empty_name(Path::new("app/src/uncommon.rs")).is_none());
        assert!(empty_name(Path::new("README.md")).is_none());
    }
}
