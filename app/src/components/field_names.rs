//! The fields of forms by their names in the API: as people call them, and in the order in which forms have them.

use crate::{components::format, language::translate};

const FIELDS: [(&str, &str); 53] = [
    ("email", marked!("E-mail")),
    ("dataset", marked!("Dataset")),
    ("target", marked!("Target")),
    ("model", marked!("Model")),
    ("start_from", marked!("Start from")),
    ("epochs", marked!("Epochs")),
    ("batch_size", marked!("Batch size")),
    ("early_stopping", marked!("Early stopping")),
    ("optimizer", marked!("Optimizer")),
    ("lr", marked!("Learning rate")),
    ("schedule", marked!("Schedule")),
    ("weight_decay", marked!("Weight decay")),
    ("gradient_clip", marked!("Gradient clip")),
    ("class_weights", marked!("Class weights")),
    ("label_smoothing", marked!("Label smoothing")),
    ("validation", marked!("Validation share")),
    ("split", marked!("Split")),
    ("folds", marked!("Cross-validation")),
    ("seed", marked!("Seed")),
    ("device", marked!("Device")),
    ("name", marked!("Name")),
    ("hidden", marked!("Hidden layers")),
    ("activation", marked!("Activation")),
    ("dropout", marked!("Dropout")),
    ("members", marked!("Members")),
    ("pieces", marked!("Pieces")),
    ("blocks", marked!("Blocks")),
    ("width", marked!("Width")),
    ("layers", marked!("Layers")),
    ("heads", marked!("Heads")),
    ("feed_forward", marked!("Feed forward")),
    ("max_tokens", marked!("Max tokens")),
    ("vocabulary", marked!("Vocabulary")),
    ("image_size", marked!("Image size")),
    ("channels", marked!("Channels")),
    ("augment", marked!("Augment")),
    ("features", marked!("Features")),
    ("experiment_id", marked!("Experiment id")),
    ("tags", marked!("Tags")),
    ("task", marked!("Task")),
    ("note", marked!("Note")),
    ("file", marked!("File")),
    ("invitation", marked!("Invitation")),
    ("link", marked!("Link")),
    ("current_password", marked!("Current password")),
    ("new_password", marked!("New password")),
    ("secret", marked!("Secret")),
    ("code", marked!("Code")),
    ("password", marked!("Password")),
    ("expires_in_days", marked!("Days until it ends")),
    ("people[0].email", marked!("E-mail")),
    ("heir", marked!("New owner")),
    ("url", marked!("Where messages go")),
];

/// A field as forms call it: `batch_size` is "Batch size", `model.hidden` "Hidden layers".
pub fn label(field: &str) -> String {
    let name = short(field);
    let known = FIELDS.iter().find(|(known, _)| *known == name);
    known.map_or_else(|| format::capitalised(&name.replace('_', " ")), |(_, label)| translate(label).to_owned())
}

/// Where forms have it: what they do not know comes last.
pub fn place(field: &str) -> usize {
    let name = short(field);
    FIELDS.iter().position(|(known, _)| *known == name).unwrap_or(FIELDS.len())
}

/// Without the model whose setting it is.
fn short(field: &str) -> &str {
    field.strip_prefix("model.").unwrap_or(field)
}

#[cfg(test)]
mod tests {
    use domain::job::ModelName;

    use super::{label, place};

    #[test]
    fn fields_are_called_and_ordered_as_in_the_form() {
        assert_eq!(
            [label("model.hidden"), label("lr"), label("odd_one")],
            ["Hidden layers", "Learning rate", "Odd one"]
        );
        let mut fields = ["tags", "model.hidden", "odd_one", "lr", "epochs", "target"];
        fields.sort_by_key(|field| place(field));
        assert_eq!(fields, ["target", "epochs", "lr", "model.hidden", "tags", "odd_one"]);
        for setting in ModelName::ALL.into_iter().flat_map(ModelName::settings) {
            assert!(place(&setting.field()) < place("odd_one"), "{}", setting.key);
        }
    }
}
