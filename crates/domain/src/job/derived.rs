//! Requests that are made from something else: a job that is trained again, or a model to start from.

use std::collections::BTreeSet;

use super::{EarlyStopping, JobSpec, LrScheduleChoice, ModelChoice, SplitBy, TrainingRequest};
use crate::{
    ApiError,
    error::FieldErrors,
    model::{ModelInfo, ModelView},
};

impl TrainingRequest {
    /// The same request for a job that begins with a model: what the model is decides what can be asked. `before` is the job that
    /// made it, if that learned from the same data: its rows are then divided as they were, so that none that the model knows
    /// judges it, unless the request divides them otherwise.
    ///
    /// # Errors
    /// `validation_failed` with the fields that are not as the model has them.
    pub fn starting_from(self, model: &ModelView, before: Option<&JobSpec>) -> Result<Self, ApiError> {
        let mut errors = FieldErrors::default();
        let ModelInfo { task, target, features, architecture, .. } = &model.info;
        let names: Vec<String> = features.iter().map(|feature| feature.name().to_owned()).collect();
        let same = |asked: &[String]| {
            let sorted = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
            asked.is_empty() || sorted(asked) == sorted(&names)
        };
        let mut require = |ok: bool, field: &str, is: &str| {
            errors.require(ok, field, format!("The model that it starts from has {is}; leave this out."));
        };
        require(self.task.is_none_or(|asked| asked == *task), "task", &format!("the task {}", task.as_str()));
        let of_target = self.target.as_ref().is_none_or(|asked| asked.is_empty() || asked == target);
        require(of_target, "target", &format!("the target {target}"));
        require(self.features.as_deref().is_none_or(same), "features", &names.join(", "));
        let fits = self.model.as_ref().is_none_or(|asked| match asked {
            ModelChoice::Name(name) => *name == architecture.name(),
            ModelChoice::Spec(spec) => spec == architecture || *spec == architecture.name().spec(),
        });
        require(fits, "model", &architecture.describe());
        errors.into_result()?;
        Ok(Self {
            task: Some(*task),
            target: Some(target.clone()),
            features: Some(names),
            model: Some(ModelChoice::Spec(architecture.clone().recorded())),
            start_from: Some(model.id.to_string()),
            seed: self.seed.or(before.map(|before| before.seed)),
            split: self.split.or(before.map(|before| before.split.clone())),
            validation: self.validation.or(before.map(|before| before.validation)),
            ..self
        })
    }

    /// What gives this spec again.
    pub fn from_spec(spec: &JobSpec) -> Self {
        Self {
            dataset: spec.dataset_id.to_string(),
            name: Some(spec.name.clone()),
            task: Some(spec.task),
            target: Some(spec.target.clone()),
            features: Some(spec.features.clone()),
            model: Some(ModelChoice::Spec(spec.model.clone().recorded())),
            optimizer: Some(spec.optimizer),
            lr: Some(spec.lr),
            schedule: Some(LrScheduleChoice::Spec(spec.learning.schedule)),
            weight_decay: spec.learning.weight_decay,
            momentum: spec.learning.momentum,
            gradient_clip: spec.learning.gradient_clip,
            class_weights: Some(spec.learning.class_weights),
            label_smoothing: Some(spec.learning.label_smoothing),
            epochs: Some(spec.epochs),
            batch_size: Some(spec.batch_size),
            validation: Some(spec.validation),
            split: Some(spec.split.clone()),
            folds: spec.folds,
            start_from: spec.start_from.map(|id| id.to_string()),
            embeddings: Some(spec.embeddings),
            early_stopping: Some(spec.early_stopping.map_or(EarlyStopping::On(false), EarlyStopping::Patience)),
            seed: Some(spec.seed),
            device: Some(spec.device),
            priority: Some(spec.priority),
            max_seconds: spec.max_seconds,
            experiment_id: None,
            tags: None,
        }
    }

