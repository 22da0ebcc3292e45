//! The fields of a job that queries and orders know: their names, and what a job has there.

use std::collections::BTreeMap;

use crate::{
    Timestamp,
    job::{JobSummary, Parameter, Split},
};

/// A field that every query knows. Any other name may be a metric or a parameter: see [`named`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    State,
    Task,
    Experiment,
    Text(TextField),
    Moment(MomentField),
    Number(NumberField),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextField {
    Name,
    Dataset,
    Target,
    Model,
    Tag,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MomentField {
    Created,
    Started,
    Finished,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberField {
    Duration,
    Epoch,
    Epochs,
    Step,
    Progress,
    Loss,
}

/// Beside the short names there are those that the API gives the same fields.
const NAMES: [(&str, Field); 24] = [
    ("name", Field::Text(TextField::Name)),
    ("dataset", Field::Text(TextField::Dataset)),
    ("dataset_name", Field::Text(TextField::Dataset)),
    ("target", Field::Text(TextField::Target)),
    ("task", Field::Task),
    ("model", Field::Text(TextField::Model)),
    ("status", Field::State),
    ("state", Field::State),
    ("tag", Field::Text(TextField::Tag)),
    ("tags", Field::Text(TextField::Tag)),
    ("experiment", Field::Experiment),
    ("experiment_id", Field::Experiment),
    ("created", Field::Moment(MomentField::Created)),
    ("created_at", Field::Moment(MomentField::Created)),
    ("started", Field::Moment(MomentField::Started)),
    ("started_at", Field::Moment(MomentField::Started)),
    ("finished", Field::Moment(MomentField::Finished)),
    ("finished_at", Field::Moment(MomentField::Finished)),
    ("duration", Field::Number(NumberField::Duration)),
    ("epoch", Field::Number(NumberField::Epoch)),
    ("epochs", Field::Number(NumberField::Epochs)),
    ("step", Field::Number(NumberField::Step)),
    ("progress", Field::Number(NumberField::Progress)),
    ("loss", Field::Number(NumberField::Loss)),
];

impl Field {
    /// By its name in lower case.
    pub fn called(name: &str) -> Option<Self> {
        NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, field)| field)
    }
}

/// The known field whose name is `name` with at most two letters wrong, missing or too many.
pub(super) fn near(name: &str) -> Option<&'static str> {
    let letters: Vec<char> = name.chars().take(20).collect();
    let distances = NAMES.into_iter().map(|(known, _)| (distance(&letters, known), known));
    // Two letters of four are another word.
    distances.filter(|(wrong, known)| wrong * 3 <= known.len()).min_by_key(|(wrong, _)| *wrong).map(|(_, known)| known)
}

