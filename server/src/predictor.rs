//! The platform's `Predictor`, with models of the engine. The last few models stay in memory.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    ApiError,
    job::Device,
    model::{Prediction, Row},
};

/// Memory for models that wait for the next question; one alone may have more.
const WARM_BYTES: usize = 256 << 20;

/// Asks models on disk.
#[derive(Default)]
pub struct EnginePredictor {
    warm: Mutex<Warm<engine::Predictor>>,
}

impl platform::models::Predictor for EnginePredictor {
    fn predict(&self, model_dir: &Path, rows: &[Row]) -> Result<Vec<Prediction>, ApiError> {
        self.model(model_dir)?.predict(rows)
    }

    fn devices(&self) -> Vec<Device> {
        engine::devices()
    }
}

impl EnginePredictor {
    fn model(&self, model_dir: &Path) -> Result<Arc<engine::Predictor>, ApiError> {
        let warm = || self.warm.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = warm().find(model_dir) {
            return Ok(model);
        }
        let loaded = engine::Predictor::load(model_dir).map_err(|error| {
            tracing::error!(path = %model_dir.display(), error = &error as &dyn std::error::Error, "a model cannot be loaded");
            ApiError::internal()
        })?;
        let (bytes, model) = (loaded.bytes(), Arc::new(loaded));
        warm().keep(model_dir, Arc::clone(&model), bytes);
        Ok(model)
    }
}

/// Models in memory, most recently used last. A model's directory never changes, so nothing here goes stale.
struct Warm<M> {
    models: VecDeque<(PathBuf, Arc<M>, usize)>,
}

impl<M> Default for Warm<M> {
    fn default() -> Self {
        Self { models: VecDeque::new() }
    }
}

impl<M> Warm<M> {
    fn find(&mut self, path: &Path) -> Option<Arc<M>> {
        let at = self.models.iter().position(|(known, _, _)| known == path)?;
        let found = self.models.remove(at)?;
        let model = Arc::clone(&found.1);
        self.models.push_back(found);
        Some(model)
    }

    /// Those that were not used for longest make room.
    fn keep(&mut self, path: &Path, model: Arc<M>, bytes: usize) {
        // Two that asked at once have both loaded it.
        self.models.retain(|(known, _, _)| known != path);
        self.models.push_back((path.to_owned(), model, bytes));
        while self.models.len() > 1 && self.models.iter().map(|(_, _, bytes)| bytes).sum::<usize>() > WARM_BYTES {
            self.models.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc};

    use super::{WARM_BYTES, Warm};

    #[test]
    fn models_stay_as_long_as_their_bytes_fit() {
        let mut warm = Warm::default();
        let small = WARM_BYTES / 4;
        for name in ["a", "b", "c", "d"] {
            warm.keep(Path::new(name), Arc::new(name), small);
        }
        assert_eq!(warm.find(Path::new("a")).as_deref(), Some(&"a"), "all fit, and a was used last");
        warm.keep(Path::new("e"), Arc::new("e"), small);
        assert!(warm.find(Path::new("b")).is_none() && warm.find(Path::new("a")).is_some());
        warm.keep(Path::new("huge"), Arc::new("huge"), WARM_BYTES * 2);
        assert_eq!(warm.models.len(), 1);
        assert!(warm.find(Path::new("huge")).is_some(), "one alone may be larger");
    }
}
