//! What Schemathesis is told: who it is, what there is, and which answers are right that a schema cannot foresee.

/// Things that exist, so that not every path names nothing.
#[derive(Default)]
pub(super) struct Ids {
    pub(super) jobs: Vec<String>,
    pub(super) models: Vec<String>,
    pub(super) datasets: Vec<String>,
    pub(super) experiments: Vec<String>,
    pub(super) webhooks: Vec<String>,
    /// Of the datasets.
    pub(super) pictures: Vec<String>,
    /// People and API tokens whom nothing happens by that matters: they are changed, locked and deleted.
    pub(super) people: Vec<String>,
    pub(super) tokens: Vec<String>,
}

/// Operations whose bodies a schema cannot wholly describe, and why. Their valid requests may be refused with
/// 422; every other check holds for them too.
const ALSO_REFUSED: [(&str, &str); 13] = [
    ("^/api/training$", "a job is checked against its dataset: its columns, its rows, the size of the model"),
    ("^/api/training/estimate$", "as for a job"),
    ("^/api/training/\\{id\\}/(clone|resume)$", "as for a job; and a completed one needs more epochs"),
    ("^/api/training/\\{id\\}$", "the experiment must exist, and tags have letters that they may not have"),
    ("^/api/training/jobs$", "queries and cursors have a grammar"),
    ("^/api/experiments.*$", "names and tags have letters that they may not have; lists of ids and cursors a grammar"),
    ("^/api/(datasets|models)$", "cursors have a grammar"),
    ("^/api/auth/(password|reset|second-factor)$", "passwords, codes and links have to be right ones"),
    (
        "^/api/users(/\\{id\\}.*)?$",
        "cursors have a grammar, names letters that they may not have; passwords must be right, heirs exist",
    ),
    (
        "^/api/(tokens|invitations)$",
        "names have letters that they may not have, and addresses of e-mail look like some",
    ),
    ("^/api/webhooks$", "addresses are of web servers, on the public internet"),
    ("^/api/shares/\\{id\\}$", "whom something is shared with must exist"),
    (
        "^/api/(datasets/(upload|validate)|models/\\{id\\}/predict|auth/register)$",
        "files are tables, rows have the columns of the model, and addresses of e-mail look like some",
    ),
];

/// The file `schemathesis.toml`, for who has this API token.
pub(super) fn text(token: &str, ids: &Ids) -> String {
    let list = |values: &[String]| format!("{values:?}");
    let mut text = format!(
        r#"
# One, because Python 3.11 counts how deep it is in a syntax tree for all threads together, and fails when two read one at a time
# ("AST constructor recursion depth mismatch").
workers = 1
continue-on-failure = true
generation.max-examples = 40

# Signing out, ending all sessions and trying wrong passwords are among the operations. They end no API token; and nobody has
# to sign in again in between, which waits longer after each wrong password that came from the same address.
[auth.openapi.bearer]
bearer = "{token}"

[dictionaries]
jobs = {{ values = {jobs} }}
models = {{ values = {models} }}
datasets = {{ values = {datasets} }}
experiments = {{ values = {experiments} }}
webhooks = {{ values = {webhooks} }}
pictures = {{ values = {pictures} }}
people = {{ values = {people} }}
tokens = {{ values = {tokens} }}
names = {{ values = ["iris", "sample_dataset", "messages"] }}
rows = {{ values = [0, 1, 11] }}
files = {{ values = ["model.onnx", "model.json", "report.json", "model-card.md"] }}
"#,
        jobs = list(&ids.jobs),
        models = list(&ids.models),
        datasets = list(&ids.datasets),
        experiments = list(&ids.experiments),
        webhooks = list(&ids.webhooks),
        pictures = list(&ids.pictures),
        people = list(&ids.people),
        tokens = list(&ids.tokens),
    );
    // What is deleted was made by an operation before: what is here is needed until the end.
    let paths = [
        (r"training/\{id\}", "jobs"),
        (r"models/\{id\}", "models"),
        (r"datasets/\{id\}(/preview|/download)?$", "datasets"),
        (r"datasets/\{id\}/images", "pictures"),
        (r"experiments/\{id\}", "experiments"),
        (r"webhooks/\{id\}", "webhooks"),
    ];
    for (path, dictionary) in paths {
        text += &format!(
            r#"
[[operations]]
include-path-regex = '^/api/{path}'
include-method = ["GET", "POST", "PATCH"]
[operations.parameters]
"path.id" = {{ dictionary = "{dictionary}", probability = 0.8 }}
"path.row" = {{ dictionary = "rows", probability = 0.8 }}
"path.file" = {{ dictionary = "files", probability = 0.8 }}
"#
        );
    }
    // Only what is there to be lost is changed and deleted: who asks would lock themselves out half way, or revoke the token
    // that they ask with. Nor are ids taken from answers, where theirs are too.
    for (path, dictionary) in [(r"users/\{id\}", "people"), (r"tokens/\{id\}", "tokens")] {
        text += &format!(
            r#"
[[operations]]
include-path-regex = '^/api/{path}'
phases.stateful.enabled = false
[operations.parameters]
"path.id" = {{ dictionary = "{dictionary}", probability = 1.0 }}
"#
        );
    }
    text += r#"
[[operations]]
include-path-regex = "^/api/shares/"
[operations.parameters]
"path.id" = { dictionary = "jobs", probability = 0.8 }

[[operations]]
include-path-regex = "^/api/training(/estimate)?$"
[operations.parameters]
"body.dataset" = { dictionary = "names", probability = 0.8 }
"#;
    for (path, why) in ALSO_REFUSED {
        text += &format!(
            r#"
# {why}
[[operations]]
include-path-regex = '{path}'
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "422", "429"]
"#
        );
    }
    text
}
