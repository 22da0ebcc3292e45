//! The parameters of a job as a flat list of names and values: what tables show, queries compare and comparisons tell apart.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::JobSpec;

/// The value of a parameter: `0.001`, `"adamw"`, `"64, 64"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Parameter {
    Number(f64),
    Text(String),
}

impl Parameter {
    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
        }
    }

    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null | Value::Object(_) => return None,
            Value::Number(number) => Self::Number(number.as_f64()?),
            Value::String(text) => Self::Text(text.clone()),
            Value::Bool(truth) => Self::Text(truth.to_string()),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().filter_map(Self::of).map(|item| item.to_string()).collect();
                Self::Text(items.join(", "))
            }
        })
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// Fields of a spec that a list shows by themselves, or that say nothing about how a model learns.
const NOT_HERE: [&str; 9] =
    ["name", "dataset_id", "task", "target", "features", "chosen", "embeddings", "max_seconds", "priority"];

impl JobSpec {
    /// Every parameter that has a value: `lr`, `batch_size`, `schedule`, `warmup`, and the settings of the architecture, such
    /// as `hidden` and `dropout`. `model` is the architecture, `features` how many there are.
    pub fn parameters(&self) -> BTreeMap<String, Parameter> {
        let mut found = BTreeMap::new();
        // Without what may be long.
        let short = Self {
            name: String::new(),
            target: String::new(),
            features: Vec::new(),
            chosen: Vec::new(),
            model: self.model.clone(),
            learning: self.learning.clone(),
            split: self.split.clone(),
            ..*self
        };
        // A spec is made of what JSON has.
        if let Ok(Value::Object(fields)) = serde_json::to_value(short) {
            let fields: Map<String, Value> =
                fields.into_iter().filter(|(name, _)| !NOT_HERE.contains(&name.as_str())).collect();
            flatten(&fields, &mut found);
        }
        found.insert("features".to_owned(), Parameter::Number(self.features.len() as f64));
        let decay = self.learning.weight_decay_of(self.optimizer);
        found.insert("weight_decay".to_owned(), Parameter::Number(decay));
        found
    }
}

fn flatten(fields: &Map<String, Value>, found: &mut BTreeMap<String, Parameter>) {
    for (name, value) in fields {
        match value {
            // `{"kind": "cosine", "warmup": 0.05}` is called by its kind.
            Value::Object(inner) => {
                let mut inner = inner.clone();
                if let Some(kind) = inner.remove("kind").as_ref().and_then(Parameter::of) {
                    found.insert(name.clone(), kind);
                }
                flatten(&inner, found);
            }
            value => {
                if let Some(value) = Parameter::of(value) {
                    found.insert(name.clone(), value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Parameter;
    use crate::job::JobSpec;

    #[test]
    fn a_spec_is_a_flat_list() {
        let spec: JobSpec = serde_json::from_str(
            r#"{"name":"a","dataset_id":"00000000-0000-7000-8000-000000000000","task":"binary","target":"y",
                "features":["a","b"],"model":{"kind":"mlp","hidden":[64,32],"dropout":0.1},"optimizer":"adamw",
                "lr":0.003,"learning":{"schedule":{"kind":"cosine","warmup":0.1},"weight_decay":null},"epochs":20,
                "batch_size":32,"validation":0.15,"test":0.15,"early_stopping":null,"seed":7,"device":"flex"}"#,
        )
        .unwrap();
        let found = spec.parameters();
        let text: Vec<String> = found.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            text.join(" "),
            "activation=relu batch_size=32 class_weights=none device=flex dropout=0.1 epochs=20 features=2 \
             hidden=64, 32 label_smoothing=0 lr=0.003 model=mlp optimizer=adamw schedule=cosine seed=7 split=random \
             test=0.15 validation=0.15 warmup=0.1 weight_decay=0.01"
        );
        assert_eq!(serde_json::to_string(&found["lr"]).unwrap(), "0.003");
        assert_eq!(found["lr"].number(), Some(0.003));
        assert_eq!(found["model"], Parameter::Text("mlp".into()));
    }
}
