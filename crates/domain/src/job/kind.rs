//! Reading what is told apart by the word under `kind`.

use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error};
use serde_json::Value;

/// serde would take the number of a variant for its name: `{"kind":0}` would be the first one.
pub(super) fn by_word<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = Value::deserialize(deserializer)?;
    if value.get("kind").is_some_and(|kind| !kind.is_string()) {
        return Err(D::Error::custom("kind must be a word"));
    }
    T::deserialize(value).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use crate::job::TrainingRequest;

    #[test]
    fn a_number_is_no_kind() {
        for field in ["schedule", "model", "split"] {
            let read =
                |kind: &str| serde_json::from_str::<TrainingRequest>(&format!(r#"{{"{field}":{{"kind":{kind}}}}}"#));
            assert!(read("0").is_err() && read("null").is_err() && read("\"nonsense\"").is_err(), "{field}");
        }
        let read = |json: &str| serde_json::from_str::<TrainingRequest>(json).unwrap();
        assert!(read(r#"{"schedule":{"kind":"cosine"},"model":"mlp","split":{"kind":"random"}}"#).schedule.is_some());
        assert_eq!(read(r#"{"schedule":null,"model":null,"split":null}"#), TrainingRequest::default());
    }
}
