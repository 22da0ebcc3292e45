//! The executable as a client: signing in, data, training, models, and how each ends; with a server and without one.

use std::{
    fs,
    io::{BufRead, BufReader, Cursor, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Person, SMALL, Server, signal};

/// Somebody's machine: a home, a folder to work in, and what was printed there.
struct Machine {
    folder: TempDir,
    /// May be in no output.
    secrets: Vec<String>,
}

struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Ended {
    /// Fails when it ended otherwise.
    fn with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "it said:\n{}\n{}", self.out, self.err);
        self
    }

    /// The one document.
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Whoever has such a file here is a server's administrator; a client does not read it.
        fs::write(folder.path().join(".env"), "ATHANOR_URL=http://127.0.0.1:9\n").unwrap();
        fs::write(folder.path().join("small.csv"), SMALL).unwrap();
        Self { folder, secrets: vec!["correct horse".to_owned()] }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn credentials(&self) -> PathBuf {
        self.path("config/athanor/credentials.json")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_athanor"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for variable in ["ATHANOR_URL", "ATHANOR_TOKEN", "SSL_CERT_FILE"] {
            command.env_remove(variable);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[], "")
    }

    fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)], stdin: &str) -> Ended {
        let mut process = self.command(arguments).envs(environment.iter().copied()).spawn().unwrap();
        // One that has ended already did not want to read it.
        let _ = process.stdin.take().unwrap().write_all(stdin.as_bytes());
        self.end(process)
    }

    fn end(&self, process: Child) -> Ended {
        let done = process.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let ended = Ended { code: done.status.code().unwrap(), out: text(done.stdout), err: text(done.stderr) };
        for output in [&ended.out, &ended.err] {
            assert!(self.secrets.iter().all(|secret| !output.contains(secret)), "a secret was printed: {output}");
            assert!(!output.contains('\u{1b}'), "no terminal, but an escape: {output}");
        }
        ended
    }

    fn login(&mut self, person: &Person) {
        let arguments = ["login", &person.url, "--email", &person.email, "--password-stdin"];
        self.run_with(&arguments, &[], "correct horse\n").with(0);
        let stored: Value = serde_json::from_slice(&fs::read(self.credentials()).unwrap()).unwrap();
        self.secrets.push(stored["servers"][&person.url]["token"].as_str().unwrap().to_owned());
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Names in a zip.
fn names(zip: &[u8]) -> Vec<String> {
    let archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn signing_in_keeps_a_token_that_nobody_else_reads_and_signing_out_ends_it() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut machine = Machine::new();
    let nobody = machine.run(&["jobs"]).with(5);
    assert!(nobody.err.contains("athanor login"), "{}", nobody.err);

    let wrong = ["login", &ada.url, "--email", &ada.email, "--password-stdin", "--json"];
    let refused = machine.run_with(&wrong, &[], "wrong horse\n").with(5);
    let said: Value = serde_json::from_str(&refused.err).unwrap();
    assert_eq!((&said["ok"], &said["code"]), (&Value::Bool(false), &"invalid_credentials".into()), "{said}");
    assert!(!machine.credentials().exists());
    machine.run(&["login", &ada.url]).with(2);
    machine.run(&["login", "not an address"]).with(2);
    machine.run(&["no-such-command"]).with(2);

    machine.login(&ada);
    #[cfg(unix)]
    assert_eq!((mode(&machine.credentials()), mode(machine.credentials().parent().unwrap())), (0o600, 0o700));
    machine.run(&["jobs"]).with(0);

    // Variables come first, and need no file.
    let elsewhere = Machine { secrets: machine.secrets.clone(), ..Machine::new() };
    let given = [("ATHANOR_URL", ada.url.as_str()), ("ATHANOR_TOKEN", ada.token.as_str())];
    elsewhere.run_with(&["data", "ls"], &given, "").with(0);
    assert!(!elsewhere.credentials().exists());
    elsewhere.run_with(&["data", "ls"], &[given[0], ("ATHANOR_TOKEN", "nonsense")], "").with(5);
    machine.run_with(&["jobs"], &[("ATHANOR_URL", "http://127.0.0.1:9")], "").with(5);
    machine.run_with(&["jobs"], &[("ATHANOR_URL", "http://127.0.0.1:9"), given[1]], "").with(6);

    let token = machine.secrets.last().unwrap().clone();
    let signed_in = Person { token: token.clone(), ..server.anybody() };
    assert_eq!(signed_in.get("/api/auth/me").await.0, 200);
    machine.run(&["logout"]).with(0);
    assert_eq!(signed_in.get("/api/auth/me").await.0, 401, "the session ended with it");
    machine.run(&["jobs"]).with(5);
    machine.run(&["logout"]).with(5);

    // A token that was given may be in use elsewhere.
    let arguments = ["login", &ada.url, "--token-stdin", "--json"];
    assert_eq!(machine.run_with(&arguments, &[], "nonsense\n").code, 5);
    let told = machine.run_with(&arguments, &[], &format!("{}\n", ada.token)).with(0);
    assert_eq!(told.json()["user"]["email"], ada.email.as_str());
    machine.run(&["logout"]).with(0);
    assert_eq!(ada.get("/api/auth/me").await.0, 200);
}

#[tokio::test]
async fn from_a_file_to_predictions_without_a_browser() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut machine = Machine::new();
    machine.login(&ada);

    let pushed = machine.run(&["data", "push", "small.csv", "--name", "mine \"é\"", "--json"]).with(0).json();
    assert_eq!(
        (&pushed["dataset"]["name"], &pushed["dataset"]["rows"]),
        (&"mine \"é\"".into(), &16.into()),
        "{pushed}"
    );
    let listed = machine.run(&["data", "ls"]).with(0).out;
    assert!(listed.contains("mine \"é\"") && listed.contains("iris (sample)"), "{listed}");
    fs::write(machine.path("broken.csv"), "a,b\n1\n").unwrap();
    let refused = machine.run(&["data", "push", "broken.csv"]).with(1);
    assert!(refused.err.contains("ine 2"), "{}", refused.err);
    machine.run(&["data", "push", "nowhere.csv"]).with(1);

    // The same bytes are not sent again.
    let again = machine.run(&["train", "small.csv", "--target", "y", "--epochs", "3", "--json"]).with(0).json();
    let job = ada.wait_for(again["job_id"].as_str().unwrap(), "COMPLETED").await;
    assert_eq!(job["dataset_id"], pushed["dataset"]["id"]);

    let arguments = ["train", "iris", "--target", "species", "--epochs", "30", "--seed", "3", "--name", "first"];
    let watched =
        machine.run(&[&arguments[..], &["--set", "tags=[\"cli\"]", "--watch", "--json"][..]].concat()).with(0);
    let lines = watched.lines();
    let kinds: Vec<&str> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!((kinds[0], *kinds.last().unwrap()), ("submitted", "finished"), "{kinds:?}");
    assert!(kinds.contains(&"progress") && kinds.contains(&"log"), "{kinds:?}");
    let finished = lines.last().unwrap();
    assert_eq!((&finished["status"], &finished["params"]["seed"]), (&"COMPLETED".into(), &3.into()), "{finished}");
    assert!(finished["metrics"]["test_accuracy"].as_f64().unwrap() > 0.8, "{finished}");
    let (job, model) = (finished["job_id"].as_str().unwrap(), finished["model_id"].as_str().unwrap());

    let found = machine.run(&["jobs", "tag:cli", "status:completed", "--json"]).with(0).json();
    assert_eq!((found["jobs"].as_array().unwrap().len(), &found["jobs"][0]["job_id"]), (1, &job.into()), "{found}");
    let shown = machine.run(&["jobs", "--limit", "1", "--sort=-created_at"]).with(0);
    assert!(shown.out.contains(job) && shown.out.contains("first") && shown.err.contains("1 of 2"), "{}", shown.out);
    let best = machine.run(&["jobs", "status:completed", "--sort=-accuracy", "--columns", "lr,seed"]).with(0).out;
    let rows: Vec<Vec<&str>> = best.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0][4..7], ["LR", "SEED", "ACCURACY"], "{best}");
    let row = rows.iter().find(|row| row[0] == job).unwrap();
    let shown: f64 = row[7].parse().unwrap();
    assert!(row[6] == "3" && (shown - finished["metrics"]["test_accuracy"].as_f64().unwrap()).abs() < 1e-4, "{best}");
    machine.run(&["jobs", "lr<<1"]).with(1);
    let logs = machine.run(&["logs", job, "-f"]).with(0).out;
    assert!(logs.lines().count() > 1 && logs.contains('Z'), "{logs}");
    let seen = machine.run(&["watch", job]).with(0).out;
    assert!(seen.contains("COMPLETED") && seen.contains("accuracy") && seen.contains(model), "{seen}");

    machine.run(&["pull", "first", "-o", "bundle.zip"]).with(0);
    let bundle = fs::read(machine.path("bundle.zip")).unwrap();
    assert!(names(&bundle).contains(&"model.onnx".to_owned()), "{:?}", names(&bundle));
    let named = machine.run(&["pull", job, "--json"]).with(0).json();
    assert_eq!((&named["file"], &named["model_id"]), (&"first.zip".into(), &model.into()), "by the id of its job");
    assert_eq!(fs::read(machine.path("first.zip")).unwrap(), bundle);
    let refused = machine.run(&["pull", job]).with(1);
    assert!(refused.err.contains("first.zip is there already"), "{}", refused.err);

    fs::write(
        machine.path("rows.csv"),
        "petal_length,petal_width,sepal_length,sepal_width\n1.4,0.2,5.1,3.5\n6,2.5,,3\n",
    )
    .unwrap();
    let told = machine.run(&["predict", model, "rows.csv"]).with(0).out;
    let told: Vec<&str> = told.lines().collect();
    assert_eq!(told[0], "petal_length,petal_width,sepal_length,sepal_width,prediction,probability");
    assert!(
        told[1].starts_with("1.4,0.2,5.1,3.5,setosa,0.") && told[2].starts_with("6,2.5,,3,virginica,0."),
        "{told:?}"
    );
    let lines = machine.run(&["predict", "first", "rows.csv", "--json"]).with(0).lines();
    assert_eq!((&lines[1]["line"], &lines[1]["prediction"]), (&3.into(), &"virginica".into()), "{lines:?}");
    let summed: f64 =
        lines[1]["probabilities"].as_object().unwrap().values().map(|value| value.as_f64().unwrap()).sum();
    assert!((summed - 1.0).abs() < 1e-4, "{lines:?}");
    fs::write(machine.path("wrong.csv"), "petal_length\n1.4\nlong\n").unwrap();
    let refused = machine.run(&["predict", model, "wrong.csv", "-o", "none.csv"]).with(1);
    assert!(refused.err.contains("Line 3, column petal_length"), "{}", refused.err);
    assert!(!machine.path("none.csv").exists());

    machine.run(&["data", "rm", "mine \"é\""]).with(2);
    machine.run(&["data", "rm", "mine \"é\"", "--yes"]).with(0);
    machine.run(&["data", "rm", "mine \"é\"", "--yes"]).with(1);
    machine.run(&["predict", "nobody", "rows.csv"]).with(1);
}

