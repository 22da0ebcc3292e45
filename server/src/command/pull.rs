//! `athanor pull`: the bundle of a model, in a file that appears when it is whole.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde_json::json;

use crate::client::{self, Connection, Exit, Failure, NewFile, ServerFlags, model, tell};

/// A zip with weights, ONNX, encoder, report and card.
#[derive(clap::Args)]
pub struct Flags {
    /// Id of a model or of its job, or the name of a model.
    model: String,
    /// Where to; one of that name is replaced [default: the server's name for it, here, where none of that name is].
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    server: ServerFlags,
}

pub fn run(flags: Flags) -> ExitCode {
    client::run(flags.server.json, || pull(&flags))
}

fn pull(flags: &Flags) -> Result<Exit, Failure> {
    let connection = Connection::open(&flags.server)?;
    let model = model(&connection, &flags.model)?;
    let download = connection.download(&format!("/api/models/{}/download", model.id))?;
    let path = match &flags.out {
        Some(path) => path.clone(),
        None => PathBuf::from(plain_name(download.file_name.as_deref().unwrap_or_default())),
    };
    if flags.out.is_none() && path.exists() {
        return Err(Failure::refused(format!("{} is there already; -o says which file to replace.", path.display())));
    }
    let bytes = receive(download.bytes, download.length, &path)?;
    if flags.server.json {
        tell::say_json(
            &json!({"ok": true, "file": path, "bytes": bytes, "model_id": model.id, "sha256": model.sha256}),
        )?;
    } else {
        tell::say(&format!("{}  {bytes} bytes", path.display()))?;
    }
    Ok(Exit::Done)
}

fn receive(mut from: Box<dyn Read>, length: Option<u64>, path: &Path) -> Result<u64, Failure> {
    let mut file = NewFile::create(path)?;
    let broke_off = |why: String| Failure::unreachable(format!("The download broke off: {why}. Nothing was written."));
    let bytes = io::copy(&mut from, &mut file).map_err(|error| broke_off(error.to_string()))?;
    if length.is_some_and(|length| length != bytes) {
        return Err(broke_off(format!("{bytes} bytes of {} came", length.unwrap_or_default())));
    }
    file.keep()?;
    Ok(bytes)
}

/// What a server calls a file, as a name in this folder and nowhere else.
fn plain_name(told: &str) -> String {
    let plain: String = told.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    let plain = plain.trim_start_matches(['.', '-']);
    if plain.is_empty() { "model.zip".to_owned() } else { plain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Exit, plain_name, receive};

    #[test]
    fn a_name_stays_in_this_folder() {
        assert_eq!(plain_name("iris-mlp.zip"), "iris-mlp.zip");
        assert_eq!(plain_name("../../.ssh/config"), "sshconfig");
        assert_eq!(plain_name("/"), "model.zip");
        assert_eq!(plain_name("-rf\u{1b}[2J"), "rf2J");
    }

    #[test]
    fn what_breaks_off_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        let failure = receive(Box::new(&b"half"[..]), Some(8), &path).unwrap_err();
        assert_eq!(failure.exit, Exit::Unreachable);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(receive(Box::new(&b"whole"[..]), Some(5), &path).unwrap(), 5);
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
    }
}
