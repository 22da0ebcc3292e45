//! What every route can answer beside its own answer.

use domain::ErrorCode;
use serde_json::{Map, Value, json};

use super::Operation;

/// A failure that many routes share: its name, its code, when it is answered, and a sentence that is.
const SHARED: [(&str, ErrorCode, &str, &str); 14] = [
    (
        "BadRequest",
        ErrorCode::BadRequest,
        "The body could not be read at all.",
        "The body is not JSON: EOF while parsing an object at line 1 column 1.",
    ),
    (
        "Unauthenticated",
        ErrorCode::Unauthenticated,
        "Nobody is signed in, or the token is wrong, expired or revoked.",
        "Sign in first.",
    ),
    (
        "Forbidden",
        ErrorCode::Forbidden,
        "The role, the scope of the token or whose it is does not allow it; another site made a browser send this; or, with the \
         code `password_change_required`, a new password has to be chosen first.",
        "Your account may look at things, but not change them.",
    ),
    ("NotFound", ErrorCode::NotFound, "There is no such thing, or the caller may not see it.", "There is no such job."),
    (
        "Conflict",
        ErrorCode::Conflict,
        "It is in a state in which this cannot be done.",
        "This job has not ended. Stop it first.",
    ),
    ("TooLarge", ErrorCode::TooLarge, "The body is larger than this server takes.", "The body is too large."),
    (
        "UnsupportedMediaType",
        ErrorCode::UnsupportedMediaType,
        "The content type is not one that is read here.",
        "Send JSON, with the header Content-Type: application/json.",
    ),
    (
        "RangeNotSatisfiable",
        ErrorCode::RangeNotSatisfiable,
        "The range begins behind the end of the file.",
        "The file has 1024 bytes; the range begins behind them.",
    ),
    (
        "Misdirected",
        ErrorCode::Misdirected,
        "The request names a host that this server does not answer for.",
        "This server does not answer under that name. Whoever runs it can set ATHANOR_PUBLIC_URL.",
    ),
    (
        "ValidationFailed",
        ErrorCode::ValidationFailed,
        "Fields or parameters are missing or wrong; `fields` says which and why.",
        "lr: Must be more than 0 and at most 10.",
    ),
    (
        "Busy",
        ErrorCode::Busy,
        "Too many requests, or too many tries of a password or code; try again when `Retry-After` says.",
        "Too many requests. Try again in 2 s.",
    ),
    (
        "Internal",
        ErrorCode::Internal,
        "A bug or a broken installation; the log has the details under the request's id.",
        "Something went wrong on our side. The log has the details.",
    ),
    (
        "Unavailable",
        ErrorCode::Unavailable,
        "The database or the storage does not answer, or there is too much to do; try again.",
        "The database does not answer. Try again in a moment.",
    ),
    (
        "StorageFull",
        ErrorCode::StorageFull,
        "The disk of the server is full.",
        "The disk is full. Free some space and try again.",
    ),
];

/// Puts the shared answers, headers and parameters among the components.
pub(super) fn share(components: &mut Map<String, Value>) {
    let responses: Map<String, Value> = SHARED
        .into_iter()
        .map(|(name, code, when, sentence)| {
            let mut response = json!({"description": when, "content": failure(code, sentence)});
            if code == ErrorCode::Unauthenticated {
                response["headers"] = json!({"WWW-Authenticate": {"$ref": "#/components/headers/WWW-Authenticate"}});
            }
            if matches!(code, ErrorCode::Busy | ErrorCode::Unavailable) {
                response["headers"] = json!({"Retry-After": {"$ref": "#/components/headers/Retry-After"}});
            }
            (name.to_owned(), response)
        })
        .chain([("NotModified".to_owned(), not_modified())])
        .collect();
    components.insert("responses".to_owned(), Value::Object(responses));
    components.insert("headers".to_owned(), headers());
    components.insert("parameters".to_owned(), parameters());
}

/// A failure's body; a person's browser reads the sentence alone.
fn failure(code: ErrorCode, sentence: &str) -> Value {
    let mut example =
        json!({"ok": false, "code": code, "error": sentence, "request_id": "858808995b53471a9f3b2fa1af3ed4f3"});
    if code == ErrorCode::ValidationFailed {
        example["fields"] = json!({"lr": "Must be more than 0 and at most 10."});
    }
    if code == ErrorCode::Busy {
        example["retry_after_seconds"] = json!(2);
    }
    json!({
        "application/json": {"schema": {"$ref": "#/components/schemas/FailureBody"}, "example": example},
        "text/plain": {"schema": {"type": "string"}, "example": sentence},
    })
}

fn not_modified() -> Value {
    json!({
        "description": "The caller has it already: `If-None-Match` names what would be sent.",
        "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
    })
}