/// Lists come in pages: what is on the second one is there, too.
#[tokio::test]
async fn what_is_named_is_found_however_much_there_is() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut machine = Machine::new();
    machine.login(&ada);
    machine.run(&["data", "push", "small.csv", "--name", "the first"]).with(0);
    for number in 0..210 {
        let (status, told) = ada.upload("/api/datasets/upload", &format!("{number}.csv"), "a,b\n1,2\n2,1\n").await;
        assert_eq!(status, 201, "{told}");
    }
    let listed = machine.run(&["data", "ls", "--json"]).with(0).json();
    let datasets = listed["datasets"].as_array().unwrap();
    assert_eq!((datasets.len() as u64, datasets.len() > 211), (listed["count"].as_u64().unwrap(), true));
    assert!(datasets.iter().any(|dataset| dataset["name"] == "the first"));
    machine.run(&["data", "rm", "the first", "--yes"]).with(0);
    machine.run(&["data", "rm", "the first", "--yes"]).with(1);
}

#[tokio::test]
async fn a_file_of_more_rows_than_one_request_takes_is_predicted_in_their_order() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut machine = Machine::new();
    machine.login(&ada);
    machine.run(&["train", "small.csv", "--target", "y", "--epochs", "3", "--name", "many", "--watch"]).with(0);
    let rows: String = (0..12_345).map(|at| format!("{at},x\n")).collect();
    let told = machine.run_with(&["predict", "many", "-"], &[], &format!("a,b\n{rows}")).with(0).out;
    let firsts: Vec<&str> = told.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(firsts.len(), 12_345);
    assert!(firsts.iter().enumerate().all(|(at, first)| first.parse::<usize>() == Ok(at)));
}

