//! What is learned from which columns: every choice that a request leaves open, and why one that it makes cannot be.

use super::{InputShape, ModelName, ModelSpec, Task, architecture::TableSize, request::MAX_CLASSES};
use crate::{
    dataset::{ColumnProfile, ColumnType, DatasetProfile},
    error::FieldErrors,
};

/// Numbers with at most this many distinct whole values may be class labels.
const MAX_NUMERIC_CLASSES: u64 = 20;

/// What a model is given of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    Table,
    Text,
    Image,
}

impl Given {
    fn to(task: Task) -> Self {
        match task {
            Task::Regression | Task::Binary | Task::Multiclass => Self::Table,
            Task::TextClassification => Self::Text,
            Task::ImageClassification => Self::Image,
        }
    }

    /// Whether a column can be that, if somebody asks for it.
    fn takes(self, column: &ColumnProfile) -> bool {
        match self {
            Self::Table => column.can_be_feature(),
            Self::Text => column.numeric.is_none() && column.kind != ColumnType::Image,
            Self::Image => column.kind == ColumnType::Image,
        }
    }
}

/// The column to predict.
pub(super) fn target(asked: Option<String>, profile: &DatasetProfile, errors: &mut FieldErrors) -> Option<String> {
    let asked = asked.filter(|name| !name.is_empty());
    let Some(name) = asked.or_else(|| profile.suggested_target.clone()) else {
        errors.add("target", "Say which column to predict.");
        return None;
    };
    let Some(column) = profile.column(&name) else {
        errors.add("target", format!("There is no column \"{name}\" in this dataset."));
        return None;
    };
    if column.unique < 2 {
        errors.add("target", format!("Column \"{name}\" has only one value, so there is nothing to learn."));
        return None;
    }
    Some(name)
}

/// What is learned of `column`, from the features that were asked for.
pub(super) fn task(
    asked: Option<Task>,
    model: Option<ModelName>,
    column: &ColumnProfile,
    features: Option<&[String]>,
    profile: &DatasetProfile,
    errors: &mut FieldErrors,
) -> Option<Task> {
    let name = &column.name;
    let asked = asked.or_else(|| model.and_then(ModelName::only_task));
    let task = asked.or_else(|| match model {
        Some(_) => column.possible_task(profile.rows),
        None => profile.task_for(column, features),
    });
    let many = || format!("Column \"{name}\" has {} classes; at most {MAX_CLASSES} can be learned.", column.unique);
    match task {
        None => errors.add(
            "target",
            format!("Column \"{name}\" is of type {}, which cannot be predicted.", column.kind.as_str()),
        ),
        Some(Task::Regression) if column.numeric.is_none() => errors
            .add("task", format!("Regression predicts a number, but column \"{name}\" is {}.", column.kind.as_str())),
        Some(Task::Binary) if column.unique != 2 => {
            errors.add("task", format!("Binary needs exactly 2 classes; column \"{name}\" has {}.", column.unique));
        }
        Some(task) if task != Task::Regression && column.unique > MAX_CLASSES => errors.add("task", many()),
        Some(_) => {}
    }
    task
}

/// The columns to learn from. That which `splits` the rows is none of them unless it is asked for: on the rows that a model is
/// judged by it says what no training row has said.
pub(super) fn features(
    asked: Option<Vec<String>>,
    target: Option<&str>,
    splits: Option<&str>,
    task: Task,
    profile: &DatasetProfile,
    errors: &mut FieldErrors,
) -> Vec<String> {
    let given = Given::to(task);
    let Some(asked) = asked.filter(|names| !names.is_empty()) else {
        let target = target.unwrap_or_default();
        let features = match given {
            Given::Table => {
                let mut features = profile.default_features(target);
                features.retain(|name| Some(name.as_str()) != splits);
                features
            }
            Given::Text | Given::Image => {
                profile.default_source([target, splits.unwrap_or(target)], given).into_iter().collect()
            }
        };
        let what = match given {
            Given::Table => "No column of this dataset can be learned from.",
            Given::Text => "No column of this dataset holds text.",
            Given::Image => "This dataset holds no images. Upload a zip with one folder of images for each class.",
        };
        errors.require(!features.is_empty(), "features", what);
        return features;
    };
    let mut seen = std::collections::HashSet::new();
    for name in &asked {
        match profile.column(name) {
            None => errors.add("features", format!("There is no column \"{name}\" in this dataset.")),
            Some(_) if Some(name.as_str()) == target => {
                errors.add("features", format!("Column \"{name}\" is the target and cannot be a feature too."));
            }
            Some(column) if !given.takes(column) => {
                let model = match given {
                    Given::Table => "a table model",
                    Given::Text => "a text model",
                    Given::Image => "an image model",
                };
                let kind = column.kind.as_str();
                errors.add("features", format!("Column \"{name}\" is of type {kind}, which {model} cannot use."));
            }
            Some(column) if column.unique == 0 => {
                errors.add("features", format!("Column \"{name}\" has no values to learn from."));
            }
            Some(_) if !seen.insert(name) => errors.add("features", format!("Column \"{name}\" is named twice.")),
            Some(_) => {}
        }
    }
    if given == Given::Text {
        errors.require(asked.len() == 1, "features", "A text model reads one column; name one.");
    }
    asked
}

