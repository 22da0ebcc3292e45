//! What lists of jobs are sorted by: any field of a query.

use std::cmp::Ordering;

use super::fields::{Field, Found, named};
use crate::job::JobSummary;

/// What a job has in the field that a list is sorted by. Numbers come before texts.
#[derive(Clone, Debug)]
pub enum SortValue {
    Number(f64),
    /// In lower case.
    Text(String),
}

impl Ord for SortValue {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
        }
    }
}

impl PartialOrd for SortValue {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for SortValue {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for SortValue {}

/// The value of `field`, which is named as in queries: points in time are microseconds since 1970, tags are joined by
/// commas. `None` where a job has no such field; a job that has not ended has no duration.
pub fn sort_value(job: &JobSummary, field: &str) -> Option<SortValue> {
    let name = field.trim().to_lowercase();
    let text = |text: &str| SortValue::Text(text.to_lowercase());
    let Some(field) = Field::called(&name) else {
        return named(job, &name).map(|found| match found {
            Found::Number(number) => SortValue::Number(number),
            Found::Text(found) => text(found),
        });
    };
    match field {
        Field::State => Some(text(job.progress.status.as_str())),
        Field::Task => Some(text(job.task.as_str())),
        Field::Experiment => job.experiment_id.map(|id| SortValue::Text(id.to_string())),
        Field::Text(field) => {
            let texts = field.of(job);
            (!texts.is_empty()).then(|| text(&texts.join(", ")))
        }
        // Exact until the year 2255.
        Field::Moment(field) => field.of(job).map(|moment| SortValue::Number(moment.0 as f64)),
        Field::Number(field) => field.of(job, None).map(SortValue::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::{SortValue, sort_value};
    use crate::job::{JobState, query::sample};

    fn text(text: &str) -> SortValue {
        SortValue::Text(text.to_owned())
    }

    #[test]
    fn every_field_has_a_value_to_sort_by() {
        let job = sample::job();
        let texts = [
            ("name", "first try äö"),
            ("dataset", "iris flowers"),
            ("target", "species"),
            ("task", "multiclass"),
            ("Model", "mlp"),
            ("status", "completed"),
            ("tag", "baseline, second round"),
            ("experiment", sample::EXPERIMENT),
            ("optimizer", "adamw"),
        ];
        for (field, expected) in texts {
            assert_eq!(sort_value(&job, field), Some(text(expected)), "{field}");
        }
        let numbers = [
            ("created", 1_793_534_340e6),
            ("started", 1_793_534_400e6),
            ("finished_at", 1_793_534_700e6),
            ("duration", 300.0),
            ("epoch", 18.0),
            ("epochs", 20.0),
            ("step", 90.0),
            ("progress", 100.0),
            ("loss", 0.25),
            ("accuracy", 0.93),
            ("train_accuracy", 0.97),
            (" LR ", 0.003),
            ("batch_size", 32.0),
        ];
        for (field, expected) in numbers {
            assert_eq!(sort_value(&job, field), Some(SortValue::Number(expected)), "{field}");
        }
    }

    #[test]
    fn what_a_job_does_not_have_is_none() {
        let mut job = sample::job();
        job.progress.status = JobState::Running;
        job.progress.finished_at = None;
        job.progress.loss = None;
        job.tags.clear();
        job.experiment_id = None;
        for field in ["finished", "duration", "loss", "tag", "experiment", "unknown", ""] {
            assert_eq!(sort_value(&job, field), None, "{field}");
        }
    }

    #[test]
    fn the_order_is_total() {
        let number = SortValue::Number;
        let mut values = [
            text("b"),
            number(f64::NAN),
            number(2.0),
            text("a"),
            number(f64::INFINITY),
            number(0.0),
            number(-0.0),
            number(-1.0),
        ];
        values.sort();
        let shown: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        let numbers = ["-1.0", "-0.0", "0.0", "2.0", "inf", "NaN"].map(|number| format!("Number({number})"));
        let texts = ["Text(\"a\")", "Text(\"b\")"].map(str::to_owned);
        assert_eq!(shown, [&numbers[..], &texts[..]].concat());
        assert_eq!(number(f64::NAN), number(f64::NAN));
    }
}
