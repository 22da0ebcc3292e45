//! Lets the platform ask models of the engine. The last few models stay in memory.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    ApiError,
    model::{Prediction, Row},
};

/// Models kept in memory; a table model has a few hundred kilobytes at most.
const WARM: usize = 8;

/// Most recently used last. A model's directory never changes, so nothing here goes stale.
#[derive(Default)]
pub struct EnginePredictor {
    warm: Mutex<VecDeque<(PathBuf, Arc<engine::Predictor>)>>,
}

impl platform::models::Predictor for EnginePredictor {
    fn predict(&self, model_dir: &Path, rows: &[Row]) -> Result<Vec<Prediction>, ApiError> {
        self.model(model_dir)?.predict(rows)
    }
}

impl EnginePredictor {
    fn model(&self, model_dir: &Path) -> Result<Arc<engine::Predictor>, ApiError> {
        let lock = || self.warm.lock().unwrap_or_else(PoisonError::into_inner);
        let mut warm = lock();
        if let Some(at) = warm.iter().position(|(path, _)| path == model_dir)
            && let Some(found) = warm.remove(at)
        {
            let model = Arc::clone(&found.1);
            warm.push_back(found);
            return Ok(model);
        }
        drop(warm);
        let loaded = engine::Predictor::load(model_dir).map_err(|error| {
            tracing::error!(path = %model_dir.display(), error = &error as &dyn std::error::Error, "a model cannot be loaded");
            ApiError::internal()
        })?;
        let model = Arc::new(loaded);
        let mut warm = lock();
        if warm.len() == WARM {
            warm.pop_front();
        }
        warm.push_back((model_dir.to_owned(), Arc::clone(&model)));
        Ok(model)
    }
}
