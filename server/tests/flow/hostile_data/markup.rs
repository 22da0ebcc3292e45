//! Whatever people write is text on every page that shows it: RELIABILITY S37 and S38. What a browser makes of it is looked at
//! in `end2end`; here, what the server writes.

use reqwest::Method;
use serde_json::json;

use super::{get, status};
use crate::harness::{Person, Server, answer};

/// Ends attributes, elements, scripts and comments, of which each would begin an element `<pwned7`, or give one an attribute.
/// Kubeflow, ClearML CVE-2024-24594 and MLflow CVE-2024-27133 (cells of a dataset) showed such as markup.
const EVIL: &str = "</script></title><!--]]>\u{2028}\u{2029}\"'><pwned7 onload=x>\" pwned7=\"1\" ' pwned7='1' {{7*7}}${7*7}\\\"\\u003cpwned7";

/// What must be in no document: each is of the text above, as it is without an escape.
fn inert(html: &str, what: &str) {
    let lower = html.to_lowercase();
    for element in lower.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
        assert!(!element.starts_with("pwned7"), "{what} has the element <{element:.200}>");
        assert!(!element.contains("\" pwned7=\"1"), "{what} has an attribute more in <{element:.400}>");
    }
    assert!(!lower.contains("<!--]]>"), "{what} has a comment more");
    // As many scripts end as begin: none was ended from within.
    assert_eq!(lower.matches("<script").count(), lower.matches("</script>").count(), "{what}");
    assert_eq!(lower.matches("<title").count(), lower.matches("</title>").count(), "{what}");
    for script in lower.split("<script").skip(1) {
        let (head, rest) = script.split_once('>').unwrap();
        assert!(head.contains("nonce=\""), "{what}: {head} {rest:.100}");
    }
    assert!(!lower.contains("href=\"javascript:") && !lower.contains("src=\"data:text"), "{what}");
}

async fn page(person: &Person, path: &str) -> String {
    let answer = person.request(Method::GET, path).header("accept", "text/html").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    assert!(answer.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'nonce-"), "{path}");
    answer.text().await.unwrap()
}

/// Without the letters that names refuse.
fn name() -> String {
    EVIL.chars().filter(|letter| !letter.is_control()).collect()
}

#[tokio::test]
async fn whatever_people_write_is_text_on_every_page() {
    let server = Server::start();
    let person = json!({"email": "ada@example.org", "password": "correct horse", "name": name()});
    let (registered, told) = server.anybody().post("/api/auth/register", &person).await;
    assert_eq!(registered, 201, "{told}");
    let ada = Person { token: told["token"].as_str().unwrap().to_owned(), ..server.anybody() };
    let cell = |text: String| format!("\"{}\"", text.replace('"', "\"\""));
    let row = |at: usize| {
        let class = if at.is_multiple_of(2) { cell(format!("{EVIL}A")) } else { "b".into() };
        format!("{},{at},{class}\n", cell(format!("{EVIL}{}", at % 5)))
    };
    let rows: String = (0..24).map(row).collect();
    let table = format!("words,{},class\n{rows}", cell(name()));
    let part = |name: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"");
    let file = part("file");
    let body = format!(
        "{}\r\n\r\n{}\r\n{file}; filename=\"'><pwned7 onload=x>.csv\"\r\n\r\n{table}\r\n--x--\r\n",
        part("name"),
        name()
    );
    let request = ada.request(Method::POST, "/api/datasets/upload");
    let request = request.header("content-type", "multipart/form-data; boundary=x").body(body);
    let (created, told) = answer(request).await;
    assert_eq!(created, 201, "{told}");
    let dataset = told["dataset"]["id"].as_str().unwrap().to_owned();
    let (made, experiment) =
        ada.post("/api/experiments", &json!({"name": name(), "note": EVIL, "tags": ["<pwned7 onload=x>"]})).await;
    assert_eq!(made, 201, "{experiment}");
    let experiment = experiment["experiment"]["id"].as_str().unwrap().to_owned();
    let request = json!({
        "dataset": dataset, "target": "class", "features": ["words", name()], "name": name(), "epochs": 2, "model": "linear",
        "experiment_id": experiment, "tags": ["<pwned7 onload=x>", "'><pwned7>"],
    });
    let job = ada.train(request).await;
    let done = ada.wait_for(&job, "COMPLETED").await;
    let model = done["model_id"].as_str().unwrap().to_owned();
    let note = format!(
        "# {EVIL}\n\n<pwned7 onload=x>\n\n[a](javascript:pwned7)\n\n![a](data:text/html,<pwned7>)\n\n```\n{EVIL}\n```\n\n|{EVIL}|\n|-|\n|{EVIL}|\n"
    );
    let (changed, told) =
        answer(ada.request(Method::PATCH, &format!("/api/training/{job}")).json(&json!({"note": note}))).await;
    assert_eq!(changed, 200, "{told}");
    let request = json!({"dataset": dataset, "target": "class", "name": name(), "epochs": 1, "model": "linear"});
    let other = ada.train(request).await;
    ada.wait_for(&other, "COMPLETED").await;
    let mut shown = 0;
    for path in [
        "/".to_owned(),
        "/datasets".into(),
        format!("/datasets/{dataset}"),
        format!("/train?dataset={dataset}"),
        format!("/train?from={model}"),
        "/jobs".into(),
        format!("/jobs/{job}"),
        format!("/jobs/{other}"),
        format!("/compare?jobs={job},{other}"),
        "/experiments".into(),
        format!("/experiments/{experiment}"),
        "/models".into(),
        format!("/models/{model}"),
    ] {
        let html = page(&ada, &path).await;
        inert(&html, &path);
        // It is there, as text.
        shown += usize::from(html.contains("&lt;pwned7 onload=x&gt;"));
    }
    assert!(shown >= 10, "{shown}");
    // What the API says is data, whoever opens it.
    for path in [format!("/api/datasets/{dataset}"), format!("/api/training/{job}"), format!("/api/models/{model}")] {
        let answer = ada.request(Method::GET, &path).header("accept", "text/html").send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json", "{path}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{path}");
    }
}

#[tokio::test]
async fn what_an_address_says_is_text_on_the_page_that_repeats_it() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let encoded: String = EVIL.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for path in [
        "/jobs?query=",
        "/jobs?sort=",
        "/jobs?cursor=",
        "/datasets?__path=%2Fapi%2Ffn%2Fupload_dataset&__err=",
        "/models?q=",
        "/train?dataset=",
        "/train?from=",
        "/jobs/",
        "/datasets/",
        "/models/",
        "/experiments/",
        "/",
        "/compare?jobs=",
    ] {
        let answer =
            ada.request(Method::GET, &format!("{path}{encoded}")).header("accept", "text/html").send().await.unwrap();
        assert!(answer.status().as_u16() < 500, "{path}");
        inert(&answer.text().await.unwrap(), path);
    }
    let anybody = server.anybody();
    for path in ["/login?next=/", "/login?__path=%2Fapi%2Ffn%2Flogin&__err=", "/register?next=/"] {
        inert(&page(&anybody, &format!("{path}{encoded}")).await, path);
    }
    for cookie in ["athanor_theme", "athanor_language", "athanor_session"] {
        let said = get(&ada, "/jobs", &format!("Accept: text/html\r\nCookie: {cookie}=\"><pwned7 onload=x>\r\n")).await;
        assert_eq!(status(&said), 200);
        assert!(!said.contains("pwned7"), "{cookie}");
    }
}
