//! How a model learns beside its optimizer: the learning rate over time, and what keeps it from learning too much.

use serde::{Deserialize, Serialize};

use super::{Optimizer, Task, TrainingRequest};
use crate::error::FieldErrors;

/// Choices that every job has made; those of a job of before are what was done then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Learning {
    pub schedule: LrSchedule,
    /// Pulls weights towards zero: as a part of the gradient, but with AdamW beside it. `None`: the optimizer's own, which
    /// is 0.01 for AdamW and 0 for the others.
    pub weight_decay: Option<f64>,
    /// Of SGD: the share of the last move that goes into the next. `None`: 0.9.
    pub momentum: Option<f64>,
    /// Longest gradient of all weights together (its Euclidean norm); a longer one is shortened: Pascanu et al. 2013,
    /// arXiv:1211.5063. `None`: never.
    pub gradient_clip: Option<f64>,
    pub class_weights: ClassWeights,
    /// Share of certainty that is taken from the true class and spread over all: Szegedy et al. 2016, arXiv:1512.00567.
    pub label_smoothing: f64,
}

/// The learning rate over time, as a share of the one that was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LrSchedule {
    /// Always the same.
    #[default]
    Constant,
    /// Rises from nothing within the first steps, then falls along half a cosine to nothing: Loshchilov & Hutter 2017,
    /// arXiv:1608.03983.
    Cosine {
        /// Share of all steps in which it rises, 0 to 0.5.
        #[serde(default = "warmup")]
        warmup: f64,
    },
    /// Falls each time that the validation loss stops to improve.
    Plateau {
        /// Epochs without improvement before it falls.
        #[serde(default = "plateau_patience")]
        patience: u32,
        /// What it is multiplied by, more than 0 and less than 1.
        #[serde(default = "plateau_factor")]
        factor: f64,
    },
}

fn warmup() -> f64 {
    0.05
}

fn plateau_patience() -> u32 {
    5
}

fn plateau_factor() -> f64 {
    0.5
}

/// A schedule by name, or described in full: `"cosine"` or `{"kind":"cosine","warmup":0.1}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum LrScheduleChoice {
    Name(LrScheduleName),
    Spec(LrSchedule),
}

/// The schedules by name, each with its defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LrScheduleName {
    Constant,
    Cosine,
    Plateau,
}

/// How much a mistake counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClassWeights {
    /// As much in one class as in another.
    #[default]
    None,
    /// The more the rarer its class is, so that all classes count as much together.
    Balanced,
}

impl LrScheduleChoice {
    fn into_schedule(self) -> LrSchedule {
        match self {
            Self::Name(LrScheduleName::Constant) => LrSchedule::Constant,
            Self::Name(LrScheduleName::Cosine) => LrSchedule::Cosine { warmup: warmup() },
            Self::Name(LrScheduleName::Plateau) => {
                LrSchedule::Plateau { patience: plateau_patience(), factor: plateau_factor() }
            }
            Self::Spec(schedule) => schedule,
        }
    }
}

impl Learning {
    /// What pulls weights towards zero, with this optimizer.
    pub fn weight_decay_of(&self, optimizer: Optimizer) -> f64 {
        self.weight_decay.unwrap_or(if optimizer == Optimizer::AdamW { 0.01 } else { 0.0 })
    }

    /// The share of the last move that goes into the next.
    pub fn momentum(&self) -> f64 {
        self.momentum.unwrap_or(0.9)
    }

    /// What a request asks for.
    pub(super) fn asked(request: &TrainingRequest) -> Self {
        Self {
            schedule: request.schedule.map(LrScheduleChoice::into_schedule).unwrap_or_default(),
            weight_decay: request.weight_decay,
            momentum: request.momentum,
            gradient_clip: request.gradient_clip,
            class_weights: request.class_weights.unwrap_or_default(),
            label_smoothing: request.label_smoothing.unwrap_or_default(),
        }
    }

    /// Makes the choices that were left open, and checks the others.
    pub(super) fn resolve(self, optimizer: Optimizer, task: Option<Task>, errors: &mut FieldErrors) -> Self {
        self.check(optimizer, task, errors);
        Self {
            weight_decay: Some(self.weight_decay_of(optimizer)),
            momentum: (optimizer == Optimizer::Sgd).then(|| self.momentum()),
            ..self
        }
    }

    fn check(&self, optimizer: Optimizer, task: Option<Task>, errors: &mut FieldErrors) {
        let schedule = match self.schedule {
            LrSchedule::Constant => true,
            LrSchedule::Cosine { warmup } => (0.0..=0.5).contains(&warmup),
            LrSchedule::Plateau { patience, factor } => {
                (1..=10_000).contains(&patience) && factor > 0.0 && factor < 1.0
            }
        };
        errors.require(
            schedule,
            "schedule",
            "Needs a warmup of 0 to 0.5, or a patience of 1 to 10000 and a factor between 0 and 1.",
        );
        let within = |value: Option<f64>, from: f64, to: f64| value.is_none_or(|value| (from..=to).contains(&value));
        errors.require(within(self.weight_decay, 0.0, 1.0), "weight_decay", "Must be between 0 and 1.");
        errors.require(within(self.momentum, 0.0, 0.999), "momentum", "Must be between 0 and 0.999.");
        errors.require(
            self.momentum.is_none() || optimizer == Optimizer::Sgd,
            "momentum",
            "Only SGD has it; choose the optimizer sgd, or leave it out.",
        );
        errors.require(within(self.gradient_clip, 1e-6, 1e6), "gradient_clip", "Must be between 0.000001 and 1000000.");
        errors.require((0.0..=0.5).contains(&self.label_smoothing), "label_smoothing", "Must be between 0 and 0.5.");
        if task == Some(Task::Regression) {
            let no_classes = "A number has no classes; leave it out.";
            errors.require(self.label_smoothing == 0.0, "label_smoothing", no_classes);
            errors.require(self.class_weights == ClassWeights::None, "class_weights", no_classes);
        }
    }
}
