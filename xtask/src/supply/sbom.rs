//! The software bill of materials of a release, as CycloneDX 1.6. It has no time and no random number in it: the same
//! sources give the same bill.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context;
use serde_json::{Value, json};

use super::graph::{Part, Product};

/// SHA-256 of the crates as crates.io has them, by name and version.
type Checksums = BTreeMap<(String, String), String>;

/// From the lock file.
///
/// # Errors
/// When it is not there or not understood.
pub fn checksums(root: &Path) -> anyhow::Result<Checksums> {
    #[derive(serde::Deserialize)]
    struct Lock {
        package: Vec<Locked>,
    }
    #[derive(serde::Deserialize)]
    struct Locked {
        name: String,
        version: String,
        checksum: Option<String>,
    }
    let text = fs::read_to_string(root.join("Cargo.lock")).context("could not read Cargo.lock")?;
    let lock: Lock = toml::from_str(&text).context("Cargo.lock is not understood")?;
    let known = lock.package.into_iter().filter_map(|one| Some(((one.name, one.version), one.checksum?)));
    Ok(known.collect())
}

/// The bill. The product itself is `server`, of which the executable is made.
pub fn bill(product: &Product, checksums: &Checksums) -> Value {
    let components: Vec<Value> =
        product.iter().map(|(key, part)| component(key, part, checksums.get(key).map(String::as_str))).collect();
    let dependencies: Vec<Value> = product
        .iter()
        .map(|(key, part)| json!({"ref": purl(key), "dependsOn": part.needs.iter().map(purl).collect::<Vec<_>>()}))
        .collect();
    let version =
        product.iter().find(|((name, _), _)| name == "server").map_or("", |((_, version), _)| version.as_str());
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": "athanor", "name": "athanor", "version": version},
        },
        "components": components,
        "dependencies": dependencies,
    })
}

fn component(key: &(String, String), part: &Part, checksum: Option<&str>) -> Value {
    let (name, version) = key;
    let mut component = json!({
        "type": "library",
        "bom-ref": purl(key),
        "name": name,
        "version": version,
        "purl": purl(key),
        // What only helps to build it is not in what people run.
        "scope": if part.runs { "required" } else { "excluded" },
    });
    component["licenses"] = match &part.package.license {
        Some(licence) => json!([{"expression": licence.replace('/', " OR ")}]),
        None => json!([{"license": {"name": "in its file LICENSE"}}]),
    };
    if let Some(checksum) = checksum {
        component["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
    }
    if let Some(repository) = &part.package.repository {
        component["externalReferences"] = json!([{"type": "vcs", "url": repository}]);
    }
    component
}

/// Its name among all packages of the world.
fn purl((name, version): &(String, String)) -> String {
    format!("pkg:cargo/{name}@{version}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{bill, checksums};
    use crate::{supply::graph::product, workspace::Workspace};

    #[test]
    fn the_bill_names_every_part_with_its_licence_and_hash() {
        let workspace = Workspace::find().unwrap();
        let bill = bill(&product(&workspace).unwrap(), &checksums(&workspace.root).unwrap());
        let components = bill["components"].as_array().unwrap();
        assert!(components.len() > 300, "{}", components.len());
        let names: BTreeSet<&str> = components.iter().map(|one| one["bom-ref"].as_str().unwrap()).collect();
        assert_eq!(names.len(), components.len(), "each once");
        for one in components {
            let licence = &one["licenses"][0];
            assert!(licence["expression"].is_string() || licence["license"]["name"].is_string(), "{one}");
            let ours = one["version"] == env!("CARGO_PKG_VERSION") && one.get("hashes").is_none();
            assert!(ours || one["hashes"][0]["content"].as_str().is_some_and(|hash| hash.len() == 64), "{one}");
        }
        for one in bill["dependencies"].as_array().unwrap() {
            let behind = one["dependsOn"].as_array().unwrap();
            assert!(behind.iter().all(|needed| names.contains(needed.as_str().unwrap())), "{one}");
        }
        let text = bill.to_string();
        assert!(!text.contains(workspace.root.to_str().unwrap()), "nothing of this machine");
    }
}
