//! A finished model as files: weights, encoder, description, card, and one archive of them.

use std::{
    fmt::Write as _,
    io::{Cursor, Write},
    path::Path,
};

use dataset::Encoder;
use domain::{
    model::{Evaluation, Feature, ModelInfo},
    report::{Findings, Report},
    wire::trainer::{Delivery, Start},
};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    Error,
    description::{Description, FORMAT_VERSION},
    digest::sha256,
    files,
    model::Model,
    onnx,
    weights::{Weights, to_bytes},
};

/// Classes and features that the card tells of; all are in the report.
const CARD_ROWS: usize = 50;

pub(crate) struct Export<'a> {
    pub(crate) start: &'a Start,
    pub(crate) weights: &'a Weights,
    pub(crate) encoder: &'a Encoder,
    pub(crate) info: ModelInfo,
    pub(crate) report: &'a Report,
}

/// Writes the directory of the model.
pub(crate) fn write(export: Export<'_>, summary: String) -> Result<Delivery, Error> {
    let Export { start, weights, encoder, info, report } = export;
    let internal = |error: serde_json::Error| Error::Internal(error.to_string());
    let description = Description {
        format_version: FORMAT_VERSION,
        athanor_version: env!("CARGO_PKG_VERSION").to_owned(),
        data_sha256: start.dataset.sha256.clone(),
        spec: start.spec.clone(),
        info,
    };
    let model = Model::of(&start.spec.model, encoder)?;
    let onnx = onnx::to_bytes(&start.spec.name, encoder, &model, weights)?;
    let bytes = to_bytes(weights)?;
    let encoder = serde_json::to_vec_pretty(encoder).map_err(internal)?;
    let card = card(&description, report, &start.dataset.name, &summary, &sha256(&bytes));
    let report = serde_json::to_vec(report).map_err(internal)?;
    let json = serde_json::to_vec_pretty(&description).map_err(internal)?;
    let mut all: Vec<(&str, &[u8])> = vec![
        ("model.safetensors", &bytes),
        ("model.onnx", &onnx),
        ("encoder.json", &encoder),
        ("model.json", &json),
        ("report.json", &report),
        ("model-card.md", card.as_bytes()),
    ];
    let bundle = archive(&all).map_err(|error| Error::Internal(format!("the bundle cannot be made: {error}")))?;
    all.push(("bundle.zip", &bundle));
    let directory = Path::new(&start.work_dir).join(format!("model-a{}", start.attempt));
    files::write_directory(&directory, &all).map_err(Error::storage("write the model"))?;
    Ok(Delivery {
        model_dir: directory.to_string_lossy().into_owned(),
        sha256: sha256(&bytes),
        bundle_bytes: bundle.len() as u64,
        info: description.info,
        summary,
    })
}

