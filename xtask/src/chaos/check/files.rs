//! Files: none without a row, no row without its file, and every byte as recorded.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Evidence;
use crate::chaos::{people::End, truth::Stored};

const MODEL_FILES: [&str; 7] =
    ["bundle.zip", "encoder.json", "model-card.md", "model.json", "model.onnx", "model.safetensors", "report.json"];

pub(super) fn check(evidence: &Evidence<'_>) {
    let (truth, data) = (evidence.truth, evidence.data);
    let ids = |stored: &[Stored]| stored.iter().map(|stored| stored.id.clone()).collect::<BTreeSet<String>>();
    same_names(evidence, "datasets", &ids(&truth.datasets), true);
    same_names(evidence, "models", &ids(&truth.models), true);
    // A job that never trained has no folder.
    same_names(evidence, "jobs", &truth.jobs.iter().map(|job| job.id.clone()).collect(), false);
    same_names(evidence, "uploads", &BTreeSet::new(), true);
    for dataset in &truth.datasets {
        let bytes = fs::read(data.join("datasets").join(&dataset.id)).unwrap_or_default();
        evidence.ledger().require(
            bytes.len() as u64 == dataset.bytes && hash(&bytes) == dataset.sha256 && !dataset.of.starts_with("broken"),
            || format!("dataset {} ({}) is not what was uploaded", dataset.id, dataset.of),
        );
    }
    for model in &truth.models {
        check_model(evidence, model);
    }
    for checkpoint in &truth.checkpoints {
        check_checkpoint(evidence, checkpoint);
    }
    for promise in evidence.promises.iter().filter(|promise| matches!(promise.end, End::Completed { .. })) {
        let job = truth.jobs.iter().find(|job| job.id == promise.id);
        let model = job.and_then(|job| job.model.as_ref());
        evidence.ledger().require(
            model.is_some_and(|id| truth.models.iter().any(|model| model.id == *id && model.of == promise.id)),
            || format!("job {} is completed and has no model", promise.id),
        );
    }
}

/// A folder holds what is recorded and nothing else.
fn same_names(evidence: &Evidence<'_>, folder: &str, recorded: &BTreeSet<String>, all: bool) {
    let found = names(&evidence.data.join(folder));
    let ledger = evidence.ledger();
    for name in found.difference(recorded) {
        ledger.violation(format!("{folder}/{name} belongs to no row"));
    }
    for name in recorded.difference(&found).filter(|_| all) {
        ledger.violation(format!("{folder}/{name} is recorded and not there"));
    }
}

fn check_model(evidence: &Evidence<'_>, model: &Stored) {
    let folder = evidence.data.join("models").join(&model.id);
    let ledger = evidence.ledger();
    let found = names(&folder);
    ledger.require(found == MODEL_FILES.map(ToOwned::to_owned).into(), || {
        format!("model {} is not whole: {found:?}", model.id)
    });
    let weights = fs::read(folder.join("model.safetensors")).unwrap_or_default();
    ledger.require(hash(&weights) == model.sha256, || format!("the weights of model {} are damaged", model.id));
    let bundle = fs::metadata(folder.join("bundle.zip")).map_or(0, |found| found.len());
    ledger.require(bundle == model.bytes, || format!("the bundle of model {} has {bundle} bytes", model.id));
    // Of each time that its job was completed; the newest is compared with its own run by whoever asked it.
    let promised = evidence.promises.iter().find(|promise| promise.id == model.of);
    let Some(End::Completed { spec, epochs, before }) = promised.map(|promise| promise.end) else { return };
    let runs = [Some(epochs), before].into_iter().flatten().filter_map(|epochs| evidence.reference.run(spec, epochs));
    ledger.require(runs.into_iter().any(|run| run.sha256 == model.sha256), || {
        format!("the weights of model {} are not those of an undisturbed run", model.id)
    });
}

/// A checkpoint that is recorded is whole, unless we damaged it.
fn check_checkpoint(evidence: &Evidence<'_>, checkpoint: &Stored) {
    let folder = evidence.data.join("jobs").join(&checkpoint.of).join(&checkpoint.id);
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let ledger = evidence.ledger();
    let completed = evidence.truth.jobs.iter().any(|job| job.id == checkpoint.of && job.state == "COMPLETED");
    // A trainer removes old ones; an agent that died then has not recorded it, and a job that was stopped then stays so.
    if !completed && !folder.exists() {
        return;
    }
    if !ledger.suffered(&checkpoint.of).damaged.contains(&name) {
        ledger.require(is_whole(&folder, &checkpoint.sha256), || {
            format!("checkpoint {} of job {} is recorded and not whole", checkpoint.id, checkpoint.of)
        });
    }
}

fn is_whole(folder: &Path, sha256: &str) -> bool {
    let Ok(manifest) = fs::read(folder.join("manifest.json")) else { return false };
    let Ok(told) = serde_json::from_slice::<Value>(&manifest) else { return false };
    let part = |(name, part): (&String, &Value)| {
        fs::read(folder.join(name)).is_ok_and(|bytes| part["sha256"] == hash(&bytes).as_str())
    };
    hash(&manifest) == sha256
        && told["parts"].as_object().is_some_and(|parts| parts.len() == 3 && parts.iter().all(part))
}

fn names(folder: &PathBuf) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
