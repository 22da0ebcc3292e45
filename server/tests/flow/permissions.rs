//! Every operation of the API, asked by everybody, compared with a table (`permissions.txt`).

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use reqwest::{Method, RequestBuilder, multipart};
use serde_json::{Value, json};

use crate::harness::{Person, Server, answer};

const TABLE: &str = include_str!("permissions.txt");
const CALLERS: [&str; 6] = ["out", "viewer", "other", "reads", "owner", "admin"];
/// Which of them are the owner, who has made the things.
const OWNER: usize = 4;
const ADMIN: usize = 5;
/// An id that nothing has.
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

struct Row {
    method: Method,
    path: String,
    expected: Vec<char>,
    body: String,
}

fn rows() -> Vec<Row> {
    let lines = TABLE.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let (method, path) = (words.next().unwrap().parse().unwrap(), words.next().unwrap().to_owned());
        let expected: Vec<char> = words.by_ref().take(CALLERS.len()).map(|word| word.parse().unwrap()).collect();
        assert_eq!(expected.len(), CALLERS.len(), "{line}");
        Row { method, path, expected, body: words.collect::<Vec<_>>().join(" ") }
    };
    lines.map(row).collect()
}

/// `GET /api/users/{}`: with nothing in place of what a path is about.
fn shape(method: &str, path: &str) -> String {
    let part = |part: &str| {
        if part.starts_with(['$', '{']) || part == "model.json" || part == "0" {
            "{}".to_owned()
        } else {
            part.to_owned()
        }
    };
    let path = path.split('?').next().unwrap_or_default();
    format!("{method} {}", path.split('/').map(part).collect::<Vec<_>>().join("/"))
}

#[test]
fn the_table_has_every_operation_of_the_specification() {
    let printed = Command::new(env!("CARGO_BIN_EXE_athanor")).arg("openapi").output().unwrap();
    let document: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let mut specified = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        specified.extend(operations.as_object().unwrap().keys().map(|verb| shape(&verb.to_uppercase(), path)));
    }
    let listed: BTreeSet<String> = rows().iter().map(|row| shape(row.method.as_str(), &row.path)).collect();
    assert_eq!(specified, listed, "permissions.txt has to say who may do what is new");
}

/// What the owner has.
struct Things<'a> {
    owner: &'a Person,
    admin: &'a Person,
    known: BTreeMap<&'static str, String>,
    /// How many have been made, each with an address of its own.
    webhooks: usize,
    /// Jobs and models that nothing has been done to yet.
    spare_jobs: Vec<(String, String)>,
}

impl Things<'_> {
    /// The id that stands for a name of the table.
    async fn id(&mut self, name: &str) -> String {
        let made = |body: &Value, path: &[&str]| {
            let found = path.iter().fold(body, |value, name| &value[*name]);
            found.as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
        };
        match name {
            "fresh_dataset" => self.owner.small().await,
            "fresh_experiment" => {
                made(&self.owner.post("/api/experiments", &json!({"name": "x"})).await.1, &["experiment", "id"])
            }
            "fresh_token" => {
                made(&self.owner.post("/api/tokens", &json!({"name": "x", "scope": "read"})).await.1, &["id"])
            }
            "fresh_webhook" => {
                // Nobody has this name (RFC 6761), so nothing is sent to anybody.
                let url = format!("https://{}.invalid/", self.webhooks);
                self.webhooks += 1;
                made(&self.owner.post("/api/webhooks", &json!({"url": url})).await.1, &["id"])
            }
            "fresh_invitation" => made(&self.admin.post("/api/invitations", &json!({})).await.1, &["id"]),
            "fresh_session" => {
                let form = json!({"email": self.owner.email, "password": "correct horse"});
                assert_eq!(self.owner.post("/api/auth/login", &form).await.0, 200);
                let (_, body) = self.owner.get("/api/auth/sessions").await;
                let sessions = body["sessions"].as_array().unwrap();
                let other = sessions.iter().find(|session| session["current"] == false).unwrap();
                made(other, &["id"])
            }
            "fresh_job" => self.spare_jobs.pop().unwrap().0,
            "fresh_model" => self.spare_jobs.pop().unwrap().1,
            name => self.known[name].clone(),
        }
    }
}

async fn finished(person: &Person, dataset: &str) -> (String, String) {
    let job = person.train(json!({"dataset": dataset, "target": "y", "epochs": 1})).await;
    let done = person.wait_for(&job, "COMPLETED").await;
    (job, done["model_id"].as_str().unwrap().to_owned())
}

