//! `deny.toml`, as far as it can be checked without `cargo deny`: licences, sources, crates that may not be there at all, and
//! those that may be there only once.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context;
use cargo_metadata::Package;
use serde::Deserialize;

use super::licence;

const FILE: &str = "deny.toml";
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

#[derive(Deserialize)]
pub struct Policy {
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    #[serde(default)]
    deny: Vec<Denied>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Denied {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
    /// It may be there, but only once.
    #[serde(default)]
    deny_multiple_versions: bool,
}

impl Policy {
    /// # Errors
    /// When `deny.toml` is not there or says something else than is read here.
    pub fn read(root: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(root.join(FILE)).with_context(|| format!("could not read {FILE}"))?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        toml::from_str(text).with_context(|| format!("{FILE} is not understood"))
    }

    /// A line for each crate that may not be there.
    pub fn wrong(&self, packages: &[Package]) -> Vec<String> {
        let crates = packages.iter().map(|package| Crate {
            name: package.name.as_str(),
            version: package.version.to_string(),
            licence: package.license.as_deref(),
            source: package.source.as_ref().map(|source| source.repr.as_str()),
        });
        self.wrong_crates(&crates.collect::<Vec<_>>())
    }

    fn wrong_crates(&self, crates: &[Crate]) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for one in crates {
            let Crate { name, version, licence, source } = one;
            versions.entry(name).or_default().push(version);
            if source.is_some_and(|source| source != CRATES_IO) {
                wrong.push(format!("{name} {version}: comes from {}, not from crates.io", source.unwrap_or_default()));
            }
            match licence {
                Some(licence) if !licence::is_allowed(licence, &|licence| self.allows(name, licence)) => {
                    wrong.push(format!("{name} {version}: deny.toml does not allow its licence, {licence:?}"));
                }
                None if !self.has_read(name) => {
                    wrong.push(format!("{name} {version}: names no licence; read its file, and make it an exception"));
                }
                _ => {}
            }
        }
        for Denied { name, reason, deny_multiple_versions } in &self.bans.deny {
            let Some(found) = versions.get(name.as_str()) else { continue };
            if !deny_multiple_versions {
                wrong.push(format!("{name} {}: may not be there: {reason}", found.join(", ")));
            } else if found.len() > 1 {
                wrong.push(format!("{name} is there as {}: only one may be: {reason}", found.join(" and ")));
            }
        }
        wrong
    }

    /// Somebody has read the file of a crate that names no licence.
    fn has_read(&self, name: &str) -> bool {
        self.licenses.exceptions.iter().any(|exception| exception.name == name)
    }

    fn allows(&self, name: &str, licence: &str) -> bool {
        let excepted = self.licenses.exceptions.iter().filter(|exception| exception.name == name);
        let mut allowed = self.licenses.allow.iter().chain(excepted.flat_map(|exception| &exception.allow));
        allowed.any(|allowed| allowed == licence)
    }
}

struct Crate<'a> {
    name: &'a str,
    version: String,
    licence: Option<&'a str>,
    /// None for our own.
    source: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::{CRATES_IO, Crate, Policy};

    const RULES: &str = "[licenses]\nallow = [\"MIT\"]\nexceptions = [{ crate = \"odd\", allow = [\"GPL-3.0\"] }]\n\
        [bans]\ndeny = [{ crate = \"openssl-sys\", reason = \"x\" }, { crate = \"tokio\", deny-multiple-versions = true, reason = \"y\" }]";

    fn one(
        name: &'static str,
        version: &str,
        licence: Option<&'static str>,
        source: Option<&'static str>,
    ) -> Crate<'static> {
        Crate { name, version: version.to_owned(), licence, source }
    }

    #[test]
    fn what_may_not_be_there_is_named_with_the_reason() {
        let policy = Policy::parse(RULES).unwrap();
        let io = Some(CRATES_IO);
        let fine = [
            one("ours", "1.0.0", Some("MIT"), None),
            one("tokio", "1.0.0", Some("MIT"), io),
            one("twice", "1.0.0", Some("MIT"), io),
            one("twice", "2.0.0", Some("MIT"), io),
            one("odd", "1.0.0", Some("GPL-3.0"), io),
            one("odd", "0.9.0", None, io),
        ];
        assert!(policy.wrong_crates(&fine).is_empty());
        for (wrong, says) in [
            (vec![one("a", "1.0.0", Some("GPL-3.0"), io)], "does not allow its licence"),
            (vec![one("a", "1.0.0", None, io)], "names no licence"),
            (vec![one("a", "1.0.0", Some("MIT"), Some("git+https://example.org/a"))], "not from crates.io"),
            (vec![one("openssl-sys", "0.9.0", Some("MIT"), io)], "may not be there: x"),
            (vec![one("tokio", "1.0.0", Some("MIT"), io), one("tokio", "2.0.0", Some("MIT"), io)], "1.0.0 and 2.0.0"),
        ] {
            let lines = policy.wrong_crates(&wrong);
            assert!(lines.len() == 1 && lines[0].contains(says), "{lines:?}");
        }
    }
}
