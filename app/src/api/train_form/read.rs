//! From the training form as typed to the request it asks for. Everything that cannot be read is said at once.

use std::str::FromStr;

use domain::{
    ApiError, Principal,
    error::FieldErrors,
    job::{
        ClassWeights, Continuation, Device, EarlyStopping, LrScheduleChoice, LrScheduleName, ModelChoice, ModelName,
        Optimizer, SplitBy, Task, TrainingRequest,
    },
    latin,
};
use platform::Platform;
use serde::de::{DeserializeOwned, IntoDeserializer, value::StrDeserializer};

use super::TrainForm;

/// The form with which a job goes on.
///
/// # Errors
/// `validation_failed` when the epochs are no number.
pub fn continuation(epochs: &str) -> Result<Continuation, ApiError> {
    let mut errors = FieldErrors::default();
    let epochs = number(epochs, "epochs", "Enter a whole number.", &mut errors);
    errors.into_result()?;
    Ok(Continuation { epochs, max_seconds: None })
}

impl TrainForm {
    /// What it asks for. Every field that is not a number, or not one of the choices, is left open and added to `errors`.
    pub fn read(self, errors: &mut FieldErrors) -> TrainingRequest {
        let task: Option<Task> = choice(&self.task, "task", errors);
        let model = self.model(errors);
        let optimizer: Option<Optimizer> = choice(&self.optimizer, "optimizer", errors);
        let device: Option<Device> = choice(&self.device, "device", errors);
        let lr = number(&self.lr, "lr", "Enter a number, such as 0.003.", errors);
        let schedule: Option<LrScheduleName> = choice(&self.schedule, "schedule", errors);
        let weight_decay = number(&self.weight_decay, "weight_decay", "Enter a number, such as 0.01.", errors);
        let gradient_clip = number(&self.gradient_clip, "gradient_clip", "Enter a number, such as 1.", errors);
        let class_weights: Option<ClassWeights> = choice(&self.class_weights, "class_weights", errors);
        let label_smoothing = number(&self.label_smoothing, "label_smoothing", "Enter a share, such as 0.1.", errors);
        let epochs = number(&self.epochs, "epochs", "Enter a whole number.", errors);
        let batch_size = number(&self.batch_size, "batch_size", "Enter a whole number.", errors);
        let validation = number(&self.validation, "validation", "Enter a share, such as 0.15.", errors);
        let split = split(&self.split, errors);
        let folds = number(&self.folds, "folds", "Enter a whole number, or leave it empty.", errors);
        let seed = number(&self.seed, "seed", "Enter a whole number.", errors);
        let early_stopping = patience(&self.early_stopping, errors);
        let text = |text: String| Some(text).filter(|text| !text.trim().is_empty());
        TrainingRequest {
            dataset: self.dataset,
            name: text(self.name),
            tags: text(self.tags).map(|tags| crate::api::experiments::typed_tags(&tags)),
            experiment_id: text(self.experiment_id),
            task,
            target: text(self.target),
            features: Some(self.features).filter(|features| !features.is_empty()),
            model,
            optimizer,
            lr,
            schedule: schedule.map(LrScheduleChoice::Name),
            weight_decay,
            gradient_clip,
            class_weights,
            label_smoothing,
            epochs,
            batch_size,
            validation,
            split,
            folds,
            start_from: text(self.start_from),
            early_stopping,
            seed,
            device,
            ..TrainingRequest::default()
        }
    }

    /// What it asks for, if that can be. Everything else is said at once: what cannot be read, and what the rest cannot be.
    ///
    /// # Errors
    /// `validation_failed` with the fields.
    pub async fn asked(self, platform: &Platform, principal: &Principal) -> Result<TrainingRequest, platform::Error> {
        let mut errors = FieldErrors::default();
        let request = self.read(&mut errors);
        if !errors.is_empty()
            && let Err(refused) = platform::jobs::estimate(platform, principal, request.clone()).await
        {
            refused.api().fields.into_iter().for_each(|(field, why)| errors.add(&field, why));
        }
        errors.into_result()?;
        Ok(request)
    }

    fn model(&self, errors: &mut FieldErrors) -> Option<ModelChoice> {
        let name = choice::<ModelName>(&self.model, "model", errors)?;
        let own = |(key, text): (&String, &String)| {
            let key = key.strip_prefix(name.as_str())?.strip_prefix('.')?;
            Some((key.to_owned(), latin(text)))
        };
        let spec = name.typed(&self.settings.iter().filter_map(own).collect(), errors);
        // Left as it is, the data may decide.
        Some(if spec == name.spec() { ModelChoice::Name(name) } else { ModelChoice::Spec(spec) })
    }
}

