//! Data that was made to do harm, as far as people's bytes and names go: addresses, files, messages and what pages show. A
//! comment names the hole of another product that a case is taken from.
//!
//! What needs no test, because it is not there: nothing reads pickle, joblib, PyTorch or any other file of a model that somebody
//! sends (ClearML CVE-2024-24590), nothing fetches an address that somebody names, and no endpoint takes the path of a file on
//! the server.

mod archives;
mod bodies;
mod downloads;
mod markup;
mod paths;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::harness::Person;

/// What the server says to these bytes, to the end of the connection: clients tidy up addresses, attackers do not.
async fn raw(person: &Person, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(person.url.strip_prefix("http://").unwrap()).await.unwrap();
    // Whoever is refused may find the door shut while still speaking.
    let _ = stream.write_all(request).await;
    let mut said = Vec::new();
    let _ = timeout(Duration::from_secs(20), stream.read_to_end(&mut said)).await.expect("it answers");
    String::from_utf8_lossy(&said).into_owned()
}

/// A request for an address exactly as it is written.
async fn get(person: &Person, target: &str, more: &str) -> String {
    let head = format!(
        "GET {target} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n{more}\r\n",
        person.url.strip_prefix("http://").unwrap(),
        person.token
    );
    raw(person, head.as_bytes()).await
}

/// As a form or the part of an address after its question mark.
fn encoded(pairs: &[(&str, &str)]) -> String {
    let address = reqwest::Url::parse_with_params("http://localhost/", pairs).unwrap();
    address.query().unwrap_or_default().to_owned()
}

fn status(said: &str) -> u16 {
    said.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no status in {said:?}"))
}

/// Everything below a folder, as paths within it.
fn below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        // The server works on, and removes what it no longer needs.
        let Ok(entries) = std::fs::read_dir(next) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path.clone());
            }
            found.insert(path.strip_prefix(folder).unwrap().to_owned());
        }
    }
    found
}
