//! An example of each body and each answer. They were taken from a server, with long lists cut short.

use serde_json::Value;

use super::Operation;

/// `METHOD path` to `request` and `answer`; what is asked for in two ways has two requests.
pub(super) fn all() -> Value {
    // A test reads it too.
    serde_json::from_str(include_str!("examples.json")).unwrap_or_default()
}

/// Puts the examples of this operation where they belong.
pub(super) fn add(operation: &mut Operation, examples: &Value) {
    let example = &examples[format!("{} {}", operation.method.to_uppercase(), operation.path)];
    for (kind, content) in operation.about.get_mut("requestBody").into_iter().flat_map(contents) {
        if let Some(request) = example["requests"].get(kind) {
            content["example"] = request.clone();
        }
    }
    for (status, response) in operation.responses().into_iter().flatten().filter(|(status, _)| status.starts_with('2'))
    {
        for (kind, content) in contents(response) {
            if let Some(answer) = example.get("answer").filter(|_| kind == "application/json" && status != "206") {
                content["example"] = answer.clone();
            }
        }
    }
}

fn contents(of: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    of.get_mut("content").and_then(Value::as_object_mut).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn the_examples_can_be_read_and_belong_to_routes() {
        let (examples, document) = (all(), crate::router::specification());
        for operation in examples.as_object().unwrap().keys() {
            let (method, path) = operation.split_once(' ').unwrap();
            assert!(document["paths"][path][method.to_lowercase()].is_object(), "{operation}");
        }
    }
}
