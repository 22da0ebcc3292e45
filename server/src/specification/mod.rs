//! The OpenAPI document, completed: what holds for every route is said here once, not at every handler.

mod answers;
mod examples;
mod schemas;

use serde_json::{Map, Value, json};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// One operation while it is completed.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    about: &'a mut Map<String, Value>,
}

/// The document with everything that its readers ask for.
pub fn complete(document: utoipa::openapi::OpenApi) -> Value {
    // A document is plain data: it always is JSON.
    let mut document = serde_json::to_value(document).unwrap_or_default();
    schemas::mend(&mut document);
    if let Some(components) = document["components"].as_object_mut() {
        answers::share(components);
    }
    let examples = examples::all();
    for (path, methods) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, about) in methods.as_object_mut().into_iter().flatten() {
            let Some(about) = about.as_object_mut().filter(|_| METHODS.contains(&method.as_str())) else { continue };
            let mut operation = Operation { method, path, about };
            name(&mut operation);
            schemas::parameters(&mut operation);
            answers::add(&mut operation);
            examples::add(&mut operation, &examples);
        }
    }
    document
}

/// Handlers of several resources have the same name, and one of them answers two methods.
fn name(operation: &mut Operation) {
    let (tag, handler) = (&operation.about["tags"][0], &operation.about["operationId"]);
    let (tag, handler) = (tag.as_str().unwrap_or_default(), handler.as_str().unwrap_or_default());
    let handler = handler.strip_suffix("_post").or(handler.strip_suffix("_get")).unwrap_or(handler);
    let by = if handler == "verify" { format!("_by_{}", operation.method) } else { String::new() };
    let name = json!(format!("{tag}_{handler}{by}"));
    operation.about.insert("operationId".to_owned(), name);
}

impl Operation<'_> {
    fn reads(&self) -> bool {
        self.method == "get"
    }

    /// Nobody has to be signed in for it.
    fn is_public(&self) -> bool {
        self.about.contains_key("security")
    }

    fn has_body(&self) -> bool {
        self.about.contains_key("requestBody")
    }

    fn has_query(&self) -> bool {
        self.parameters().any(|parameter| parameter["in"] == "query")
    }

    fn parameters(&self) -> impl Iterator<Item = &Value> {
        self.about.get("parameters").and_then(Value::as_array).into_iter().flatten()
    }

    /// Whether it sends a file, whole or in parts.
    fn sends_file(&self) -> bool {
        self.path.ends_with("/download") || self.path.ends_with("/files/{file}")
    }

    /// Whether somebody who has to choose a new password first may ask it already, or nobody has to be signed in.
    fn is_open_before_password(&self) -> bool {
        self.is_public() || self.path == "/api/auth/me"
    }

    /// Whether one of the layers around all routes may turn it away: for its host, or because there were too many.
    fn is_guarded(&self) -> bool {
        self.path != "/health"
    }

    fn responses(&mut self) -> Option<&mut Map<String, Value>> {
        self.about.get_mut("responses").and_then(Value::as_object_mut)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::METHODS;

    /// Everything that is said of each operation.
    fn operations(document: &Value) -> Vec<(String, &Value)> {
        let paths = document["paths"].as_object().unwrap();
        let all = paths.iter().flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(move |(method, about)| (format!("{method} {path}"), about))
        });
        all.filter(|(name, _)| METHODS.iter().any(|method| name.starts_with(method))).collect()
    }

    #[test]
    fn every_operation_is_named_summed_up_and_has_examples() {
        let document = crate::router::specification();
        let mut names = BTreeSet::new();
        for (operation, about) in operations(&document) {
            assert!(
                names.insert(about["operationId"].as_str().unwrap()),
                "{operation}: {} twice",
                about["operationId"]
            );
            assert!(about["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{operation}");
            for parameter in about["parameters"].as_array().into_iter().flatten() {
                let described = parameter["description"].as_str().is_some_and(|text| !text.is_empty());
                assert!(
                    described || parameter["$ref"].is_string(),
                    "{operation}: {} has no description",
                    parameter["name"]
                );
            }
            for (kind, content) in about["requestBody"]["content"].as_object().into_iter().flatten() {
                let example = content.get("example").is_some() || kind == "multipart/form-data";
                assert!(example, "{operation}: no example of a body of {kind}");
            }
            for (status, response) in about["responses"].as_object().unwrap() {
                let described = response["description"].as_str().is_some_and(|text| !text.is_empty());
                assert!(response["$ref"].is_string() || described, "{operation}: {status} says nothing");
                let json = response["content"].get("application/json").filter(|_| status.starts_with('2'));
                let whole = json.is_none_or(|content| content.get("example").is_some());
                assert!(whole || about["x-file"] == true, "{operation}: no example of the answer {status}");
            }
        }
    }

    #[test]
    fn what_every_route_can_answer_is_said_of_every_route() {
        let document = crate::router::specification();
        for (operation, about) in operations(&document) {
            let answers = &about["responses"];
            for status in ["421", "429", "500", "503"] {
                assert_eq!(operation != "get /health", answers[status].is_object(), "{operation}: {status}");
            }
            assert_eq!(about.get("security").is_none(), answers["401"]["$ref"].is_string(), "{operation}");
            assert_eq!(
                operation.contains('{'),
                answers["404"].is_object() && !operation.ends_with("/status"),
                "{operation}"
            );
            // Nobody sends a cookie of somebody else's with a GET; but who has to choose a new password gets nothing.
            let free = ["get /health", "get /api/health", "get /api/auth/me"].contains(&operation.as_str());
            assert_eq!(!free, answers["403"].is_object(), "{operation}");
            assert_eq!(about.get("requestBody").is_some(), answers["415"].is_object(), "{operation}");
        }
    }

    #[test]
    fn whatever_is_referred_to_exists() {
        fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
            match value {
                Value::Object(fields) => {
                    found.extend(fields.get("$ref").and_then(Value::as_str));
                    fields.values().for_each(|value| references(value, found));
                }
                Value::Array(items) => items.iter().for_each(|item| references(item, found)),
                _ => {}
            }
        }
        let document = crate::router::specification();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 100);
        for reference in found {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
    }
}
