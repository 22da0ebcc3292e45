//! Tokens of servers that somebody signed in to, in a file that only this user can read. A token is sent to the server that it
//! is of and to no other.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{failure::Failure, new_file::NewFile};

/// All that is known of servers.
#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Credentials {
    /// The server that commands are for which name none.
    pub current: Option<String>,
    /// By address.
    pub servers: BTreeMap<String, Credential>,
}

/// Never printed: it has no `Debug`.
#[derive(PartialEq, Serialize, Deserialize)]
pub struct Credential {
    pub token: String,
    pub email: String,
    /// The token was made by signing in from here, so that signing out ends it. Others may use a token that was given.
    #[serde(default)]
    pub session: bool,
}

impl Credentials {
    /// What is stored; nothing when nobody has signed in yet.
    pub fn load() -> Result<Self, Failure> {
        Self::read(&path()?)
    }

    pub fn save(&self) -> Result<(), Failure> {
        self.write(&path()?)
    }

    fn read(path: &Path) -> Result<Self, Failure> {
        match fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                let path = path.display();
                Failure::refused(format!("{path} cannot be read: {error}. Remove it and sign in again."))
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Failure::file("read", path)(error)),
        }
    }

    fn write(&self, path: &Path) -> Result<(), Failure> {
        if let Some(folder) = path.parent() {
            private_folder(folder).map_err(Failure::file("make", folder))?;
        }
        let mut file = NewFile::private(path)?;
        serde_json::to_writer_pretty(&mut file, self).map_err(io::Error::from).map_err(Failure::file("write", path))?;
        file.keep()
    }
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn path() -> Result<PathBuf, Failure> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let own = if cfg!(target_os = "macos") {
        set("HOME").map(|home| home.join("Library/Application Support"))
    } else if cfg!(windows) {
        set("APPDATA")
    } else {
        set("HOME").map(|home| home.join(".config"))
    };
    // Relative ones are to be ignored, says the XDG specification.
    let folder = set("XDG_CONFIG_HOME").filter(|path| path.is_absolute()).or(own);
    let folder = folder.ok_or_else(|| Failure::refused("There is no home directory: set HOME or XDG_CONFIG_HOME."))?;
    Ok(folder.join("athanor").join("credentials.json"))
}

/// The address of a server as it is compared and stored: `localhost:3000` is `http://localhost:3000`, everything else without a
/// scheme is `https`.
pub fn server_url(text: &str) -> Result<String, Failure> {
    let text = text.trim();
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None if is_this_machine(text) => ("http".to_owned(), text),
        None => ("https".to_owned(), text),
    };
    let rest = rest.trim_end_matches('/');
    let plain = rest.chars().all(|c| c.is_ascii_graphic() && !"?#@\"<>\\".contains(c));
    if rest.is_empty() || rest.starts_with('/') || !plain || !matches!(scheme.as_str(), "http" | "https") {
        return Err(Failure::usage(format!(
            "\"{text}\" is no address of a server, such as https://athanor.example.org."
        )));
    }
    let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let path = path.map(|path| format!("/{path}")).unwrap_or_default();
    Ok(format!("{scheme}://{}{path}", host.to_ascii_lowercase()))
}

/// Whether what is sent there can be read by who stands between.
pub fn is_open_to_others(url: &str) -> bool {
    url.strip_prefix("http://").is_some_and(|rest| !is_this_machine(rest))
}

fn is_this_machine(rest: &str) -> bool {
    let host = rest.split('/').next().unwrap_or_default();
    let host = if host.starts_with('[') { host.split_inclusive(']').next() } else { host.split(':').next() };
    let host = host.unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{Credential, Credentials, is_open_to_others, server_url};

    #[test]
    fn addresses_have_one_form() {
        let form = |text| server_url(text).unwrap();
        assert_eq!(form("HTTPS://Athanor.Example.org/"), "https://athanor.example.org");
        assert_eq!(form("athanor.example.org"), "https://athanor.example.org");
        assert_eq!(
            (form("localhost:3000"), form("[::1]:3000")),
            ("http://localhost:3000".into(), "http://[::1]:3000".into())
        );
        assert_eq!(form("127.0.0.1:3000/Lab/"), "http://127.0.0.1:3000/Lab");
        for wrong in ["", "ftp://a", "https://", "https:///x", "https://me:secret@a", "a b", "https://a?x=1"] {
            assert!(server_url(wrong).is_err(), "{wrong}");
        }
        assert!(is_open_to_others("http://a.example.org") && is_open_to_others("http://localhost.evil.org:80"));
        assert!(!is_open_to_others("https://a") && !is_open_to_others("http://127.0.0.1:3000/x"));
    }

    #[test]
    fn what_is_stored_is_for_this_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("athanor").join("credentials.json");
        assert!(Credentials::read(&path).unwrap() == Credentials::default(), "nothing yet");
        let mut stored = Credentials { current: Some("http://a".into()), ..Credentials::default() };
        let credential = Credential { token: "secret".into(), email: "ada@example.org".into(), session: true };
        stored.servers.insert("http://a".into(), credential);
        stored.write(&path).unwrap();
        stored.write(&path).unwrap();
        assert!(Credentials::read(&path).unwrap() == stored);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        }
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
        std::fs::write(&path, "{").unwrap();
        assert!(Credentials::read(&path).err().unwrap().sentence().contains("credentials.json"));
    }
}