#[tokio::test]
async fn a_job_that_does_not_complete_has_its_exit_code_and_ctrl_c_leaves_it_alone() {
    let server = Server::start_with(&[("ATHANOR_TRAINER_FAULT", "sleep_ms_per_step=5")]);
    let ada = server.person("ada").await;
    let mut machine = Machine::new();
    machine.login(&ada);
    let long = ["train", "iris", "--epochs", "100000", "--set", "early_stopping=false", "--watch", "--json"];
    let failed = machine.run(&[&long[..], &["--set", "max_seconds=1"][..]].concat()).with(3);
    assert_eq!(failed.lines().last().unwrap()["failure"]["code"], "time_limit");

    let mut process = machine.command(&long).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    let job = next()["job_id"].as_str().unwrap().to_owned();
    while next()["status"] != "RUNNING" {}
    signal(process.id(), "INT");
    let left = machine.end(process).with(130);
    assert!(left.err.contains(&format!("athanor watch {job}")), "{}", left.err);
    assert_eq!(ada.get(&format!("/api/training/{job}")).await.1["status"]["status"], "RUNNING");
    machine.run(&["stop", &job]).with(0);
    machine.run(&["watch", &job]).with(4);

    let wrong = machine.run(&["train", "iris", "--lr", "99", "--set", "nonsense=1", "--json"]).with(1);
    let said: Value = serde_json::from_str(&wrong.err).unwrap();
    assert!(said["fields"].as_object().is_some_and(|fields| !fields.is_empty()), "{said}");
    machine.run(&["train", "iris", "--epochs", "5", "--set", "epochs=6"]).with(2);
    machine.run(&["train", "iris", "--local"]).with(2);
}

