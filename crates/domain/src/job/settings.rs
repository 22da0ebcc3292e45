//! The settings of each architecture as data: the form is made from them, and what was typed becomes a spec.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{ModelName, ModelSpec};
use crate::error::FieldErrors;

/// One setting of a model: a field of its spec.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// As the spec names it.
    pub key: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub kind: SettingKind,
}

/// What a setting may be.
#[derive(Clone, Copy, Debug)]
pub enum SettingKind {
    /// A whole number.
    Count,
    /// Whole numbers with commas between them.
    Counts,
    /// A number from 0 to 1.
    Share,
    /// One of these: as the spec has it, and as people read it.
    Choice(&'static [(&'static str, &'static str)]),
    /// `true` or `false`.
    Switch,
}

impl Setting {
    /// The field under which it is said what is wrong with it: `model.hidden`.
    pub fn field(&self) -> String {
        format!("model.{}", self.key)
    }
}

const DROPOUT: Setting = Setting {
    key: "dropout",
    label: "Dropout",
    hint: "Share of units left out at each step.",
    kind: SettingKind::Share,
};

const MLP: [Setting; 5] = [
    Setting {
        key: "hidden",
        label: "Hidden layers",
        hint: "Widths, with commas between them.",
        kind: SettingKind::Counts,
    },
    Setting {
        key: "activation",
        label: "Activation",
        hint: "",
        kind: SettingKind::Choice(&[("relu", "ReLU"), ("gelu", "GELU"), ("tanh", "tanh")]),
    },
    DROPOUT,
    Setting {
        key: "members",
        label: "Members",
        hint: "Networks side by side, whose mean is the answer.",
        kind: SettingKind::Count,
    },
    Setting {
        key: "pieces",
        label: "Pieces of numbers",
        hint: "For half of the members; 0 for none.",
        kind: SettingKind::Count,
    },
];

const RESNET: [Setting; 4] = [
    Setting { key: "blocks", label: "Blocks", hint: "Each adds to what goes on.", kind: SettingKind::Count },
    Setting { key: "width", label: "Width", hint: "Numbers that go on.", kind: SettingKind::Count },
    Setting { key: "hidden", label: "Hidden width", hint: "Within each block.", kind: SettingKind::Count },
    DROPOUT,
];

const TRANSFORMER: [Setting; 7] = [
    Setting { key: "layers", label: "Layers", hint: "", kind: SettingKind::Count },
    Setting { key: "width", label: "Width", hint: "Numbers that stand for a word.", kind: SettingKind::Count },
    Setting { key: "heads", label: "Heads", hint: "The width is a multiple of it.", kind: SettingKind::Count },
    Setting { key: "feed_forward", label: "Feed-forward width", hint: "", kind: SettingKind::Count },
    Setting { key: "max_tokens", label: "Words read", hint: "Of each text, at most.", kind: SettingKind::Count },
    Setting { key: "vocabulary", label: "Vocabulary", hint: "Different words, at most.", kind: SettingKind::Count },
    DROPOUT,
];

const CNN: [Setting; 5] = [
    Setting { key: "image_size", label: "Image size", hint: "Side in pixels.", kind: SettingKind::Count },
    Setting { key: "channels", label: "Channels", hint: "Of each block, with commas.", kind: SettingKind::Counts },
    Setting { key: "hidden", label: "Hidden layer", hint: "Its width.", kind: SettingKind::Count },
    DROPOUT,
    Setting {
        key: "augment",
        label: "Augmentation",
        hint: "Images are moved and mirrored a little.",
        kind: SettingKind::Switch,
    },
];

impl ModelName {
    pub const ALL: [Self; 5] = [Self::Mlp, Self::Resnet, Self::Linear, Self::Transformer, Self::Cnn];

    /// What can be chosen, in the order of the form.
    pub fn settings(self) -> &'static [Setting] {
        match self {
            Self::Linear => &[],
            Self::Mlp => &MLP,
            Self::Resnet => &RESNET,
            Self::Transformer => &TRANSFORMER,
            Self::Cnn => &CNN,
        }
    }

    /// Such a model, with what was typed under the keys of its settings; what is empty stays as it is by default. What
    /// cannot be read is added to `errors` under the field of the setting.
    pub fn typed(self, typed: &BTreeMap<String, String>, errors: &mut FieldErrors) -> ModelSpec {
        let mut fields = fields(&self.spec());
        for setting in self.settings() {
            let text = typed.get(setting.key).map_or("", |text| text.trim());
            if text.is_empty() {
                continue;
            }
            match setting.kind.read(text) {
                Ok(value) => {
                    fields.insert(setting.key.to_owned(), value);
                }
                Err(why) => errors.add(&setting.field(), why),
            }
        }
        serde_json::from_value(Value::Object(fields)).unwrap_or_else(|error| {
            errors.add("model", format!("Cannot be read: {error}."));
            self.spec()
        })
    }
}

