//! A model in a folder: what `train --local` left, or a bundle that was unpacked.

use std::{fs, path::Path};

use domain::model::{ModelInfo, Prediction, Row};
use serde::Deserialize;

use crate::client::failure::Failure;

/// Ready to be asked.
pub struct Model {
    predictor: engine::Predictor,
    pub info: ModelInfo,
}

#[derive(Deserialize)]
struct Description {
    info: ModelInfo,
}

impl Model {
    /// Whether a folder is meant, and not the name of a model of a server.
    pub fn is_in(folder: &Path) -> bool {
        folder.join("model.json").is_file()
    }

    pub fn load(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join("model.json");
        let text = fs::read(&path).map_err(Failure::file("read", &path))?;
        let damaged =
            |why: String| Failure::refused(format!("The model in {} cannot be used: {why}.", folder.display()));
        let Description { info } =
            serde_json::from_slice(&text).map_err(|error| damaged(format!("model.json: {error}")))?;
        let predictor = engine::Predictor::load(folder).map_err(|error| damaged(error.to_string()))?;
        Ok(Self { predictor, info })
    }

    pub fn predict(&self, rows: &[Row]) -> Result<Vec<Prediction>, Failure> {
        Ok(self.predictor.predict(rows)?)
    }
}