#[test]
fn without_a_server_the_same_trainer_makes_a_model_that_is_asked_here() {
    let machine = Machine::new();
    let rows = include_str!("../../../crates/dataset/samples/iris.csv");
    fs::write(machine.path("flowers.csv"), rows).unwrap();
    let arguments = ["train", "flowers.csv", "--target", "species", "--epochs", "30", "--local", "--out", "model"];
    let lines = machine.run(&[&arguments[..], &["--json"][..]].concat()).with(0).lines();
    let finished = lines.last().unwrap();
    assert_eq!((&finished["type"], &finished["status"]), (&"finished".into(), &"COMPLETED".into()), "{finished}");
    assert!(finished["metrics"]["test_accuracy"].as_f64().unwrap() > 0.8, "{finished}");
    let bundle = fs::read(machine.path("model/bundle.zip")).unwrap();
    assert!(names(&bundle).iter().all(|name| machine.path("model").join(name).is_file()), "{:?}", names(&bundle));
    let refused = machine.run(&arguments).with(1);
    assert!(refused.err.contains("is not empty"), "{}", refused.err);

    machine.run(&["predict", "model", "flowers.csv", "-o", "told.csv"]).with(0);
    let told = fs::read_to_string(machine.path("told.csv")).unwrap();
    assert_eq!(told.lines().count(), rows.lines().count());
    let right = |line: &&str| {
        let cells: Vec<&str> = line.split(',').collect();
        cells[4] == cells[5]
    };
    assert!(told.lines().skip(1).filter(right).count() > 120, "{told}");

    let wrong = machine.run(&["train", "flowers.csv", "--target", "nothing", "--local", "--out", "other"]).with(1);
    assert!(wrong.err.contains("target"), "{}", wrong.err);
    let dies = [("ATHANOR_TRAINER_FAULT", "abort@epoch=2")];
    let mut other = arguments;
    other[8] = "other";
    let died = machine.run_with(&other, &dies, "").with(3);
    assert!(died.err.contains("The trainer ended with signal: 6"), "{}", died.err);
    let late = [&other[..], &["--set", "max_seconds=1"]].concat();
    machine.run_with(&late, &[("ATHANOR_TRAINER_FAULT", "sleep_ms_per_step=20")], "").with(3);
    let names = fs::read_dir(machine.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = names.filter(|name| name.to_string_lossy().ends_with(".part")).collect();
    assert!(left.is_empty() && !machine.path("other").exists(), "{left:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_training_here() {
    let machine = Machine::new();
    let arguments =
        ["train", "small.csv", "--target", "y", "--epochs", "100000", "--local", "--out", "model", "--json"];
    let mut process = machine
        .command(&[&arguments[..], &["--set", "early_stopping=false"][..]].concat())
        .env("ATHANOR_TRAINER_FAULT", "sleep_ms_per_step=5")
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    while next()["status"] != "RUNNING" {}
    signal(process.id(), "INT");
    let mut last = next();
    while last["type"] != "finished" {
        last = next();
    }
    assert_eq!(last["status"], "STOPPED");
    machine.end(process).with(4);
    assert!(!machine.path("model").exists());
}

#[test]
fn help_says_what_the_exit_codes_mean_and_shells_complete() {
    let machine = Machine::new();
    let help = machine.run(&["--help"]).with(0).out;
    assert!(help.contains("3  the job FAILED") && help.contains("6  the server cannot be reached"), "{help}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = machine.run(&["completions", shell]).with(0).out;
        assert!(script.contains("predict") && script.contains("password-stdin"), "{shell}");
    }
}