    /// The same request with `changes`: what they leave open stays as it is.
    #[must_use]
    pub fn with(self, changes: Self) -> Self {
        // What belongs to an optimizer goes with it.
        let same = changes.optimizer.is_none_or(|optimizer| self.optimizer == Some(optimizer));
        let (weight_decay, momentum) = if same { (self.weight_decay, self.momentum) } else { (None, None) };
        // What belongs to the classes and the model goes with them.
        let same = changes.task.is_none_or(|task| self.task == Some(task))
            && changes.target.as_ref().is_none_or(|target| self.target.as_ref() == Some(target))
            && changes
                .model
                .as_ref()
                .is_none_or(|model| self.model.as_ref().map(ModelChoice::name) == Some(model.name()));
        let label_smoothing = if same { self.label_smoothing } else { None };
        // The column that now decides is no feature unless it is named now.
        let decides = changes.split.as_ref().and_then(SplitBy::column).unwrap_or_default();
        let features = self.features.map(|names| names.into_iter().filter(|name| name != decides).collect());
        Self {
            dataset: if changes.dataset.is_empty() { self.dataset } else { changes.dataset },
            name: changes.name.or(self.name),
            task: changes.task.or(self.task),
            target: changes.target.or(self.target),
            features: changes.features.or(features),
            model: changes.model.or(self.model),
            optimizer: changes.optimizer.or(self.optimizer),
            lr: changes.lr.or(self.lr),
            schedule: changes.schedule.or(self.schedule),
            weight_decay: changes.weight_decay.or(weight_decay),
            momentum: changes.momentum.or(momentum),
            gradient_clip: changes.gradient_clip.or(self.gradient_clip),
            class_weights: changes.class_weights.or(self.class_weights),
            label_smoothing: changes.label_smoothing.or(label_smoothing),
            epochs: changes.epochs.or(self.epochs),
            batch_size: changes.batch_size.or(self.batch_size),
            validation: changes.validation.or(self.validation),
            split: changes.split.or(self.split),
            folds: changes.folds.or(self.folds),
            start_from: changes.start_from.or(self.start_from),
            embeddings: changes.embeddings.or(self.embeddings),
            early_stopping: changes.early_stopping.or(self.early_stopping),
            seed: changes.seed.or(self.seed),
            device: changes.device.or(self.device),
            priority: changes.priority.or(self.priority),
            max_seconds: changes.max_seconds.or(self.max_seconds),
            experiment_id: changes.experiment_id.or(self.experiment_id),
            tags: changes.tags.or(self.tags),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{job::Task, model::Evaluation};

    fn model() -> ModelView {
        let info = serde_json::json!({
            "id": "00000000-0000-7000-8000-000000000001", "job_id": "00000000-0000-7000-8000-000000000002", "name": "iris",
            "size_bytes": 1, "sha256": "", "created_at": "2026-11-27T00:00:00Z", "metrics": {}, "task": "multiclass",
            "target": "species", "classes": ["a", "b"], "architecture": {"kind": "mlp", "hidden": [8]}, "device": "flex",
            "features": [
                {"type": "numeric", "name": "petal", "min": 0.0, "max": 1.0, "mean": 0.5, "integer": false},
                {"type": "categorical", "name": "colour", "choices": ["red"]}
            ],
            "parameters": 10, "evaluation": Evaluation::default()
        });
        serde_json::from_value(info).unwrap()
    }

    #[test]
    fn what_a_model_is_decides_what_can_be_asked_of_one_that_begins_with_it() {
        let asked = |json: &str| serde_json::from_str::<TrainingRequest>(json).unwrap().starting_from(&model(), None);
        let request = asked(r#"{"dataset":"more","lr":0.0001,"features":["colour","petal"],"model":"mlp"}"#).unwrap();
        assert_eq!(
            (request.task, request.target.as_deref(), request.lr),
            (Some(Task::Multiclass), Some("species"), Some(0.0001))
        );
        // In the order of its inputs.
        assert_eq!(request.features.unwrap(), ["petal", "colour"]);
        assert_eq!(request.model, Some(ModelChoice::Spec(model().info.architecture.recorded())));
        let wrong = r#"{"dataset":"more","task":"regression","target":"x","features":["petal"],"model":"linear"}"#;
        let fields: Vec<String> = asked(wrong).unwrap_err().fields.into_keys().collect();
        assert_eq!(fields, ["features", "model", "target", "task"]);
    }
}