/// How large a table is for a model.
pub(super) fn size(embeds: bool, features: &[String], outputs: u64, profile: &DatasetProfile) -> TableSize {
    let columns = || features.iter().filter_map(|name| profile.column(name));
    TableSize {
        rows: profile.rows,
        inputs: columns().map(|column| column.inputs(embeds)).sum(),
        numbers: columns().filter(|column| column.numeric.is_some()).count() as u64,
        outputs,
    }
}

/// What a model is given of a row, as far as the profile tells: an encoder may find less.
pub(super) fn shape(model: &ModelSpec, embeddings: bool, features: &[String], profile: &DatasetProfile) -> InputShape {
    let embeds = embeddings && model.embeds();
    match model {
        ModelSpec::Linear | ModelSpec::Mlp(_) | ModelSpec::Resnet(_) => {
            let TableSize { inputs, numbers, .. } = size(embeds, features, 1, profile);
            let columns = features.iter().filter_map(|name| profile.column(name));
            let words = columns.filter_map(|column| column.embedded(embeds));
            InputShape::Numbers {
                width: inputs + numbers * u64::from(model.pieces()),
                plain: inputs,
                embedded: words.map(|words| words * ColumnProfile::embedding_width(words)).sum(),
            }
        }
        ModelSpec::Transformer(spec) => {
            InputShape::Tokens { length: spec.max_tokens.into(), vocabulary: spec.vocabulary.into() }
        }
        ModelSpec::Cnn(spec) => InputShape::Pixels { size: spec.image_size.into(), channels: 3 },
    }
}

impl DatasetProfile {
    /// The text or image column that is learned from when nobody names one.
    fn default_source(&self, but: [&str; 2], given: Given) -> Option<String> {
        let free = |column: &&ColumnProfile| !but.contains(&column.name.as_str()) && given.takes(column);
        let others = || self.columns.iter().filter(free);
        let free = others().find(|column| matches!(column.kind, ColumnType::Text | ColumnType::Image));
        // Short texts that repeat look like categories.
        free.or_else(|| others().max_by_key(|column| column.unique)).map(|column| column.name.clone())
    }

    /// What is learned of a column when nobody says: from a text or image if that is what was asked for, or all there is.
    pub fn task_for(&self, target: &ColumnProfile, features: Option<&[String]>) -> Option<Task> {
        let task = target.possible_task(self.rows)?;
        let of_type = |kind: ColumnType| match features.filter(|names| !names.is_empty()) {
            Some([name]) => self.column(name).is_some_and(|column| column.kind == kind),
            Some(_) => false,
            None => {
                self.default_features(&target.name).is_empty()
                    && self.columns.iter().any(|column| column.kind == kind && column.name != target.name)
            }
        };
        Some(match task {
            Task::Binary | Task::Multiclass if of_type(ColumnType::Text) => Task::TextClassification,
            Task::Binary | Task::Multiclass if of_type(ColumnType::Image) => Task::ImageClassification,
            task => task,
        })
    }
}

impl ColumnProfile {
    /// The task that suits this column as a target, in a table of `rows` rows; `None` when it cannot be predicted.
    pub fn suggested_task(&self, rows: u64) -> Option<Task> {
        let few = self.unique <= MAX_NUMERIC_CLASSES && self.unique * 10 <= rows.max(20);
        match self.kind {
            ColumnType::Numeric | ColumnType::Categorical | ColumnType::Boolean if self.unique == 2 => {
                Some(Task::Binary)
            }
            ColumnType::Numeric if few && self.numeric.as_ref().is_some_and(|numbers| numbers.integer) => {
                Some(Task::Multiclass)
            }
            ColumnType::Numeric => Some(Task::Regression),
            ColumnType::Categorical | ColumnType::Boolean => Some(Task::Multiclass),
            ColumnType::Date | ColumnType::Text | ColumnType::Id | ColumnType::Image => None,
        }
    }

    /// The same for somebody who asks for this very column: an identifier is not suggested, but if it is a number, it is one.
    pub fn possible_task(&self, rows: u64) -> Option<Task> {
        self.suggested_task(rows).or_else(|| self.numeric.is_some().then_some(Task::Regression))
    }
}
