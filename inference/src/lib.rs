//! A trained model in the browser: the half of `engine` that answers, behind the few functions that `worker.js` calls. A
//! module of its own, so that only who switches it on loads it.

use domain::{ApiError, ErrorCode, model::Row};
use engine::Predictor;
use wasm_bindgen::prelude::wasm_bindgen;

/// A model in memory.
#[wasm_bindgen]
pub struct Model(Predictor);

#[wasm_bindgen]
impl Model {
    /// From `model.json`, `encoder.json` and `model.safetensors`.
    ///
    /// # Errors
    /// A refusal as JSON, as the server would send it.
    #[wasm_bindgen(constructor)]
    pub fn new(description: &str, encoder: &str, weights: &[u8]) -> Result<Model, String> {
        console_error_panic_hook::set_once();
        Predictor::new(description, encoder, weights).map(Self).map_err(|error| {
            refusal(&ApiError::new(ErrorCode::Internal, format!("This model cannot be read: {error}.")))
        })
    }

    /// Predictions for rows, both as JSON in the form of `POST /api/models/{id}/predict`.
    ///
    /// # Errors
    /// A refusal as JSON.
    pub fn predict(&self, rows: &str) -> Result<String, String> {
        let rows: Vec<Row> = serde_json::from_str(rows).map_err(|error| {
            refusal(&ApiError::new(ErrorCode::BadRequest, format!("The rows are not JSON: {error}.")))
        })?;
        let predictions = self.0.predict(&rows).map_err(|error| refusal(&error))?;
        serde_json::to_string(&predictions).map_err(|_| refusal(&ApiError::internal()))
    }

    /// A CSV file with predictions at the end of its rows.
    ///
    /// # Errors
    /// A refusal as JSON.
    pub fn predict_csv(&self, csv: Vec<u8>) -> Result<Vec<u8>, String> {
        self.0.predict_csv(csv).map_err(|error| refusal(&error))
    }
}

fn refusal(error: &ApiError) -> String {
    serde_json::to_string(error).unwrap_or_default()
}
