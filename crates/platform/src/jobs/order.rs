//! The order of a list of jobs, and the place in it where the next page begins.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{ApiError, JobId, job::JobSummary};
use serde::{Deserialize, Serialize};

/// What a list is ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
}

/// How a list is ordered: `name`, or `-name` for the other way round. Newest first when nothing is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
pub(super) const LAST: f64 = 8e18;

const KEYS: [(&str, SortKey); 5] = [
    ("created_at", SortKey::Created),
    ("name", SortKey::Name),
    ("status", SortKey::Status),
    ("loss", SortKey::Loss),
    ("finished_at", SortKey::Finished),
];

impl JobOrder {
    /// # Errors
    /// `validation_failed` with the names that exist.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let key = KEYS.into_iter().find(|(known, _)| *known == name).map(|(_, key)| key);
        key.map(|key| Self { key, descending }).ok_or_else(|| {
            let all = KEYS.map(|(name, _)| name).join(", ");
            ApiError::field("sort", format!("Must be one of {all}; a minus before it turns the order around."))
        })
    }

    /// Whether the value that is ordered by is text; it is a number otherwise.
    pub(super) fn is_by_text(self) -> bool {
        matches!(self.key, SortKey::Created | SortKey::Name | SortKey::Status)
    }

    fn name(self) -> String {
        let name = KEYS.into_iter().find(|(_, key)| *key == self.key).map_or("created_at", |(name, _)| name);
        format!("{}{name}", if self.descending { "-" } else { "" })
    }

    /// Where a page that ends with `job` is continued.
    pub(super) fn cursor_after(self, job: &JobSummary) -> String {
        let value = match self.key {
            SortKey::Created => Value::Text(job.job_id.to_string()),
            SortKey::Name => Value::Text(job.name.to_lowercase()),
            SortKey::Status => Value::Text(job.progress.status.as_str().to_owned()),
            SortKey::Loss => Value::Number(job.progress.loss.unwrap_or(LAST)),
            SortKey::Finished => Value::Number(job.progress.finished_at.map_or(LAST, |at| at.0 as f64)),
        };
        // A place is three plain values: it always is JSON.
        let json = serde_json::to_vec(&(self.name(), value, job.job_id)).unwrap_or_default();
        BASE64_URL_SAFE_NO_PAD.encode(json)
    }

    /// # Errors
    /// `validation_failed` for a cursor that is none, or that belongs to another order.
    pub(super) fn place(self, cursor: &str) -> Result<Place, ApiError> {
        let wrong = || ApiError::field("cursor", "Use next_cursor of the page before, with the same sort.");
        let json = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
        let (order, value, id): (String, Value, JobId) = serde_json::from_slice(&json).map_err(|_| wrong())?;
        let text = self.is_by_text();
        match value {
            _ if order != self.name() => Err(wrong()),
            Value::Text(value) if text => Ok(Place { text: Some(value), number: None, id }),
            Value::Number(value) if !text => Ok(Place { text: None, number: Some(value), id }),
            _ => Err(wrong()),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Number(f64),
}

/// The last row of the page before.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) text: Option<String>,
    pub(super) number: Option<f64>,
    pub(super) id: JobId,
}

#[cfg(test)]
mod tests {
    use super::JobOrder;

    #[test]
    fn orders_have_names() {
        for text in ["created_at", "-created_at", "name", "-loss", "finished_at", "-status"] {
            assert_eq!(JobOrder::parse(text).unwrap().name(), text);
        }
        assert_eq!(JobOrder::default().name(), "-created_at");
        for text in ["", "-", "--name", "lr", "name; DROP TABLE jobs"] {
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