fn archive(files: &[(&str, &[u8])]) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // Without a time, so that the same model is the same archive.
    let options = SimpleFileOptions::default();
    for (name, bytes) in files {
        // Weights become hardly smaller, and take longer to pack than a small model takes to train.
        let weights = ["model.safetensors", "model.onnx"].contains(name);
        let method = if weights { zip::CompressionMethod::Stored } else { zip::CompressionMethod::Deflated };
        let options = options.compression_method(method);
        archive.start_file(*name, options)?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// Enough to judge the model and to make it again.
fn card(description: &Description, report: &Report, dataset: &str, summary: &str, weights_sha256: &str) -> String {
    let Description { spec, info, .. } = description;
    let evaluation = &info.evaluation;
    let mut card = format!(
        "# {}\n\nPredicts `{}` ({}) from {} features of the dataset \"{dataset}\". {summary}\n\n",
        spec.name,
        info.target,
        info.task.as_str(),
        info.features.len()
    );
    how_good(&mut card, evaluation, report);
    let _ = write!(card, "\n## What it asks for\n\n| feature | type | in training |\n|---|---|---|\n");
    for feature in &info.features {
        let _ = match feature {
            // Trained on as f32; in f64 they would show digits that nobody wrote.
            Feature::Numeric { name, min, max, mean, .. } => {
                let (name, min, max) = (cell(name), *min as f32, *max as f32);
                writeln!(card, "| {name} | number | {min} to {max}, mean {mean:.4} |")
            }
            Feature::Categorical { name, choices } => {
                writeln!(card, "| {} | word | {} |", cell(name), cell(&choices.join(", ")))
            }
            Feature::Text { name, max_tokens } => {
                writeln!(card, "| {} | text | the first {max_tokens} words are read |", cell(name))
            }
            Feature::Image { name, size, channels } => {
                let colours = if *channels == 1 { "grey" } else { "colour" };
                writeln!(card, "| {} | image | resized to {size} x {size}, {colours} |", cell(name))
            }
        };
    }
    for feature in &info.features {
        let _ = match feature {
            Feature::Text { .. } => writeln!(card, "\n{}", onnx::HOW_TO_GIVE_TEXT),
            Feature::Image { .. } => writeln!(card, "\n{}", onnx::HOW_TO_GIVE_IMAGES),
            Feature::Numeric { .. } | Feature::Categorical { .. } => Ok(()),
        };
    }
    let spec_json = serde_json::to_string_pretty(spec).unwrap_or_default();
    let _ = write!(
        card,
        "\n## How to make it again\n\nThe same data, parameters and version give the same weights, bit for bit.\n\n\
         * data: SHA-256 `{}`\n* weights: SHA-256 `{weights_sha256}`\n* rows: {} to train on, {} for validation, {} for \
         the test\n* Athanor {}, Burn 0.22.1, device {}\n\n```json\n{spec_json}\n```\n",
        description.data_sha256,
        evaluation.train_rows,
        evaluation.validation_rows,
        evaluation.test_rows,
        description.athanor_version,
        info.device.as_str(),
    );
    card
}

fn how_good(card: &mut String, evaluation: &Evaluation, report: &Report) {
    let _ = write!(
        card,
        "## How good it is\n\nOn {} test rows that nothing looked at before, beside a baseline that knows only the \
         training targets. The intervals hold the metric in 95 of 100 test sets such as this one (bootstrap, {} \
         resamples).\n\n| metric | model | baseline | 95% interval |\n|---|---|---|---|\n",
        evaluation.test_rows, report.bootstrap.resamples
    );
    for (name, value) in &evaluation.metrics {
        let baseline = evaluation.baseline.get(name).map_or_else(String::new, |value| format!("{value:.6}"));
        let interval = report.intervals.get(name);
        let interval = interval.map_or_else(String::new, |found| format!("{:.6} to {:.6}", found.low, found.high));
        let _ = writeln!(card, "| {name} | {value:.6} | {baseline} | {interval} |");
    }
    if let Findings::Classification(found) = &report.findings {
        let _ = write!(
            card,
            "\n### Class by class\n\n| class | test rows | precision | recall | F1 | ROC AUC |\n|---|---|---|---|---|---|\n"
        );
        let shown = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.4}"));
        for scores in found.classes.iter().take(CARD_ROWS) {
            let (class, rows) = (cell(&scores.class), scores.rows);
            let [precision, recall, f1, area] = [scores.precision, scores.recall, scores.f1, scores.roc_auc].map(shown);
            let _ = writeln!(card, "| {class} | {rows} | {precision} | {recall} | {f1} | {area} |");
        }
    }
    if let Some(found) = &report.cross_validation {
        let _ = write!(
            card,
            "\n### Cross-validation\n\n{} models trained in the same way, each judged on a part of the rows that it did not \
             see.\n\n| metric | mean | deviation |\n|---|---|---|\n",
            found.folds
        );
        for (name, metric) in &found.metrics {
            let _ = writeln!(card, "| {name} | {:.6} | {:.6} |", metric.mean, metric.std);
        }
    }
    if let Some(found) = &report.importance {
        let _ = write!(
            card,
            "\n### What each feature is worth\n\nRise of {} when its column is shuffled (permutation importance, mean \
             and standard deviation of {} shuffles).\n\n| feature | rise | deviation |\n|---|---|---|\n",
            found.metric, found.repeats
        );
        for feature in found.features.iter().take(CARD_ROWS) {
            let _ = writeln!(card, "| {} | {:.6} | {:.6} |", cell(&feature.name), feature.mean, feature.std);
        }
    }
    let _ = writeln!(card, "\nCurves, calibration and errors are in `report.json`.");
}

/// Words of a table, which may hold anything, as a cell of Markdown.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn names_stay_within_their_cell() {
        assert_eq!(cell("a|b\n<script>"), "a\\|b &lt;script>");
        assert_eq!(cell("petal length"), "petal length");
    }
}
