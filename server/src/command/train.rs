//! `athanor train`: a job for a server, or, with `--local`, for this machine alone.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    client::{
        self, Connection, Display, Exit, Failure, LocalFile, ServerFlags, experiment, follow, push, submitted, tell,
        train_here,
    },
    http::extract::parse_json,
};

/// What is left out is chosen from the data.
#[derive(clap::Args)]
pub struct Flags {
    /// A file, or the id or name of a dataset of the server. A file is uploaded first, unless the server has it.
    data: String,
    /// The column to learn.
    #[arg(long)]
    target: Option<String>,
    #[arg(long)]
    epochs: Option<u32>,
    /// Learning rate.
    #[arg(long)]
    lr: Option<f64>,
    #[arg(long)]
    batch_size: Option<u32>,
    /// linear, mlp, resnet, transformer or cnn, or described: '{"kind":"mlp","hidden":[128,64]}'.
    #[arg(long)]
    model: Option<String>,
    /// What to call the job.
    #[arg(long)]
    name: Option<String>,
    /// Id or name of the experiment that the job belongs to.
    #[arg(long, conflicts_with = "local")]
    experiment: Option<String>,
    /// The same seed gives the same weights.
    #[arg(long)]
    seed: Option<u64>,
    /// Any other field of a request, with a value in JSON or a word: --set optimizer=sgd --set folds=5.
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    set: Vec<(String, Value)>,
    /// Show how it goes until it ends. Ctrl-C asks whether to leave or to stop the job.
    #[arg(long)]
    watch: bool,
    /// Train on this machine, without a server.
    #[arg(long, requires = "out")]
    local: bool,
    /// Folder for the finished model.
    #[arg(long, value_name = "FOLDER", requires = "local")]
    out: Option<PathBuf>,
    #[command(flatten)]
    server: ServerFlags,
}

/// `key=value`; what is no JSON is a word.
fn setting(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text.split_once('=').ok_or("it must be KEY=VALUE")?;
    if key.is_empty() {
        return Err("there is no key before the =".to_owned());
    }
    Ok((key.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()))))
}

pub fn run(flags: Flags) -> ExitCode {
    client::run(flags.server.json, || train(&flags))
}

fn train(flags: &Flags) -> Result<Exit, Failure> {
    let mut request = request(flags)?;
    if let Some(out) = flags.out.as_ref().filter(|_| flags.local) {
        let request = parse_json(Value::Object(request).to_string().as_bytes())?;
        return train_here(Path::new(&flags.data), request, out, &mut Display::new(flags.server.json));
    }
    let connection = Connection::open(&flags.server)?;
    if let Some(named) = &flags.experiment {
        put(&mut request, "experiment_id", experiment(&connection, named)?.into())?;
    }
    let mut display = Display::new(flags.server.json);
    request.insert("dataset".into(), dataset(&connection, &flags.data, flags.server.json)?.into());
    let key = Uuid::new_v4().to_string();
    let answer = connection.post_once("/api/training", &Value::Object(request), &key)?;
    let id = submitted(&answer)?;
    if flags.watch {
        display.event("submitted", json!({"job_id": id}))?;
        if !flags.server.json {
            tell::say(&format!("job {id}"))?;
        }
        return follow(&connection, id, &mut display);
    }
    if flags.server.json {
        tell::say_json(&answer)?;
    } else {
        tell::say(&format!("job {id}: athanor watch {id}"))?;
    }
    Ok(Exit::Done)
}

fn request(flags: &Flags) -> Result<Map<String, Value>, Failure> {
    let mut request = Map::new();
    let model =
        flags.model.as_ref().map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str())));
    let given = [
        ("target", flags.target.clone().map(Value::from)),
        ("epochs", flags.epochs.map(Value::from)),
        ("lr", flags.lr.map(Value::from)),
        ("batch_size", flags.batch_size.map(Value::from)),
        ("model", model),
        ("name", flags.name.clone().map(Value::from)),
        ("seed", flags.seed.map(Value::from)),
    ];
    let given = given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    for (key, value) in given.chain(flags.set.iter().cloned()) {
        put(&mut request, &key, value)?;
    }
    if request.contains_key("dataset") {
        return Err(Failure::usage("The dataset is the first argument, so it cannot be --set."));
    }
    Ok(request)
}

fn put(request: &mut Map<String, Value>, key: &str, value: Value) -> Result<(), Failure> {
    match request.insert(key.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(Failure::usage(format!("{key} is given twice."))),
    }
}

/// What to train on: the id of the file's dataset, which may have been there before, or what was typed.
fn dataset(connection: &Connection, named: &str, as_json: bool) -> Result<String, Failure> {
    let path = Path::new(named);
    if !path.is_file() {
        return Ok(named.to_owned());
    }
    let file = LocalFile::open(path)?;
    if let Some(known) = file.already_there(connection)? {
        if !as_json {
            tell::complain(&format!("The server has this file already, as dataset {}.", known.id));
        }
        return Ok(known.id.to_string());
    }
    let answer = push(connection, path, None)?;
    let id = answer["dataset"]["id"].as_str();
    let id = id.ok_or_else(|| Failure::refused("The server took the file, but did not say its id."))?;
    Ok(id.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{put, setting};

    #[test]
    fn settings_are_json_or_words() {
        assert_eq!(setting("folds=5").unwrap(), ("folds".into(), json!(5)));
        assert_eq!(setting("optimizer=sgd").unwrap(), ("optimizer".into(), json!("sgd")));
        assert_eq!(setting("tags=[\"a=b\"]").unwrap(), ("tags".into(), json!(["a=b"])));
        assert!(setting("folds").is_err() && setting("=5").is_err());
    }

    #[test]
    fn nothing_is_said_twice() {
        let mut request = Map::new();
        put(&mut request, "epochs", Value::from(5)).unwrap();
        assert_eq!(put(&mut request, "epochs", Value::from(6)).unwrap_err().sentence(), "epochs is given twice.");
    }
}
