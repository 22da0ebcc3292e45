//! What somebody asks for: only the dataset is required, and what is absent is chosen well.

use serde::{Deserialize, Serialize};

use super::{
    ClassWeights, Device, InputShape, JobSpec, Learning, LrScheduleChoice, ModelName, ModelSpec, Optimizer, SplitBy,
    Task, choose, kind::by_word, labels::check_name,
};
use crate::{
    ApiError, ModelId,
    dataset::{DatasetProfile, DatasetView},
    error::FieldErrors,
};

const MAX_EPOCHS: u32 = 100_000;
const MAX_BATCH: u32 = 65_536;
/// Most classes of a target.
pub const MAX_CLASSES: u64 = 1_000;
const MAX_PATIENCE: u32 = 10_000;
/// Parts of a cross-validation.
const MAX_FOLDS: u32 = 20;
/// Below this there is nothing to split into training, validation and test.
const MIN_ROWS: u64 = 10;
/// The largest whole number that JSON readers keep exactly.
const MAX_SEED: u64 = (1 << 53) - 1;
/// A year.
const MAX_SECONDS: u64 = 366 * 24 * 3_600;
const DEFAULT_SEED: u64 = 42;
const TEST_SHARE: f64 = 0.15;

/// `POST /api/training`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TrainingRequest {
    /// Id or name of a dataset that you may see.
    pub dataset: String,
    /// What to call the job; made of the dataset and the architecture when absent.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub name: Option<String>,
    /// What is learned; what the target suggests when absent.
    pub task: Option<Task>,
    /// The column to predict; the suggested one when absent.
    pub target: Option<String>,
    /// Columns to learn from; all that say something when absent.
    pub features: Option<Vec<String>>,
    /// The architecture; one that suits the task when absent.
    #[serde(deserialize_with = "by_word")]
    pub model: Option<ModelChoice>,
    /// How weights follow gradients; `adamw` when absent.
    pub optimizer: Option<Optimizer>,
    /// Learning rate.
    #[cfg_attr(feature = "openapi", schema(exclusive_minimum = 0, maximum = 10))]
    pub lr: Option<f64>,
    /// The learning rate over time: constant when absent.
    #[serde(deserialize_with = "by_word")]
    pub schedule: Option<LrScheduleChoice>,
    /// 0 to 1; 0.01 with AdamW and 0 otherwise when absent.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1))]
    pub weight_decay: Option<f64>,
    /// Of SGD, 0 to 0.999; 0.9 when absent.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 0.999))]
    pub momentum: Option<f64>,
    /// Longest gradient of all weights together; never shortened when absent.
    #[cfg_attr(feature = "openapi", schema(minimum = 0.000_001, maximum = 1_000_000))]
    pub gradient_clip: Option<f64>,
    /// How much a mistake counts in each class; the same in all when absent.
    pub class_weights: Option<ClassWeights>,
    /// 0 to 0.5; when absent 0.03 for an MLP or residual network that tells classes apart, and 0 otherwise.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 0.5))]
    pub label_smoothing: Option<f64>,
    /// Passes over the training rows; by the size of the table when absent.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100_000))]
    pub epochs: Option<u32>,
    /// Rows of a step; by the size of the table when absent.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 65536))]
    pub batch_size: Option<u32>,
    /// Share of rows for validation, 0.05 to 0.5.
    #[cfg_attr(feature = "openapi", schema(minimum = 0.05, maximum = 0.5))]
    pub validation: Option<f64>,
    /// Which rows are for what: by chance when absent. A column that decides is no feature unless `features` names it.
    #[serde(deserialize_with = "by_word")]
    pub split: Option<SplitBy>,
    /// Cross-validation in so many parts, 2 to 20; none when absent or 0.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 20))]
    pub folds: Option<u32>,
    /// Id of a model of yours to begin with: its task, target, features, architecture and encoding are used.
    pub start_from: Option<String>,
    /// Whether an MLP or residual network learns numbers for each word of a column that has more than 64; true when absent.
    pub embeddings: Option<bool>,
    /// Patience in epochs, or true/false.
    pub early_stopping: Option<EarlyStopping>,
    /// Whatever is random follows from it: the same seed gives the same model. 42 when absent.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 9_007_199_254_740_991_i64))]
    pub seed: Option<u64>,
    /// Where it is trained; the fastest one when absent.
    pub device: Option<Device>,
    /// Among your waiting jobs the highest comes first, -100 to 100; 0 when absent.
    #[cfg_attr(feature = "openapi", schema(minimum = -100, maximum = 100))]
    pub priority: Option<i32>,
    /// Seconds of training after which the job is ended; no limit when absent.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 31_622_400))]
    pub max_seconds: Option<u64>,
    /// The experiment that the job belongs to; none when absent.
    pub experiment_id: Option<String>,
    /// At most 20 of at most 40 letters.
    pub tags: Option<Vec<String>>,
}