/// Letters to change, add or leave out so that `from` becomes `to` (Levenshtein's distance); two swapped ones count as two.
fn distance(from: &[char], to: &str) -> usize {
    let mut row: Vec<usize> = (0..=from.len()).collect();
    for (done, letter) in to.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = done + 1;
        for column in 0..from.len() {
            let changed = diagonal + usize::from(from[column] != letter);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[from.len()]
}

impl TextField {
    /// `:` means the whole text.
    pub fn is_exact(self) -> bool {
        matches!(self, Self::Model | Self::Tag)
    }

    /// None for a job without tags, several for one with several.
    pub fn of(self, job: &JobSummary) -> &[String] {
        match self {
            Self::Name => std::slice::from_ref(&job.name),
            Self::Dataset => std::slice::from_ref(&job.dataset_name),
            Self::Target => std::slice::from_ref(&job.target),
            Self::Model => std::slice::from_ref(&job.model),
            Self::Tag => &job.tags,
        }
    }
}

impl MomentField {
    pub fn of(self, job: &JobSummary) -> Option<Timestamp> {
        match self {
            Self::Created => Some(job.created_at),
            Self::Started => job.progress.started_at,
            Self::Finished => job.progress.finished_at,
        }
    }
}

impl NumberField {
    /// `now` is for the duration of a job that has not ended; without it, it has none yet.
    pub fn of(self, job: &JobSummary, now: Option<Timestamp>) -> Option<f64> {
        let progress = &job.progress;
        match self {
            Self::Duration => {
                let running = now.filter(|_| !progress.status.is_terminal());
                Some(progress.finished_at.or(running)?.seconds_since(progress.started_at?).max(0.0))
            }
            Self::Epoch => Some(f64::from(progress.epoch)),
            Self::Epochs => Some(f64::from(progress.total_epochs)),
            Self::Step => Some(progress.step as f64),
            Self::Progress => Some(progress.progress),
            Self::Loss => progress.loss,
        }
    }
}

impl JobSummary {
    /// What a query finds under the name of a metric or a parameter: the metric of that very name, else the parameter, else the
    /// metric without its split on the rows that say most.
    pub fn named(&self, name: &str) -> Option<Parameter> {
        named(self, &name.to_lowercase()).map(|found| match found {
            Found::Number(number) => Parameter::Number(number),
            Found::Text(text) => Parameter::Text(text.to_owned()),
        })
    }
}

/// What a job has under the name of a metric or a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Found<'a> {
    Number(f64),
    Text(&'a str),
}

/// The metric of that very name (`test_accuracy`), else the parameter (`lr`, also as `learning_rate`), else the metric
/// without its split (`accuracy`) on the rows that say most: test, validation, training. `name` is in lower case.
pub(super) fn named<'a>(job: &'a JobSummary, name: &str) -> Option<Found<'a>> {
    let metrics = &job.progress.metrics;
    if let Some(&value) = entry(metrics, name) {
        return Some(Found::Number(value));
    }
    let parameter = if name == "learning_rate" { "lr" } else { name };
    match entry(&job.parameters, parameter) {
        Some(Parameter::Number(number)) => Some(Found::Number(*number)),
        Some(Parameter::Text(text)) => Some(Found::Text(text)),
        None => [Split::Test, Split::Validation, Split::Train].into_iter().find_map(|split| {
            let &value = entry(metrics, &format!("{}_{name}", split.as_str()))?;
            Some(Found::Number(value))
        }),
    }
}

/// Nearly all names are in lower case; those that are not are looked for.
fn entry<'a, T>(map: &'a BTreeMap<String, T>, name: &str) -> Option<&'a T> {
    map.get(name).or_else(|| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

#[cfg(test)]
mod tests {
    use super::{Field, Found, NAMES, named, near};
    use crate::job::query::sample;

    #[test]
    fn names_are_in_lower_case_and_each_is_there_once() {
        for (name, field) in NAMES {
            assert_eq!(name, name.to_lowercase());
            assert_eq!(Field::called(name), Some(field), "{name}");
        }
        assert_eq!(Field::called("accuracy"), None);
    }

    #[test]
    fn a_typing_error_has_a_near_name() {
        let cases = [
            ("craeted", Some("created")),
            ("durations", Some("duration")),
            ("progess", Some("progress")),
            ("los", Some("loss")),
            ("finishd", Some("finished")),
            ("lr", None),
            ("f1", None),
            ("accuracy", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(near(name), expected, "{name}");
        }
        assert_eq!(near(&"é".repeat(2_000)), None);
    }

    #[test]
    fn exact_metrics_come_before_parameters_and_those_before_metrics_of_a_split() {
        let mut job = sample::job();
        assert_eq!(named(&job, "accuracy"), Some(Found::Number(0.93)));
        assert_eq!(named(&job, "validation_accuracy"), Some(Found::Number(0.91)));
        job.progress.metrics.remove("test_accuracy");
        assert_eq!(named(&job, "accuracy"), Some(Found::Number(0.91)));
        job.progress.metrics.remove("validation_accuracy");
        assert_eq!(named(&job, "accuracy"), Some(Found::Number(0.97)));
        assert_eq!(named(&job, "lr"), named(&job, "learning_rate"));
        assert_eq!(named(&job, "optimizer"), Some(Found::Text("adamw")));
        job.progress.metrics.insert("test_lr".into(), 5.0);
        assert_eq!(named(&job, "lr"), Some(Found::Number(0.003)));
        job.progress.metrics.insert("lr".into(), 7.0);
        assert_eq!(named(&job, "lr"), Some(Found::Number(7.0)));
        job.progress.metrics.insert("R2".into(), 0.5);
        assert_eq!(named(&job, "r2"), Some(Found::Number(0.5)));
        assert_eq!(named(&job, "nothing"), None);
    }
}