fn headers() -> Value {
    let header = |about: &str, schema: Value| json!({"description": about, "schema": schema});
    json!({
        "ETag": header("Names what is sent; send it back as `If-None-Match`.", json!({"type": "string", "pattern": "^\".+\"$"})),
        "Retry-After": header("Seconds until it is worth trying again.", json!({"type": "integer", "minimum": 1})),
        "WWW-Authenticate": header("How to prove who one is.", json!({"type": "string", "const": "Bearer"})),
        "Accept-Ranges": header("Parts of the file can be asked for.", json!({"type": "string", "const": "bytes"})),
        "Content-Disposition": header("The name of the file.", json!({"type": "string"})),
        "Content-Range": header("First and last byte, and how many the file has.", json!({"type": "string", "pattern": "^bytes "})),
    })
}

fn parameters() -> Value {
    let parameter = |name: &str, about: &str, example: &str| json!({"name": name, "in": "header", "description": about, "schema": {"type": "string"}, "example": example});
    json!({
        "If-None-Match": parameter("If-None-Match", "An `ETag` of before: nothing is sent if it has not changed.", "\"0f3c5a\""),
        "Range": parameter("Range", "One range of bytes; several at once are answered with the whole file.", "bytes=0-1023"),
        "If-Range": parameter("If-Range", "An `ETag` of before: the whole file is sent if it has changed.", "\"0f3c5a\""),
    })
}

/// Adds what this operation can answer, where its handler has not said so itself.
pub(super) fn add(operation: &mut Operation) {
    let reads = operation.reads();
    let (body, path) = (operation.has_body(), operation.path);
    // These read, whatever their method says.
    let keeps = !reads && !path.ends_with("/estimate") && !path.ends_with("/predict") && !path.ends_with("/verify");
    let guarded = operation.is_guarded();
    let can: [(&str, &str, bool); 13] = [
        ("400", "BadRequest", body),
        ("401", "Unauthenticated", !operation.is_public()),
        ("403", "Forbidden", !reads || !operation.is_open_before_password()),
        ("404", "NotFound", path.contains('{') || path.ends_with("/status")),
        ("413", "TooLarge", body),
        ("415", "UnsupportedMediaType", body),
        ("416", "RangeNotSatisfiable", operation.sends_file()),
        ("421", "Misdirected", guarded),
        ("422", "ValidationFailed", body || operation.has_query()),
        ("429", "Busy", guarded),
        ("500", "Internal", guarded),
        ("503", "Unavailable", guarded),
        ("507", "StorageFull", keeps),
    ];
    let (sends_file, answers_json) = (operation.sends_file(), reads);
    let Some(responses) = operation.responses() else { return };
    for (status, name, _) in can.iter().filter(|(_, _, can)| *can) {
        let shared = json!({"$ref": format!("#/components/responses/{name}")});
        responses.entry(*status).or_insert(shared);
    }
    for (status, response) in responses.iter_mut() {
        own(status, response);
    }
    if answers_json {
        tagged(responses, sends_file);
        let names: &[&str] = if sends_file { &["If-None-Match", "Range", "If-Range"] } else { &["If-None-Match"] };
        let references = names.iter().map(|name| json!({"$ref": format!("#/components/parameters/{name}")}));
        let parameters = operation.about.entry("parameters").or_insert_with(|| json!([]));
        parameters.as_array_mut().into_iter().for_each(|all| all.extend(references.clone()));
    }
    if sends_file {
        operation.about.insert("x-file".to_owned(), json!(true));
    }
}

/// Says what a handler left out of an answer of its own.
fn own(status: &str, response: &mut Value) {
    if response.get("$ref").is_some() {
        return;
    }
    // utoipa leaves out one that is empty; OpenAPI wants one.
    if response["description"].as_str().is_none_or(str::is_empty) {
        response["description"] = json!(match status {
            "201" => "It is made.",
            "409" => "It is in a state in which this cannot be done.",
            "413" => "Larger than this server takes.",
            _ => "What was asked for.",
        });
    }
    let contents = response.get_mut("content").and_then(Value::as_object_mut);
    for (kind, content) in contents.into_iter().flatten() {
        if !kind.starts_with("text/") && !kind.contains("json") {
            *content = json!({"schema": {"type": "string", "format": "binary"}});
        }
    }
    let code = ErrorCode::ALL.iter().find(|code| code.http_status().to_string() == status);
    if let Some(code) = code {
        let sentence = response["description"].as_str().unwrap_or_default().to_owned();
        response["content"] = failure(*code, &sentence);
    }
}

/// Answers to GET have a tag, and files come in parts too.
fn tagged(responses: &mut Map<String, Value>, sends_file: bool) {
    let reference = |name: &str| json!({"$ref": format!("#/components/headers/{name}")});
    responses.insert("304".to_owned(), json!({"$ref": "#/components/responses/NotModified"}));
    let Some(whole) = responses.get_mut("200") else { return };
    whole["headers"]["ETag"] = reference("ETag");
    if !sends_file {
        return;
    }
    whole["headers"]["Accept-Ranges"] = reference("Accept-Ranges");
    whole["headers"]["Content-Disposition"] = reference("Content-Disposition");
    let mut part = whole.clone();
    part["description"] = json!("The range that was asked for.");
    part["headers"]["Content-Range"] = reference("Content-Range");
    // A part of JSON is no JSON.
    for content in part["content"].as_object_mut().into_iter().flatten() {
        *content.1 = json!({});
    }
    responses.insert("206".to_owned(), part);
}