/// A model by name, or described in full: `"mlp"` or `{"kind":"mlp","hidden":[128,64]}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum ModelChoice {
    Name(ModelName),
    Spec(ModelSpec),
}

/// `true` (default patience), `false` (never) or a number of epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum EarlyStopping {
    On(bool),
    Patience(u32),
}

impl TrainingRequest {
    /// Makes every choice that was left open and checks every one that was made, against the data. All that is wrong is
    /// said at once, each under the name of its field.
    pub fn resolve(self, dataset: &DatasetView) -> Result<JobSpec, ApiError> {
        let mut errors = FieldErrors::default();
        let (learning, chosen) = (Learning::asked(&self), self.left_open());
        let profile = &dataset.profile;
        errors.require(
            profile.rows >= MIN_ROWS,
            "dataset",
            format!("Has {} rows; training needs at least {MIN_ROWS}.", profile.rows),
        );
        let target = choose::target(self.target, profile, &mut errors);
        let column = target.as_deref().and_then(|name| profile.column(name));
        let model = self.model.map(ModelChoice::into_spec);
        let named = model.as_ref().map(ModelSpec::name);
        let task = column
            .and_then(|column| choose::task(self.task, named, column, self.features.as_deref(), profile, &mut errors))
            .or(self.task);
        let kind = task.unwrap_or(Task::Regression);
        let split = self.split.unwrap_or_default();
        split.check(profile, target.as_deref(), &mut errors);
        errors.require(
            split == SplitBy::Random || kind != Task::ImageClassification,
            "split",
            "Images are split by chance: there is no column that could decide.",
        );
        // 0 is none, so that a clone can do without.
        let folds = self.folds.filter(|folds| *folds > 0);
        check_folds(folds, self.start_from.as_deref(), &split, profile, &mut errors);
        let start_from = self.start_from.as_deref().filter(|id| !id.is_empty()).map(str::parse::<ModelId>);
        errors.require(!matches!(start_from, Some(Err(_))), "start_from", "There is no such model.");
        let features = choose::features(self.features, target.as_deref(), split.column(), kind, profile, &mut errors);
        let mut model = model.unwrap_or_else(|| ModelName::default_for(kind).spec());
        let outputs = kind.outputs(column.map_or(1, |column| column.unique));
        let embeddings = self.embeddings.unwrap_or(true);
        let size = choose::size(embeddings && model.embeds(), &features, outputs, profile);
        model.fill(&size);
        check_model(&model, task, choose::shape(&model, embeddings, &features, profile), outputs, &mut errors);
        let optimizer = self.optimizer.unwrap_or_default();
        let lr = self.lr.unwrap_or_else(|| model.default_lr(optimizer));
        errors.require(lr.is_finite() && lr > 0.0 && lr <= 10.0, "lr", "Must be more than 0 and at most 10.");
        let smoothing = self.label_smoothing.unwrap_or_else(|| model.default_label_smoothing(kind));
        let learning = Learning { label_smoothing: smoothing, ..learning }.resolve(optimizer, task, &mut errors);
        let batch_size = self.batch_size.unwrap_or_else(|| default_batch(kind, profile.rows));
        errors.require(
            (1..=MAX_BATCH).contains(&batch_size),
            "batch_size",
            format!("Must be between 1 and {MAX_BATCH}."),
        );
        let epochs = self.epochs.unwrap_or_else(|| default_epochs(kind, profile.rows));
        check_epochs(epochs, &mut errors);
        let validation = self.validation.unwrap_or(TEST_SHARE);
        errors.require((0.05..=0.5).contains(&validation), "validation", "Must be between 0.05 and 0.5.");
        let early_stopping = match self.early_stopping.unwrap_or(EarlyStopping::On(true)) {
            EarlyStopping::On(on) => on.then_some(default_patience(kind)),
            EarlyStopping::Patience(patience) => Some(patience),
        };
        errors.require(
            early_stopping.is_none_or(|patience| (1..=MAX_PATIENCE).contains(&patience)),
            "early_stopping",
            format!("Must be true, false, or a number of epochs between 1 and {MAX_PATIENCE}."),
        );
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        errors.require(seed <= MAX_SEED, "seed", format!("Must be at most {MAX_SEED}."));
        let priority = self.priority.unwrap_or_default();
        errors.require((-100..=100).contains(&priority), "priority", "Must be between -100 and 100.");
        check_max_seconds(self.max_seconds, &mut errors);
        let name = self.name.filter(|name| !name.trim().is_empty()).map(|name| check_name(&name, &mut errors));
        errors.into_result()?;
        // Both are present when no error was added; an empty target would be caught by the trainer all the same.
        let (target, task) = (target.unwrap_or_default(), task.unwrap_or(Task::Regression));
        Ok(JobSpec {
            name: name.unwrap_or_else(|| usual_name(&dataset.name, model.name())),
            dataset_id: dataset.id,
            task,
            target,
            features,
            model,
            optimizer,
            lr,
            learning,
            epochs,
            batch_size,
            validation,
            test: TEST_SHARE,
            split,
            folds,
            start_from: start_from.and_then(Result::ok),
            embeddings,
            early_stopping,
            seed,
            device: self.device.unwrap_or_default(),
            priority,
            max_seconds: self.max_seconds,
            chosen,
        })
    }
}

