//! Asking a finished model.

use std::{fs, path::Path};

use dataset::Encoder;
use domain::{
    ApiError,
    error::FieldErrors,
    job::Task,
    model::{Prediction, Row},
};

use crate::{
    Error,
    description::Description,
    evaluate::{Outputs, Scale, probabilities},
    fused::{self, Network},
    model::Model,
    weights::{Weights, count, from_bytes},
};

/// Numbers of one layer that are in memory at once: 4 MB. Rows go through the model in pieces of so many.
const LAYER_CELLS: usize = 1 << 20;
/// Probabilities in one answer.
pub(crate) const MAX_ANSWERS: usize = 1_000_000;

/// A model in memory.
#[derive(Debug)]
pub struct Predictor {
    encoder: Encoder,
    model: Model,
    network: Box<dyn Network>,
    weights: Weights,
    bytes: usize,
}

impl Predictor {
    /// Reads the directory that a trainer delivered.
    ///
    /// # Errors
    /// When a file is missing, damaged or of another version.
    pub fn load(model_dir: &Path) -> Result<Self, Error> {
        let read = |name: &str| fs::read(model_dir.join(name)).map_err(Error::storage(format!("read {name}")));
        let text =
            |name: &str| String::from_utf8(read(name)?).map_err(|_| Error::Damaged(format!("{name} is not UTF-8")));
        Self::new(&text("model.json")?, &text("encoder.json")?, &read("model.safetensors")?)
    }

    /// From the contents of `model.json`, `encoder.json` and `model.safetensors`.
    ///
    /// # Errors
    /// When one is damaged or of another version.
    pub fn new(description: &str, encoder: &str, weights: &[u8]) -> Result<Self, Error> {
        let description = Description::from_json(description)?;
        let encoder_bytes = encoder.len();
        let encoder = Encoder::from_json(encoder).map_err(Error::Damaged)?;
        // The files may have been anywhere: what they say of sizes is believed only within what can be trained.
        let spec = &description.spec.model;
        spec.check_sound(encoder.shape(), encoder.outputs() as u64)
            .map_err(|what| Error::Damaged(format!("model.json is damaged: {what}")))?;
        let model = Model::of(spec, &encoder)?;
        let weights = from_bytes(weights, &model.layout())?;
        let bytes = count(&weights) as usize * size_of::<f32>() + encoder_bytes;
        Ok(Self { encoder, network: fused::network(&model), model, weights, bytes })
    }

    /// How much memory it takes, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// One answer a row, in the order of the rows.
    ///
    /// # Errors
    /// `validation_failed` with fields such as `rows[3].petal_length`.
    pub fn predict(&self, rows: &[Row]) -> Result<Vec<Prediction>, ApiError> {
        let classes = self.encoder.classes().len();
        if rows.len() * classes > MAX_ANSWERS {
            let most = MAX_ANSWERS / classes;
            return Err(ApiError::field(
                "rows",
                format!("With {classes} classes, send at most {most} rows at a time."),
            ));
        }
        let mut errors = FieldErrors::default();
        let predictions = self.ask(rows, &|at| format!("rows[{at}]"), &mut errors);
        errors.into_result()?;
        Ok(predictions)
    }

    /// Answers rows, as long as nothing is wrong; everything that is wrong is told, under what `name` calls the row.
    pub(crate) fn ask(
        &self,
        rows: &[Row],
        name: &dyn Fn(usize) -> String,
        errors: &mut FieldErrors,
    ) -> Vec<Prediction> {
        let mut predictions = Vec::with_capacity(rows.len());
        let piece = (LAYER_CELLS / self.model.widest()).max(1);
        let mut pixels = Encoder::MAX_PIXELS;
        for (at, rows) in rows.chunks(piece).enumerate() {
            let name = |row: usize| name(at * piece + row);
            let x = self.encoder.encode_rows(rows, &name, &mut pixels, errors);
            if errors.is_empty() {
                self.answer(&x, &name, &mut predictions, errors);
            }
        }
        predictions
    }

    #[cfg(test)]
    pub(crate) fn weights(&self) -> &Weights {
        &self.weights
    }

