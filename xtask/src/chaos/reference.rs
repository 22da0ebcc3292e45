//! What nobody disturbs: every spec is trained once on a quiet server, and what came out is what must come out.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    api::Api,
    cluster::{Role, Setup},
    watcher::Curves,
    work::{BAD, SPECS, Spec, TABLES, row, table},
};
use crate::client::has_ended;

const PATIENCE: Duration = Duration::from_mins(3);

/// The end of one undisturbed run.
pub(super) struct Run {
    pub(super) sha256: String,
    pub(super) curves: Curves,
    pub(super) predictions: Value,
}

/// Runs by spec and epochs.
pub(super) struct Reference {
    runs: BTreeMap<(&'static str, u32), Run>,
    /// Why [`BAD`] fails.
    pub(super) bad: Value,
}

impl Reference {
    pub(super) fn run(&self, spec: &Spec, epochs: u32) -> Option<&Run> {
        self.runs.get(&(spec.name, epochs))
    }

    /// # Errors
    /// When the executable does not train what it should, undisturbed.
    pub(super) fn make(executable: &Path, folder: PathBuf) -> anyhow::Result<Self> {
        let data = folder.join("data");
        std::fs::create_dir_all(&folder)?;
        let setup = Setup {
            executable: executable.to_owned(),
            folder,
            data,
            database_url: None,
            slots: 2,
            trainer: String::new(),
        };
        let mut server = setup.node(Role::Serve, "reference")?;
        server.start()?;
        let api = Api::new(&[server.proxy.port], Instant::now() + PATIENCE).register("reference@example.org")?;
        for name in TABLES {
            let (status, body) = api.insist(|api| api.upload(name, &table(name)))?;
            anyhow::ensure!(status == 201, "uploading {name}: {status} {body}");
        }
        let mut jobs = Vec::new();
        for spec in SPECS {
            for epochs in [spec.epochs, spec.continued] {
                jobs.push((spec, epochs, submit(&api, spec, epochs)?));
            }
        }
        let bad = ended(&api, &submit(&api, &BAD, BAD.epochs)?)?;
        anyhow::ensure!(bad["status"] == "FAILED", "the spec that must fail did not: {bad}");
        let mut runs = BTreeMap::new();
        for (spec, epochs, id) in jobs {
            let status = ended(&api, &id)?;
            anyhow::ensure!(status["status"] == "COMPLETED", "{}: {status}", spec.name);
            let run = Run {
                sha256: sha256(&api, &status)?,
                curves: curves(&api, &id)?,
                predictions: predictions(&api, &status, spec)?,
            };
            runs.insert((spec.name, epochs), run);
        }
        server.stop(Duration::from_secs(12))?;
        Ok(Self { runs, bad: bad["failure"].clone() })
    }
}

fn submit(api: &Api, spec: &Spec, epochs: u32) -> anyhow::Result<String> {
    let (status, body) = api.insist(|api| api.post("/api/training", &spec.request(spec.name, epochs), None))?;
    anyhow::ensure!(status == 201, "submitting {}: {status} {body}", spec.name);
    Ok(body["job_id"].as_str().unwrap_or_default().to_owned())
}

fn ended(api: &Api, id: &str) -> anyhow::Result<Value> {
    loop {
        let (_, body) = api.insist(|api| api.get(&format!("/api/training/{id}")))?;
        if has_ended(body["status"]["status"].as_str().unwrap_or_default()) {
            return Ok(body["status"].clone());
        }
        anyhow::ensure!(Instant::now() < api.deadline, "an undisturbed job does not end: {body}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The recorded hash of a job's model.
pub(super) fn sha256(api: &Api, status: &Value) -> anyhow::Result<String> {
    let model = status["model_id"].as_str().unwrap_or_default();
    let (_, body) = api.insist(|api| api.get(&format!("/api/models/{model}")))?;
    Ok(body["model"]["sha256"].as_str().unwrap_or_default().to_owned())
}

/// What a job's model says of a row.
pub(super) fn predictions(api: &Api, status: &Value, spec: &Spec) -> anyhow::Result<Value> {
    let path = format!("/api/models/{}/predict", status["model_id"].as_str().unwrap_or_default());
    let (status, body) = api.insist(|api| api.post(&path, &row(), None))?;
    anyhow::ensure!(status == 200, "predicting with {}: {status} {body}", spec.name);
    Ok(body["predictions"].clone())
}

fn curves(api: &Api, id: &str) -> anyhow::Result<Curves> {
    let (_, body) = api.insist(|api| api.get(&format!("/api/training/{id}/metrics")))?;
    let mut curves = Curves::new();
    for point in body["metrics"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let text = |name: &str| point[name].as_str().unwrap_or_default().to_owned();
        let (step, value) = (point["step"].as_u64().unwrap_or_default(), point["value"].as_f64().unwrap_or(f64::NAN));
        curves.entry((text("split"), text("name"))).or_default().insert(step, value.to_bits());
    }
    anyhow::ensure!(!curves.is_empty(), "an undisturbed job has no curves");
    Ok(curves)
}