impl TrainingRequest {
    /// Names of fields that are not in this request and that people like to know.
    fn left_open(&self) -> Vec<String> {
        let open = [
            ("lr", self.lr.is_none()),
            ("batch_size", self.batch_size.is_none()),
            ("epochs", self.epochs.is_none()),
            ("early_stopping", self.early_stopping.is_none()),
            ("target", self.target.as_ref().is_none_or(String::is_empty)),
            ("task", self.task.is_none()),
            ("model", self.model.is_none()),
            ("optimizer", self.optimizer.is_none()),
        ];
        open.into_iter().filter(|(_, open)| *open).map(|(name, _)| name.to_owned()).collect()
    }
}

impl ModelChoice {
    pub(super) fn name(&self) -> ModelName {
        match self {
            Self::Name(name) => *name,
            Self::Spec(spec) => spec.name(),
        }
    }

    fn into_spec(self) -> ModelSpec {
        match self {
            Self::Name(name) => name.spec(),
            Self::Spec(spec) => spec,
        }
    }
}

/// What a job is called when nobody says.
pub fn usual_name(dataset: &str, model: ModelName) -> String {
    format!("{dataset} · {}", model.as_str())
}

fn check_model(model: &ModelSpec, task: Option<Task>, inputs: InputShape, outputs: u64, errors: &mut FieldErrors) {
    let wrong = errors.len();
    model.check(errors);
    if let Some(task) = task.filter(|task| !model.name().suits(*task)) {
        let (kind, task, fit) = (model.kind(), task.as_str(), ModelName::default_for(task).as_str());
        errors.add("model", format!("The model {kind} cannot learn the task {task}; use {fit}."));
    }
    // What has numbers beyond all bounds is not counted.
    if errors.len() == wrong
        && let Err(why) = model.check_size(inputs, outputs)
    {
        errors.add("model", why);
    }
}

