//! What derived schemas cannot say.

use serde_json::{Map, Value, json};

use super::Operation;

/// Mends the schemas of bodies.
pub(super) fn mend(document: &mut Value) {
    let known = document["components"]["schemas"].clone();
    merge(&mut document["components"]["schemas"], &known);
    // Parts that it does not have are refused.
    document["components"]["schemas"]["UploadForm"]["additionalProperties"] = json!(false);
    require(document, "/api/training", "TrainingRequest", "dataset");
    require(document, "/api/training/estimate", "TrainingRequest", "dataset");
    require(document, "/api/experiments", "ExperimentChanges", "name");
}

/// A tagged variant is derived as "all of: its fields and nothing else; its tag", which nothing can be. It is its fields and
/// its tag, and nothing else.
fn merge(schema: &mut Value, known: &Value) {
    let closed =
        schema["allOf"].as_array().map(|parts| parts.iter().map(|part| resolved(part, known)).collect::<Vec<_>>());
    if let Some(parts) = closed.filter(|parts| parts.iter().any(|part| part["additionalProperties"] == false)) {
        let mut whole = json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false});
        for part in parts {
            for (name, field) in part["properties"].as_object().into_iter().flatten() {
                whole["properties"][name] = field.clone();
            }
            let required = part["required"].as_array().cloned().unwrap_or_default();
            whole["required"].as_array_mut().into_iter().for_each(|all| all.extend(required.clone()));
        }
        if let Some(about) = schema.get("description") {
            whole["description"] = about.clone();
        }
        *schema = whole;
    }
    match schema {
        Value::Object(fields) => fields.values_mut().for_each(|field| merge(field, known)),
        Value::Array(items) => items.iter_mut().for_each(|item| merge(item, known)),
        _ => {}
    }
}

fn resolved<'a>(schema: &'a Value, known: &'a Value) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/components/schemas/"));
    name.map_or(schema, |name| &known[name])
}

/// The same type is asked for where a field is needed and where it is not.
fn require(document: &mut Value, path: &str, name: &str, field: &str) {
    let body = &mut document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"];
    *body = json!({"allOf": [
        {"$ref": format!("#/components/schemas/{name}")},
        {"type": "object", "required": [field], "properties": {field: {"type": "string", "minLength": 1}}},
    ]});
}

/// Describes what paths name, and leaves out what a query cannot have.
pub(super) fn parameters(operation: &mut Operation) {
    let path = operation.path;
    let parameters = operation.about.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten().filter_map(Value::as_object_mut) {
        // There is no null in an address: what is absent is not there.
        if let Some(kind) = parameter.get_mut("schema").and_then(|schema| schema.get_mut("type"))
            && let Some(mut kinds) = kind.as_array().map(|kinds| kinds.iter().filter(|kind| *kind != "null"))
            && let Some(one) = kinds.next_back().cloned()
        {
            *kind = one;
        }
        if parameter.get("description").is_none()
            && let Some(about) = part_of_path(path, parameter)
        {
            parameter.insert("description".to_owned(), json!(about));
        }
    }
}

fn part_of_path(path: &str, parameter: &Map<String, Value>) -> Option<String> {
    let thing = match path.split('/').nth(2)? {
        "datasets" => "dataset",
        "training" => "job",
        "experiments" => "experiment",
        "models" => "model",
        "auth" => "session",
        "tokens" => "token",
        "webhooks" => "webhook",
        "users" => "user",
        "invitations" => "invitation",
        _ => return None,
    };
    match parameter["name"].as_str()? {
        "id" => Some(format!("The {thing}'s id. What is no id names nothing: 404.")),
        "row" => Some("The row of the image, counted from 0.".to_owned()),
        "file" => Some("The name of a file of the bundle, such as `model.onnx`.".to_owned()),
        _ => None,
    }
}
