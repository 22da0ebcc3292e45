//! The order of a list of jobs, and the place in it where the next page begins.

use std::cmp::Ordering;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{
    ApiError, JobId,
    job::{JobSummary, SortValue, sort_value},
};
use serde::{Deserialize, Serialize};

/// What a list is ordered by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum SortKey {
    /// Ids are made in the order of time.
    #[default]
    Created,
    Name,
    Status,
    /// A job without one counts as the greatest.
    Loss,
    /// A job that has not ended counts as the latest.
    Finished,
    /// A metric, a parameter or whatever else a query can name. No index helps, and jobs without it come last either way.
    Field(String),
}

/// How a list is ordered: `name`, or `-name` for the other way round. Newest first when nothing is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobOrder {
    pub(super) key: SortKey,
    pub(super) descending: bool,
}

impl Default for JobOrder {
    fn default() -> Self {
        Self { key: SortKey::Created, descending: true }
    }
}

/// Stands for an absent number: greater than every loss and every time, and JSON can say it.
const LAST: f64 = 8e18;

const KEYS: [(&str, SortKey); 5] = [
    ("created_at", SortKey::Created),
    ("name", SortKey::Name),
    ("status", SortKey::Status),
    ("loss", SortKey::Loss),
    ("finished_at", SortKey::Finished),
];

impl JobOrder {
    /// # Errors
    /// `validation_failed` for what cannot be the name of a field.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let known = KEYS.into_iter().find(|(known, _)| *known == name).map(|(_, key)| key);
        let plain = !name.is_empty()
            && name.len() <= 100
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
        let key = known.or_else(|| plain.then(|| SortKey::Field(name.to_ascii_lowercase())));
        key.map(|key| Self { key, descending }).ok_or_else(|| {
            let all = KEYS.map(|(name, _)| name).join(", ");
            let why = format!(
                "Must be {all}, or the name of a metric or parameter; a minus before it turns the order around."
            );
            ApiError::field("sort", why)
        })
    }

    fn name(&self) -> String {
        let name = match &self.key {
            SortKey::Field(name) => name.as_str(),
            key => KEYS.iter().find(|(_, known)| known == key).map_or("created_at", |(name, _)| name),
        };
        format!("{}{name}", if self.descending { "-" } else { "" })
    }

    /// Where a job stands in this order.
    pub(super) fn place_of(&self, job: &JobSummary) -> Place {
        let value = match &self.key {
            SortKey::Created => Some(SortValue::Text(job.job_id.to_string())),
            SortKey::Name => Some(SortValue::Text(job.name.to_lowercase())),
            SortKey::Status => Some(SortValue::Text(job.progress.status.as_str().to_owned())),
            SortKey::Loss => Some(SortValue::Number(job.progress.loss.unwrap_or(LAST))),
            SortKey::Finished => Some(SortValue::Number(job.progress.finished_at.map_or(LAST, |at| at.0 as f64))),
            SortKey::Field(name) => sort_value(job, name),
        };
        Place { value, id: job.job_id }
    }

    /// Which of two places comes first.
    pub(super) fn compare(&self, a: &Place, b: &Place) -> Ordering {
        let by_value = match (&a.value, &b.value) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => return Ordering::Greater,
            (Some(_), None) => return Ordering::Less,
            (Some(a), Some(b)) => a.cmp(b),
        };
        let upwards = by_value.then(a.id.cmp(&b.id));
        if self.descending { upwards.reverse() } else { upwards }
    }

    /// Where a page that ends with `job` is continued.
    pub(super) fn cursor_after(&self, job: &JobSummary) -> String {
        let Place { value, id } = self.place_of(job);
        let value = value.map(|value| match value {
            SortValue::Number(number) => Value::Number(number),
            SortValue::Text(text) => Value::Text(text),
        });
        // A place is three plain values: it always is JSON.
        let json = serde_json::to_vec(&(self.name(), value, id)).unwrap_or_default();
        BASE64_URL_SAFE_NO_PAD.encode(json)
    }

    /// # Errors
    /// `validation_failed` for a cursor that is none, or that belongs to another order.
    pub(super) fn place(&self, cursor: &str) -> Result<Place, ApiError> {
        let wrong = || ApiError::field("cursor", "Use next_cursor of the page before, with the same sort.");
        let json = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
        let (order, value, id): (String, Option<Value>, JobId) = serde_json::from_slice(&json).map_err(|_| wrong())?;
        let value = value.map(|value| match value {
            Value::Number(number) => SortValue::Number(number),
            Value::Text(text) => SortValue::Text(text),
        });
        let fits = match self.key {
            SortKey::Created | SortKey::Name | SortKey::Status => matches!(value, Some(SortValue::Text(_))),
            SortKey::Loss | SortKey::Finished => matches!(value, Some(SortValue::Number(_))),
            SortKey::Field(_) => true,
        };
        if order == self.name() && fits { Ok(Place { value, id }) } else { Err(wrong()) }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Value {
    Number(f64),
    Text(String),
}

/// Where a row stands: what it is ordered by, and its id.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) value: Option<SortValue>,
    pub(super) id: JobId,
}

#[cfg(test)]
mod tests {
    use super::JobOrder;

    #[test]
    fn orders_have_names() {
        for text in ["created_at", "-created_at", "name", "-loss", "finished_at", "-status", "lr", "-test_accuracy"] {
            assert_eq!(JobOrder::parse(text).unwrap().name(), text);
        }
        assert_eq!(JobOrder::default().name(), "-created_at");
        for text in ["", "-", "--name", "l r", "name; DROP TABLE jobs", &"x".repeat(101)] {
            assert!(JobOrder::parse(text).unwrap_err().fields["sort"].contains("created_at"), "{text}");
        }
    }

    #[test]
    fn a_cursor_that_is_none_is_refused() {
        for text in ["x", "", "W10", "eyJhIjoxfQ"] {
            assert!(JobOrder::default().place(text).is_err(), "{text}");
        }
    }
}