impl ModelSpec {
    /// A setting as people type it.
    pub fn setting(&self, key: &str) -> String {
        match fields(self).get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(values)) => values.iter().map(Value::to_string).collect::<Vec<_>>().join(", "),
            // Left open.
            None | Some(Value::Null) => String::new(),
            Some(value) => value.to_string(),
        }
    }
}

impl SettingKind {
    fn read(self, text: &str) -> Result<Value, String> {
        let count = |text: &str| text.trim().parse::<u32>().map(Value::from);
        match self {
            Self::Count => count(text).map_err(|_| "Enter a whole number.".to_owned()),
            Self::Counts => text
                .split(',')
                .map(count)
                .collect::<Result<Vec<_>, _>>()
                .map(Value::from)
                .map_err(|_| "Enter whole numbers with commas between them, such as 64, 64.".to_owned()),
            Self::Share => {
                let share = text.parse::<f64>().ok().filter(|share| share.is_finite());
                share.map(Value::from).ok_or_else(|| "Enter a share, such as 0.1.".to_owned())
            }
            Self::Choice(choices) => {
                let known = choices.iter().any(|(value, _)| *value == text);
                known.then(|| Value::from(text)).ok_or_else(|| "Is not one of the choices.".to_owned())
            }
            Self::Switch => text.parse::<bool>().map(Value::from).map_err(|_| "Must be true or false.".to_owned()),
        }
    }
}

/// A spec as JSON.
fn fields(spec: &ModelSpec) -> Map<String, Value> {
    match serde_json::to_value(spec) {
        Ok(Value::Object(fields)) => fields,
        // A spec is always an object.
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{ModelName, fields};
    use crate::{error::FieldErrors, job::ModelSpec};

    #[test]
    fn every_field_of_a_spec_is_a_setting_and_every_default_can_be_typed() {
        for name in ModelName::ALL {
            let spec = name.spec();
            let mut keys: Vec<&str> = name.settings().iter().map(|setting| setting.key).chain(["kind"]).collect();
            keys.sort_unstable();
            let fields = fields(&spec);
            assert_eq!(fields.keys().map(String::as_str).collect::<Vec<_>>(), keys);
            let typed: BTreeMap<String, String> =
                name.settings().iter().map(|setting| (setting.key.to_owned(), spec.setting(setting.key))).collect();
            let mut errors = FieldErrors::default();
            assert_eq!(name.typed(&typed, &mut errors), spec);
            assert!(errors.into_result().is_ok());
        }
    }

    #[test]
    fn what_is_out_of_range_is_said_at_a_setting_of_the_form() {
        let cases = [
            (ModelName::Mlp, "hidden", "0"),
            (ModelName::Mlp, "dropout", "0.95"),
            (ModelName::Mlp, "members", "65"),
            (ModelName::Mlp, "pieces", "129"),
            (ModelName::Resnet, "blocks", "17"),
            (ModelName::Resnet, "width", "0"),
            (ModelName::Resnet, "hidden", "5000"),
            (ModelName::Transformer, "layers", "0"),
            (ModelName::Transformer, "heads", "3"),
            (ModelName::Transformer, "vocabulary", "1"),
            (ModelName::Cnn, "channels", "8, 8, 8, 8, 8, 8"),
            (ModelName::Cnn, "image_size", "4"),
            (ModelName::Cnn, "hidden", "0"),
        ];
        for (name, key, typed) in cases {
            let mut errors = FieldErrors::default();
            name.typed(&[(key.to_owned(), typed.to_owned())].into(), &mut errors).check(&mut errors);
            let fields: Vec<String> = errors.into_result().unwrap_err().fields.into_keys().collect();
            let field = name.settings().iter().find(|setting| setting.key == key).unwrap().field();
            assert!(fields.contains(&field), "{name:?} {key}={typed}: {fields:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let typed = |pairs: &[(&str, &str)]| {
            let typed = pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
            let mut errors = FieldErrors::default();
            let spec = ModelName::Mlp.typed(&typed, &mut errors);
            errors.into_result().map(|()| spec).map_err(|error| error.fields.into_keys().collect::<Vec<_>>())
        };
        assert_eq!(
            typed(&[("hidden", "wide"), ("dropout", "much"), ("activation", "step")]).unwrap_err(),
            ["model.activation", "model.dropout", "model.hidden"]
        );
        let Ok(ModelSpec::Mlp(mlp)) = typed(&[("hidden", "8, 4"), ("dropout", "0.5"), ("activation", "tanh")]) else {
            panic!()
        };
        assert_eq!((mlp.hidden, mlp.dropout), (vec![8, 4], 0.5));
    }
}