/// The address with an id that nothing has in place of each name.
fn nowhere(path: &str) -> String {
    let mut parts = path.split('$');
    let begin = parts.next().unwrap_or_default().to_owned();
    let of_a_name = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    parts.fold(begin, |made, part| made + NOBODY + part.trim_start_matches(of_a_name))
}

/// A request with the body that the table says.
fn sent(caller: &Person, method: &Method, path: &str, body: &str) -> RequestBuilder {
    let request = caller.request(method.clone(), path);
    match body {
        "" => request,
        "a file" => {
            let part = multipart::Part::bytes(crate::harness::SMALL.as_bytes()).file_name("small.csv");
            request.multipart(multipart::Form::new().part("file", part))
        }
        json => request.json(&serde_json::from_str::<Value>(json).unwrap()),
    }
}

#[tokio::test]
async fn everybody_may_do_exactly_what_the_table_says() {
    let server = Server::start();
    let admin = server.person("ada").await;
    let (owner, other, viewer) = (server.person("bea").await, server.person("cem").await, server.person("dee").await);
    let id_of = |person: &Person| {
        let me = person.request(Method::GET, "/api/auth/me");
        async { answer(me).await.1["user"]["id"].as_str().unwrap().to_owned() }
    };
    let viewing = admin.request(Method::PATCH, &format!("/api/users/{}", id_of(&viewer).await));
    assert_eq!(answer(viewing.json(&json!({"role": "viewer"}))).await.0, 200);
    let (status, token) = owner.post("/api/tokens", &json!({"name": "reads", "scope": "read"})).await;
    assert_eq!(status, 201, "{token}");
    let reads = Person { token: token["secret"].as_str().unwrap().to_owned(), ..server.anybody() };

    let dataset = owner.small().await;
    let (status, images) =
        owner.upload("/api/datasets/upload", "shapes.zip", crate::images::archive(&crate::images::halves(4))).await;
    assert_eq!(status, 201, "{images}");
    let (job, model) = finished(&owner, &dataset).await;
    let mut spare_jobs = Vec::new();
    // Two are deleted as jobs, by the owner and by an admin, and two as models; the other callers use up one each.
    for _ in 0..2 * CALLERS.len() {
        spare_jobs.push(finished(&owner, &dataset).await);
    }
    let experiment = owner.post("/api/experiments", &json!({"name": "first"})).await.1;
    let known = BTreeMap::from([
        ("user", id_of(&owner).await),
        ("dataset", dataset),
        ("images", images["dataset"]["id"].as_str().unwrap().to_owned()),
        ("job", job),
        ("model", model),
        ("experiment", experiment["experiment"]["id"].as_str().unwrap().to_owned()),
    ]);
    let mut things = Things { owner: &owner, admin: &admin, known, webhooks: 0, spare_jobs };
    let nobody = server.anybody();
    let callers = [&nobody, &viewer, &other, &reads, things.owner, things.admin];
    assert!(std::ptr::eq(callers[OWNER], &raw const owner) && std::ptr::eq(callers[ADMIN], &raw const admin));

    let mut differences = Vec::new();
    for row in rows() {
        for (at, caller) in callers.iter().enumerate() {
            let mut path = row.path.clone();
            let mut body = row.body.clone();
            for text in [&mut path, &mut body] {
                while let Some(start) = text.find('$') {
                    let rest = &text[start + 1..];
                    let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(rest.len());
                    let name = rest[..end].to_owned();
                    let id = things.id(&name).await;
                    text.replace_range(start..start + 1 + end, &id);
                }
            }
            let response = sent(caller, &row.method, &path, &body).send().await.unwrap();
            let status = response.status().as_u16();
            let said = response.text().await.unwrap_or_default();
            // Whoever may not know of a thing hears what is said of one that there is not.
            if status == 404 {
                let there: Value = serde_json::from_str(&said).unwrap();
                let (_, nowhere) = answer(sent(caller, &row.method, &nowhere(&row.path), &body)).await;
                if ["ok", "error", "code", "fields"].iter().any(|part| there[part] != nowhere[part]) {
                    let who = CALLERS[at];
                    differences.push(format!("{} {} as {who}: {there} is not {nowhere}", row.method, row.path));
                }
            }
            let found = match status {
                401 => '-',
                403 => 'x',
                404 => '.',
                200..=299 | 409 | 415 | 422 => 'o',
                other => panic!("{} {path} as {}: {other}", row.method, CALLERS[at]),
            };
            if found != row.expected[at] {
                differences.push(format!(
                    "{} {} as {}: expected {}, found {found} ({status} {})",
                    row.method,
                    row.path,
                    CALLERS[at],
                    row.expected[at],
                    said.chars().take(200).collect::<String>()
                ));
            }
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}
