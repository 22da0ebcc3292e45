//! Asking a finished model.

use std::{fs, path::Path};

use burn::tensor::{Device as BurnDevice, Tensor, TensorData};
use dataset::Encoder;
use domain::{
    ApiError,
    job::Task,
    model::{Prediction, Row},
};

use crate::{
    Error, device,
    evaluate::{Outputs, Scale, probabilities},
    export::{Description, FORMAT_VERSION},
    model::{Model, tensors, values},
    weights::{Weights, from_bytes},
};

/// A model in memory.
#[derive(Debug)]
pub struct Predictor {
    encoder: Encoder,
    model: Model,
    weights: Weights,
    device: BurnDevice,
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
        let description: Description = serde_json::from_str(&text("model.json")?)
            .map_err(|error| Error::Damaged(format!("model.json cannot be read: {error}")))?;
        if description.format_version != FORMAT_VERSION {
            return Err(Error::Damaged(format!("model.json has version {}", description.format_version)));
        }
        let encoder = Encoder::from_json(&text("encoder.json")?).map_err(Error::Damaged)?;
        let model = Model::new(&description.spec.model, encoder.width(), encoder.outputs());
        let weights = from_bytes(&read("model.safetensors")?, &model.initial(0))?;
        Ok(Self { encoder, model, weights, device: device::plain(description.spec.device) })
    }

    /// One answer a row, in the order of the rows.
    ///
    /// # Errors
    /// `validation_failed` with fields such as `rows[3].petal_length`.
    pub fn predict(&self, rows: &[Row]) -> Result<Vec<Prediction>, ApiError> {
        let x = self.encoder.encode_rows(rows)?;
        let x = Tensor::<2>::from_data(TensorData::new(x, [rows.len(), self.encoder.width()]), &self.device);
        let outputs = self.model.forward(x, &tensors(&self.weights, &self.device), None);
        let outputs = Outputs { values: values(outputs).map_err(|_| ApiError::internal())?, y: Vec::new() };
        let (mean, std) = self.encoder.target_scale();
        let classes = self.encoder.classes();
        if self.encoder.task() == Task::Regression {
            let scaled = outputs.values.iter().map(|value| Prediction::Value { value: f64::from(*value) * std + mean });
            return Ok(scaled.collect());
        }
        let scale = Scale { task: self.encoder.task(), classes: classes.len(), std };
        let answers = probabilities(&outputs, &scale).into_iter().map(|row| {
            let best = row.iter().enumerate().fold(0, |best, (at, value)| if *value > row[best] { at } else { best });
            Prediction::Label {
                label: classes.get(best).cloned().unwrap_or_default(),
                probabilities: classes.iter().cloned().zip(row).collect(),
            }
        });
        Ok(answers.collect())
    }
}