fn check_folds(
    folds: Option<u32>,
    start_from: Option<&str>,
    split: &SplitBy,
    profile: &DatasetProfile,
    errors: &mut FieldErrors,
) {
    let Some(folds) = folds else { return };
    let rows = profile.rows;
    let most = MAX_FOLDS.min((rows / 5) as u32).max(2);
    errors.require((2..=most).contains(&folds), "folds", format!("Must be between 2 and {most} with {rows} rows."));
    if let SplitBy::Group { column } = split
        && let Some(groups) = profile.column(column).map(|column| column.unique)
    {
        let why = format!("Column \"{column}\" has {groups} groups; {folds} folds need as many.");
        errors.require(groups >= u64::from(folds), "folds", why);
    }
    errors.require(
        !matches!(split, SplitBy::Time { .. }),
        "folds",
        "Rows that are split by time cannot be cross-validated: most models would learn from what came later.",
    );
    errors.require(
        start_from.is_none_or(str::is_empty),
        "folds",
        "A model to start from may have seen every row; leave one of the two out.",
    );
}

pub(super) fn check_epochs(epochs: u32, errors: &mut FieldErrors) {
    errors.require((1..=MAX_EPOCHS).contains(&epochs), "epochs", format!("Must be between 1 and {MAX_EPOCHS}."));
}

pub(super) fn check_max_seconds(seconds: Option<u64>, errors: &mut FieldErrors) {
    errors.require(
        seconds.is_none_or(|seconds| (1..=MAX_SECONDS).contains(&seconds)),
        "max_seconds",
        format!("Must be between 1 and {MAX_SECONDS}."),
    );
}

/// About a hundred steps an epoch at most, never more than 512 rows a step; texts and images say more a row.
fn default_batch(task: Task, rows: u64) -> u32 {
    let most = if task.is_table() { 512 } else { 64 };
    let wanted = (rows / 100).next_power_of_two().clamp(16, most);
    wanted as u32
}

/// Small tables need many passes; early stopping ends most of them sooner.
fn default_epochs(task: Task, rows: u64) -> u32 {
    match rows {
        _ if !task.is_table() => {
            if rows < 20_000 {
                30
            } else {
                10
            }
        }
        0..2_000 => 200,
        2_000..20_000 => 100,
        20_000..200_000 => 40,
        _ => 15,
    }
}

