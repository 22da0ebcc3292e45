//! Where things are: the root of the checkout, the target folder, and the crates in it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::Context;
use cargo_metadata::{DependencyKind, MetadataCommand, Package};

use crate::command;

/// This checkout.
pub struct Workspace {
    pub root: PathBuf,
    /// CARGO_TARGET_DIR, or what cargo is configured to use.
    pub target: PathBuf,
    /// The crates of the workspace, with the dependencies they name.
    pub crates: Vec<Package>,
}

impl Workspace {
    /// # Errors
    /// When cargo cannot read the manifests.
    pub fn find() -> anyhow::Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        let mut query = MetadataCommand::new();
        query.no_deps().manifest_path(&manifest);
        if let Some(cargo) = std::env::var_os("CARGO") {
            query.cargo_path(cargo);
        }
        let found = query.exec().context("the manifests could not be read; is this checkout whole?")?;
        Ok(Self {
            root: found.workspace_root.into_std_path_buf(),
            target: found.target_directory.into_std_path_buf(),
            crates: found.packages,
        })
    }

    /// The built page.
    pub fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// Cargo for this machine, at the root. Every call has the same environment, so that none undoes another's work.
    pub fn cargo(&self) -> std::process::Command {
        let mut cargo = command::cargo(&self.root);
        cargo.env("ATHANOR_SITE_DIR", self.site()).env("CARGO_TARGET_DIR", &self.target);
        cargo
    }

    /// Folders of a crate and of every crate of the workspace that is always built with it.
    pub fn folders_behind(&self, name: &str) -> Vec<PathBuf> {
        let mut names = BTreeSet::from([name.to_owned()]);
        let mut next = vec![name.to_owned()];
        while let Some(name) = next.pop() {
            let Some(package) = self.crates.iter().find(|package| package.name.as_str() == name) else { continue };
            for dependency in &package.dependencies {
                let ours = dependency.path.is_some() && dependency.kind == DependencyKind::Normal;
                if ours && !dependency.optional && names.insert(dependency.name.clone()) {
                    next.push(dependency.name.clone());
                }
            }
        }
        let behind = self.crates.iter().filter(|package| names.contains(package.name.as_str()));
        behind
            .filter_map(|package| package.manifest_path.parent())
            .map(|folder| folder.as_std_path().to_owned())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Workspace;

    #[test]
    fn the_page_is_made_of_app_and_domain_but_never_of_the_platform() {
        let workspace = Workspace::find().unwrap();
        let mut folders: Vec<_> = workspace
            .folders_behind("frontend")
            .into_iter()
            .map(|folder| folder.strip_prefix(&workspace.root).unwrap().to_str().unwrap().to_owned())
            .collect();
        folders.sort();
        assert!(["app", "crates/domain", "frontend"].iter().all(|name| folders.iter().any(|folder| folder == name)));
        assert!(!folders.iter().any(|folder| folder == "crates/platform"), "{folders:?}");
    }
}