    pub(crate) fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    fn answer(
        &self,
        x: &[f32],
        name: &dyn Fn(usize) -> String,
        predictions: &mut Vec<Prediction>,
        errors: &mut FieldErrors,
    ) {
        let outputs = Outputs { values: self.network.ask(&self.weights, x), y: Vec::new() };
        for (at, told) in outputs.values.chunks(self.encoder.outputs()).enumerate() {
            let why = "Is too far from what the model was trained on to say anything of it.";
            errors.require(told.iter().all(|value| value.is_finite()), &name(at), why);
        }
        let (mean, std) = self.encoder.target_scale();
        let classes = self.encoder.classes();
        if self.encoder.task() == Task::Regression {
            let scaled = outputs.values.iter().map(|value| Prediction::Value { value: f64::from(*value) * std + mean });
            predictions.extend(scaled);
            return;
        }
        let scale = Scale { task: self.encoder.task(), classes: classes.len(), std };
        predictions.extend(probabilities(&outputs, &scale).into_iter().map(|row| {
            let best = row.iter().enumerate().fold(0, |best, (at, value)| if *value > row[best] { at } else { best });
            Prediction::Label {
                label: classes.get(best).cloned().unwrap_or_default(),
                probabilities: classes.iter().cloned().zip(row).collect(),
            }
        }));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Predictor;

    const ID: &str = "00000000-0000-7000-8000-000000000000";

    /// The files of a model of this kind for one number or an image, without weights.
    fn load(model: Value, input: Value) -> String {
        let task = if model["kind"] == "cnn" { "image_classification" } else { "binary" };
        let spec = json!({
            "name": "", "dataset_id": ID, "task": task, "target": "y", "features": ["x"], "model": model, "optimizer": "adam",
            "lr": 0.1, "epochs": 1, "batch_size": 1, "validation": 0.1, "test": 0.1, "early_stopping": null, "seed": 1,
            "device": "flex",
        });
        let evaluation = json!({
            "train_rows": 1, "validation_rows": 1, "test_rows": 1, "best_epoch": 1, "metrics": {}, "baseline": {}
        });
        let info = json!({
            "task": task, "target": "y", "features": [], "classes": ["a", "b"], "architecture": model, "device": "flex",
            "parameters": 1, "evaluation": evaluation,
        });
        let description =
            json!({"format_version": 1, "athanor_version": "", "data_sha256": "", "spec": spec, "info": info});
        let encoder = json!({
            "format_version": 1, "task": task, "target": "y", "inputs": [input], "target_mean": 0.0, "target_std": 1.0,
            "classes": ["a", "b"],
        });
        Predictor::new(&description.to_string(), &encoder.to_string(), &[]).unwrap_err().to_string()
    }

    #[test]
    fn sizes_that_a_file_makes_up_are_not_allocated() {
        let number = json!({
            "type": "numeric", "name": "x", "mean": 0.0, "std": 1.0, "min": 0.0, "max": 1.0, "integer": false, "flag": false
        });
        let image = json!({"type": "image", "name": "x", "size": 8, "channels": 1, "mean": [0.5], "std": [0.5]});
        for (model, input) in [
            (json!({"kind": "mlp", "hidden": [4_000_000_000_u32, 4_000_000_000_u32]}), &number),
            (json!({"kind": "mlp", "hidden": vec![4_096; 16]}), &number),
            (json!({"kind": "mlp", "members": 4_000_000_000_u32}), &number),
            (json!({"kind": "resnet", "blocks": 4_000_000_000_u32}), &number),
            (json!({"kind": "cnn", "image_size": 16}), &image),
            (json!({"kind": "cnn", "image_size": 8, "channels": [1, 1, 1, 1, 1, 1]}), &image),
        ] {
            let refused = load(model.clone(), input.clone());
            assert!(refused.starts_with("model.json is damaged: "), "{model}: {refused}");
        }
        let sound = load(json!({"kind": "linear"}), number);
        assert!(sound.starts_with("a file of weights cannot be read: "), "{sound}");
    }
}
