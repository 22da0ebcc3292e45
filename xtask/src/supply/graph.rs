//! Which crates stand behind what, from cargo itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Context;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Node, Package, PackageId, TargetKind};

use crate::{command, workspace::Workspace};

/// What the browser's half is compiled for.
const BROWSER: &str = "wasm32-unknown-unknown";

/// A crate of the product.
pub struct Part {
    pub package: Package,
    /// It runs in the product; the others only help to build it: macros, build scripts, and what those need.
    pub runs: bool,
    /// By their place in the product: name and version.
    pub needs: BTreeSet<(String, String)>,
}

pub type Product = BTreeMap<(String, String), Part>;

/// Every crate that is compiled on any system, for any feature of ours that is on by default, for tests and tools too.
///
/// # Errors
/// When cargo does not say.
pub fn every_package(workspace: &Workspace) -> anyhow::Result<Vec<Package>> {
    let metadata = metadata(workspace, &["--features", "server/embed-site"])?;
    let resolved: BTreeSet<_> =
        metadata.resolve.iter().flat_map(|resolve| &resolve.nodes).map(|node| &node.id).collect();
    Ok(metadata.packages.iter().filter(|package| resolved.contains(&package.id)).cloned().collect())
}

/// What a release of this machine has: the server, and within it the two modules for browsers.
///
/// # Errors
/// When cargo does not say.
pub fn product(workspace: &Workspace) -> anyhow::Result<Product> {
    let said = command::ask(workspace.cargo().args(["-vV"])).context("cargo does not say what machine this is")?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: ")).context("cargo names no host")?.to_owned();
    let mut product = Product::new();
    for (target, roots) in [(host.as_str(), &["server"][..]), (BROWSER, &["frontend", "inference"][..])] {
        let metadata = metadata(workspace, &["--features", "server/embed-site", "--filter-platform", target])?;
        add(&mut product, &metadata, roots);
    }
    Ok(product)
}

fn metadata(workspace: &Workspace, options: &[&str]) -> anyhow::Result<Metadata> {
    let mut query = MetadataCommand::new();
    query.manifest_path(workspace.root.join("Cargo.toml"));
    query.other_options(options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>());
    if let Some(cargo) = std::env::var_os("CARGO") {
        query.cargo_path(cargo);
    }
    query.exec().context("cargo does not say which crates there are")
}

fn add(product: &mut Product, metadata: &Metadata, roots: &[&str]) {
    let packages: HashMap<&PackageId, &Package> =
        metadata.packages.iter().map(|package| (&package.id, package)).collect();
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let nodes: HashMap<&PackageId, &Node> = nodes.map(|node| (&node.id, node)).collect();
    let roots = packages.values().filter(|package| package.source.is_none() && roots.contains(&package.name.as_str()));
    let mut next: Vec<(&PackageId, bool)> = roots.map(|package| (&package.id, true)).collect();
    let mut seen: HashMap<&PackageId, bool> = HashMap::new();
    while let Some((id, runs)) = next.pop() {
        let (Some(package), Some(node)) = (packages.get(id), nodes.get(id)) else { continue };
        let is_macro = package.targets.iter().any(|target| target.kind.contains(&TargetKind::ProcMacro));
        let runs = runs && !is_macro;
        // It was here before, and for no less: there is nothing new behind it.
        if seen.get(id).is_some_and(|before| *before || !runs) {
            continue;
        }
        seen.insert(id, runs);
        let part = product.entry(key(package)).or_insert_with(|| Part {
            package: (*package).clone(),
            runs: false,
            needs: BTreeSet::new(),
        });
        part.runs |= runs;
        for dependency in &node.deps {
            let is = |kind| dependency.dep_kinds.iter().any(|found| found.kind == kind);
            let Some(needed) = packages.get(&dependency.pkg) else { continue };
            if is(DependencyKind::Normal) || is(DependencyKind::Build) {
                part.needs.insert(key(needed));
                next.push((&needed.id, runs && is(DependencyKind::Normal)));
            }
        }
    }
}

fn key(package: &Package) -> (String, String) {
    (package.name.to_string(), package.version.to_string())
}

#[cfg(test)]
mod tests {
    use super::product;
    use crate::workspace::Workspace;

    #[test]
    fn the_product_has_both_halves_and_no_tools() {
        let product = product(&Workspace::find().unwrap()).unwrap();
        let part = |name: &str| product.values().find(|part| part.package.name.as_str() == name);
        for name in ["server", "frontend", "inference", "sqlx-core", "burn-core", "leptos", "web-sys", "aws-lc-sys"] {
            assert!(part(name).is_some_and(|part| part.runs), "{name}");
        }
        assert!(part("serde_derive").is_some_and(|part| !part.runs), "a macro");
        assert!(part("cc").is_some_and(|part| !part.runs), "a build script's");
        for name in ["xtask", "reqwest", "wasm-bindgen-cli-support"] {
            assert!(part(name).is_none(), "{name}");
        }
    }
}