fn default_patience(task: Task) -> u32 {
    if task.is_table() { 20 } else { 5 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        DatasetId, Timestamp,
        dataset::{ColumnProfile, ColumnType, DatasetFormat, DatasetProfile, NumericSummary},
        job::{LrSchedule, MlpSpec},
    };

    fn column(name: &str, kind: ColumnType, unique: u64, integer: bool) -> ColumnProfile {
        let numeric = (kind == ColumnType::Numeric || integer).then(|| NumericSummary {
            min: 0.0,
            max: 1.0,
            mean: 0.5,
            std: 0.1,
            integer,
            histogram: vec![],
        });
        ColumnProfile { name: name.into(), kind, missing: 0, unique, numeric, top: vec![], rarest: None }
    }

    fn iris() -> DatasetView {
        DatasetView {
            id: DatasetId(uuid::Uuid::nil()),
            name: "iris".into(),
            file_name: "iris.csv".into(),
            format: DatasetFormat::Csv,
            gzip: false,
            size_bytes: 1,
            sha256: String::new(),
            sample: true,
            created_at: Timestamp(0),
            profile: DatasetProfile {
                rows: 150,
                columns: vec![
                    column("id", ColumnType::Id, 150, false),
                    column("petal", ColumnType::Numeric, 43, false),
                    column("constant", ColumnType::Numeric, 1, true),
                    column("rings", ColumnType::Numeric, 8, true),
                    column("species", ColumnType::Categorical, 3, false),
                    column("row", ColumnType::Id, 150, true),
                ],
                suggested_target: Some("species".into()),
                suggested_task: Some(Task::Multiclass),
                warnings: vec![],
            },
        }
    }

    fn asked(json: &str) -> Result<JobSpec, Vec<String>> {
        let request: TrainingRequest = serde_json::from_str(json).unwrap();
        request.resolve(&iris()).map_err(|error| error.fields.into_keys().collect())
    }

    #[test]
    fn only_the_dataset_is_required_and_null_means_absent() {
        let spec = asked(r#"{"dataset":"iris"}"#).unwrap();
        assert_eq!(spec, asked(r#"{"dataset":"iris","epochs":null,"model":null,"early_stopping":null}"#).unwrap());
        assert_eq!((spec.task, spec.target.as_str()), (Task::Multiclass, "species"));
        assert_eq!(spec.features, ["petal", "rings"]);
        assert_eq!(spec.early_stopping, Some(20));
    }

    #[test]
    fn a_model_is_a_name_or_a_description() {
        assert_eq!(asked(r#"{"dataset":"iris","model":"linear"}"#).unwrap().model, ModelSpec::Linear);
        let spec = asked(r#"{"dataset":"iris","model":{"kind":"mlp","hidden":[8]}}"#).unwrap();
        let (members, pieces) = (Some(8), Some(8));
        assert_eq!(spec.model, ModelSpec::Mlp(MlpSpec { hidden: vec![8], members, pieces, ..MlpSpec::default() }));
        let spec = asked(r#"{"dataset":"iris","model":{"kind":"mlp","members":1}}"#).unwrap();
        let alone = MlpSpec { members: Some(1), pieces: Some(0), ..MlpSpec::default() };
        assert_eq!(spec.model, ModelSpec::Mlp(alone), "what is asked for stays");
        // A job from before there were members is one network, and stays one.
        let old = JobSpec { model: ModelSpec::Mlp(MlpSpec::default()), ..spec };
        let ModelSpec::Mlp(again) = TrainingRequest::from_spec(&old).resolve(&iris()).unwrap().model else { panic!() };
        assert_eq!((again.members, again.pieces), (Some(1), Some(0)));
        for (key, wrong) in [("members", 0), ("members", u32::MAX), ("pieces", 129)] {
            let request = format!(r#"{{"dataset":"iris","model":{{"kind":"mlp","{key}":{wrong}}}}}"#);
            assert_eq!(asked(&request).unwrap_err(), [format!("model.{key}")]);
        }
    }

    #[test]
    fn ways_of_learning_are_chosen_by_name_or_described_and_recorded() {
        let spec = asked(r#"{"dataset":"iris","schedule":"cosine","optimizer":"adamw"}"#).unwrap();
        assert_eq!(spec.learning.schedule, LrSchedule::Cosine { warmup: 0.05 });
        assert_eq!((spec.learning.weight_decay, spec.learning.momentum), (Some(0.01), None));
        let described = r#"{"dataset":"iris","schedule":{"kind":"plateau","patience":3},"optimizer":"sgd"}"#;
        let spec = asked(described).unwrap();
        assert_eq!(spec.learning.schedule, LrSchedule::Plateau { patience: 3, factor: 0.5 });
        assert_eq!((spec.learning.weight_decay, spec.learning.momentum), (Some(0.0), Some(0.9)));
        let again = TrainingRequest::from_spec(&spec);
        // What was chosen once is asked for now.
        assert_eq!(again.clone().resolve(&iris()).unwrap(), JobSpec { chosen: Vec::new(), ..spec });
        // Another target may have no classes whose certainty could be spread.
        let petal =
            TrainingRequest { target: Some("petal".into()), features: Some(vec!["rings".into()]), ..<_>::default() };
        let petal = TrainingRequest { task: Some(Task::Regression), ..petal };
        assert_eq!(TrainingRequest::from_spec(&asked(r#"{"dataset":"iris"}"#).unwrap()).label_smoothing, Some(0.03));
        assert!(
            TrainingRequest::from_spec(&asked(r#"{"dataset":"iris"}"#).unwrap()).with(petal).resolve(&iris()).is_ok()
        );
        // Another optimizer has nothing of what belonged to the one before.
        let adam = TrainingRequest { optimizer: Some(Optimizer::AdamW), ..TrainingRequest::default() };
        let spec = again.with(adam).resolve(&iris()).unwrap();
        assert_eq!((spec.learning.weight_decay, spec.learning.momentum), (Some(0.01), None));
        let wrong = r#"{"dataset":"iris","target":"petal","weight_decay":2,"momentum":0.5,"gradient_clip":0,
            "class_weights":"balanced","label_smoothing":0.1,"schedule":{"kind":"cosine","warmup":0.9}}"#;
        let all = ["class_weights", "gradient_clip", "label_smoothing", "momentum", "schedule", "weight_decay"];
        assert_eq!(asked(wrong).unwrap_err(), all);
    }

    #[test]
    fn what_was_left_open_is_named_and_what_was_asked_for_is_not() {
        let spec = asked(r#"{"dataset":"iris","lr":0.01,"epochs":5,"model":"mlp"}"#).unwrap();
        assert_eq!(spec.chosen, ["batch_size", "early_stopping", "target", "task", "optimizer"]);
    }

    #[test]
    fn folds_need_rows_chance_and_a_model_that_has_seen_nothing() {
        assert_eq!(asked(r#"{"dataset":"iris","folds":5}"#).unwrap().folds, Some(5));
        for wrong in [
            "1",
            "21",
            r#"5,"start_from":"00000000-0000-7000-8000-000000000001""#,
            r#"20,"split":{"kind":"group","column":"rings"}"#,
        ] {
            let request = format!(r#"{{"dataset":"iris","folds":{wrong}}}"#);
            assert_eq!(asked(&request).unwrap_err(), ["folds"], "{wrong}");
        }
        let by_time = r#"{"dataset":"iris","folds":5,"split":{"kind":"time","column":"rings"}}"#;
        assert_eq!(asked(by_time).unwrap_err(), ["folds"]);
        assert_eq!(asked(r#"{"dataset":"iris","start_from":"mine"}"#).unwrap_err(), ["start_from"]);
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = r#"{"dataset":"iris","epochs":0,"batch_size":0,"lr":-1,"target":"nope","validation":0.9,
            "early_stopping":0,"model":{"kind":"mlp","hidden":[]},"features":["id"]}"#;
        let named = asked(wrong).unwrap_err();
        let all = ["batch_size", "early_stopping", "epochs", "features", "lr", "model.hidden", "target", "validation"];
        assert_eq!(named, all);
    }

    #[test]
    fn an_identifier_is_used_only_when_somebody_asks_for_it_and_it_is_a_number() {
        assert!(!asked(r#"{"dataset":"iris"}"#).unwrap().features.contains(&"row".to_owned()));
        assert_eq!(asked(r#"{"dataset":"iris","features":["row"]}"#).unwrap().features, ["row"]);
        assert_eq!(asked(r#"{"dataset":"iris","target":"row"}"#).unwrap().task, Task::Regression);
        assert_eq!(asked(r#"{"dataset":"iris","features":["id"],"target":"id"}"#).unwrap_err(), ["features", "target"]);
    }

    #[test]
    fn a_model_that_is_too_large_is_refused_with_its_count() {
        let hidden = vec!["4096"; 16].join(",");
        let request = format!(r#"{{"dataset":"iris","model":{{"kind":"mlp","hidden":[{hidden}]}}}}"#);
        let request: TrainingRequest = serde_json::from_str(&request).unwrap();
        let error = request.resolve(&iris()).unwrap_err();
        // 2 inputs, 3 classes.
        let count = 3 * 4_096 + 15 * 4_097 * 4_096 + 4_097 * 3;
        assert!(error.fields["model"].contains(&count.to_string()), "{error}");
        assert!(asked(r#"{"dataset":"iris","model":{"kind":"mlp","hidden":[3000,3000]}}"#).is_ok());
    }

    #[test]
    fn a_column_that_decides_which_rows_are_for_what_is_no_feature_unless_it_is_named() {
        let spec = asked(r#"{"dataset":"iris","split":{"kind":"group","column":"rings"}}"#).unwrap();
        assert_eq!(spec.split, SplitBy::Group { column: "rings".into() });
        assert_eq!(spec.features, ["petal"]);
        let named = r#"{"dataset":"iris","split":{"kind":"time","column":"rings"},"features":["rings","petal"]}"#;
        assert_eq!(asked(named).unwrap().features, ["rings", "petal"]);
        let again = TrainingRequest::from_spec(&spec).resolve(&iris()).unwrap();
        assert_eq!(again, JobSpec { chosen: Vec::new(), ..spec.clone() });
        // Also for a job that had it as a feature, and is now split by it.
        let before = TrainingRequest::from_spec(&asked(r#"{"dataset":"iris"}"#).unwrap());
        let changes = TrainingRequest { split: Some(spec.split.clone()), ..TrainingRequest::default() };
        assert_eq!(before.with(changes).resolve(&iris()).unwrap().features, ["petal"]);
        for wrong in [
            "group\",\"column\":\"nope",
            "group\",\"column\":\"species",
            "group\",\"column\":\"constant",
            "time\",\"column\":\"id",
            "time\",\"column\":\"constant",
        ] {
            let request = format!("{{\"dataset\":\"iris\",\"split\":{{\"kind\":\"{wrong}\"}}}}");
            assert_eq!(asked(&request).unwrap_err(), ["split"], "{wrong}");
        }
    }

    #[test]
    fn several_networks_and_pieces_cost_no_more_than_they_may() {
        let wide = |rows, columns: usize, hidden: Vec<u32>| {
            let mut view = iris();
            view.profile.rows = rows;
            let petal = view.profile.columns[1].clone();
            let named = |at| ColumnProfile { name: format!("c{at}"), ..petal.clone() };
            view.profile.columns.extend((0..columns).map(named));
            let model = ModelChoice::Spec(ModelSpec::Mlp(MlpSpec { hidden, ..MlpSpec::default() }));
            let request =
                TrainingRequest { target: Some("species".into()), model: Some(model), ..TrainingRequest::default() };
            let ModelSpec::Mlp(mlp) = request.resolve(&view).unwrap().model else { panic!() };
            (mlp.members.unwrap(), mlp.pieces.unwrap())
        };
        assert_eq!(wide(3_000, 8, vec![64, 64]), (8, 64));
        // Two million numbers encoded eightfold.
        assert_eq!(wide(20_000, 98, vec![64, 64]), (8, 8));
        assert_eq!(wide(20_000, 98, vec![1_600]), (3, 0));
        assert_eq!(wide(1_000_000, 10, vec![64, 64]), (1, 0));
    }

    #[test]
    fn the_task_must_suit_the_target() {
        assert_eq!(asked(r#"{"dataset":"iris","task":"regression"}"#).unwrap_err(), ["task"]);
        assert_eq!(asked(r#"{"dataset":"iris","task":"binary"}"#).unwrap_err(), ["task"]);
        assert_eq!(asked(r#"{"dataset":"iris","target":"constant"}"#).unwrap_err(), ["target"]);
        assert_eq!(asked(r#"{"dataset":"iris","target":"petal"}"#).unwrap().task, Task::Regression);
        assert_eq!(asked(r#"{"dataset":"iris","target":"rings"}"#).unwrap().task, Task::Multiclass);
        assert_eq!(asked(r#"{"dataset":"iris","target":"id"}"#).unwrap_err(), ["target"]);
    }
}