fn number<T: FromStr>(text: &str, field: &str, why: &str, errors: &mut FieldErrors) -> Option<T> {
    let text = latin(text.trim());
    if text.is_empty() {
        return None;
    }
    let value = text.parse().ok();
    errors.require(value.is_some(), field, why);
    value
}

/// How rows are divided, as the form says it.
fn split(text: &str, errors: &mut FieldErrors) -> Option<SplitBy> {
    let text = text.trim();
    match text.split_once(':').map(|(kind, column)| (kind, column.to_owned())) {
        _ if text.is_empty() => None,
        Some(("group", column)) => Some(SplitBy::Group { column }),
        Some(("time", column)) => Some(SplitBy::Time { column }),
        _ => {
            errors.add("split", "Is not one of the choices.");
            None
        }
    }
}

/// A choice by the name that it has on the wire.
fn choice<T: DeserializeOwned>(text: &str, field: &str, errors: &mut FieldErrors) -> Option<T> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let reader: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
    let value = T::deserialize(reader).ok();
    errors.require(value.is_some(), field, "Is not one of the choices.");
    value
}

fn patience(text: &str, errors: &mut FieldErrors) -> Option<EarlyStopping> {
    match text.trim().to_lowercase().as_str() {
        "" | "on" | "yes" | "روشن" => None,
        "off" | "no" | "never" | "خاموش" => Some(EarlyStopping::On(false)),
        text => {
            let patience = latin(text).parse().ok().map(EarlyStopping::Patience);
            errors.require(patience.is_some(), "early_stopping", "Enter a number of epochs, or off.");
            patience
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        error::FieldErrors,
        job::{ClassWeights, EarlyStopping, LrScheduleChoice, LrScheduleName, ModelChoice, ModelSpec, Optimizer},
    };

    use super::TrainForm;

    #[test]
    fn an_empty_form_leaves_everything_open() {
        let mut errors = FieldErrors::default();
        let request = TrainForm { dataset: "iris".into(), ..TrainForm::default() }.read(&mut errors);
        assert!(errors.is_empty());
        assert_eq!(request, domain::job::TrainingRequest { dataset: "iris".into(), ..Default::default() });
    }

    #[test]
    fn what_is_typed_is_what_is_asked() {
        let form = TrainForm {
            model: "mlp".into(),
            settings: [("mlp.hidden".to_owned(), "8, 4".to_owned())].into(),
            optimizer: "adamw".into(),
            early_stopping: "Off".into(),
            lr: " ۰٫۰۱ ".into(),
            schedule: "cosine".into(),
            class_weights: "balanced".into(),
            gradient_clip: "1".into(),
            ..TrainForm::default()
        };
        let mut errors = FieldErrors::default();
        let request = form.read(&mut errors);
        assert!(errors.is_empty());
        assert_eq!(request.optimizer, Some(Optimizer::AdamW));
        assert_eq!((request.lr, request.early_stopping), (Some(0.01), Some(EarlyStopping::On(false))));
        assert_eq!(request.schedule, Some(LrScheduleChoice::Name(LrScheduleName::Cosine)));
        assert_eq!((request.class_weights, request.gradient_clip), (Some(ClassWeights::Balanced), Some(1.0)));
        let Some(ModelChoice::Spec(ModelSpec::Mlp(mlp))) = request.model else { panic!() };
        assert_eq!(mlp.hidden, [8, 4]);
    }

    #[test]
    fn everything_that_cannot_be_read_is_named() {
        let form = TrainForm {
            model: "mlp".into(),
            settings: [("mlp.hidden", "wide"), ("cnn.hidden", "narrow")]
                .map(|(key, text)| (key.to_owned(), text.to_owned()))
                .into(),
            optimizer: "magic".into(),
            early_stopping: "soon".into(),
            lr: "fast".into(),
            epochs: "-1".into(),
            ..TrainForm::default()
        };
        let mut errors = FieldErrors::default();
        let request = form.read(&mut errors);
        assert_eq!((request.lr, request.epochs), (None, None), "the rest can still be checked");
        let fields: Vec<String> = errors.into_result().unwrap_err().fields.into_keys().collect();
        assert_eq!(fields, ["early_stopping", "epochs", "lr", "model.hidden", "optimizer"]);
    }
}
