//! Whether an encoder that was read from a file is one that could have been learned: a browser and the server compute with
//! what it says, so that sizes beyond all bounds, and lists of different lengths, end here.

use domain::job::{Head, MAX_CLASSES, MAX_IMAGE_SIZE, MAX_TOKENS, Task};

use super::{Encoder, Input};

impl Encoder {
    /// # Errors
    /// What is wrong.
    pub(super) fn check_sound(&self) -> Result<(), String> {
        let classes = self.classes.len() as u64;
        let fits = match self.task.head() {
            Head::Number => classes == 0,
            Head::Logit => classes == 2,
            Head::Logits => (1..=MAX_CLASSES).contains(&classes),
        };
        if !fits {
            return Err(format!("it has {classes} classes"));
        }
        if self.task == Task::Regression && (self.target_std <= 0.0 || !self.target_mean.is_finite()) {
            return Err("its target has no deviation".to_owned());
        }
        if self.inputs.is_empty() {
            return Err("it has no inputs".to_owned());
        }
        self.inputs.iter().try_for_each(|input| input.check_sound(self.inputs.len() == 1))
    }
}

impl Input {
    fn check_sound(&self, alone: bool) -> Result<(), String> {
        let sound = match self {
            Self::Numeric { std, edges, .. } => *std > 0.0 && edges.iter().is_sorted(),
            Self::Categorical { .. } | Self::Embedded { .. } => true,
            Self::Text { vocabulary, .. } => alone && (1..=MAX_TOKENS).contains(&vocabulary.length),
            Self::Image { size, channels, mean, std, .. } => {
                let each = *channels as usize;
                let known = matches!(channels, 1 | 3) && mean.len() == each && std.len() == each;
                alone && known && (1..=MAX_IMAGE_SIZE).contains(size) && std.iter().all(|std| *std > 0.0)
            }
        };
        if sound { Ok(()) } else { Err(format!("its input {:?} makes no sense", self.name())) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Encoder;

    fn read(change: impl FnOnce(&mut Value)) -> Result<Encoder, String> {
        let mut encoder = json!({
            "format_version": 1, "task": "image_classification", "target": "label", "classes": ["a", "b"],
            "target_mean": 0.0, "target_std": 1.0,
            "inputs": [{"type": "image", "name": "i", "size": 8, "channels": 1, "mean": [0.5], "std": [0.5]}],
        });
        change(&mut encoder);
        Encoder::from_json(&encoder.to_string())
    }

    fn text(length: u32) -> Value {
        json!({"type": "text", "name": "t", "length": length, "words": ["a"]})
    }

    #[test]
    fn what_could_not_have_been_learned_is_not_computed_with() {
        assert!(read(|_| {}).is_ok());
        assert!(read(|it| it["inputs"][0] = text(8)).is_ok());
        let image = |field: &'static str, value: Value| read(move |it| it["inputs"][0][field] = value).unwrap_err();
        for wrong in [
            image("mean", json!([])),
            image("mean", json!([0.5, 0.5])),
            image("std", json!([0.0])),
            image("channels", json!(3)),
            image("channels", json!(2)),
            image("size", json!(0)),
            image("size", json!(65_536)),
            read(|it| it["inputs"] = json!([])).unwrap_err(),
            read(|it| it["classes"] = json!([])).unwrap_err(),
            read(|it| (it["task"], it["classes"]) = (json!("binary"), json!(["a"]))).unwrap_err(),
            read(|it| it["inputs"][0] = text(0)).unwrap_err(),
            read(|it| it["inputs"][0] = text(4_000_000_000)).unwrap_err(),
        ] {
            assert!(wrong.starts_with("encoder.json is damaged: "), "{wrong}");
        }
    }
}
