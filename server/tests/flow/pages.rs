//! Pages and files, as a browser without JavaScript meets them.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Person, Server};

async fn page(person: &Person, path: &str) -> (u16, Option<String>, String) {
    let request = person.request(Method::GET, path).header("accept", "text/html");
    let response = request.send().await.unwrap();
    let to = response.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
    (response.status().as_u16(), to, response.text().await.unwrap())
}

#[tokio::test]
async fn visitors_are_sent_to_the_door_and_come_back() {
    let server = Server::start();
    let anybody = server.anybody();
    assert_eq!(page(&anybody, "/jobs").await.1.as_deref(), Some("/register"), "nobody has an account yet");
    let ada = server.person("ada").await;
    assert_eq!(page(&anybody, "/").await.1.as_deref(), Some("/login"));
    assert_eq!(page(&anybody, "/jobs?state=running").await.1.as_deref(), Some("/login?next=/jobs%3Fstate%3Drunning"));
    let form = format!("email={}&password=correct+horse&next=%2Fjobs", ada.email.replace('@', "%40"));
    let sent = anybody
        .request(Method::POST, "/api/fn/login")
        .header("accept", "text/html")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("referer", format!("{}/login", server.url));
    let answered = sent.body(form).send().await.unwrap();
    assert_eq!((answered.status().as_u16(), answered.headers()["location"].to_str().unwrap()), (302, "/jobs"));
    assert!(answered.headers()["set-cookie"].to_str().unwrap().starts_with("athanor_session="));
}

#[tokio::test]
async fn a_refused_form_is_a_redirect_even_with_a_status_of_its_own() {
    let server = Server::start();
    server.person("ada").await;
    let anybody = server.anybody();
    let send = |accept: &'static str| {
        anybody
            .request(Method::POST, "/api/fn/login")
            .header("accept", accept)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("referer", format!("{}/login", server.url))
            .body("email=ada&password=wrong")
    };
    let plain = send("text/html").send().await.unwrap();
    assert_eq!(plain.status(), 302);
    let to = plain.headers()["location"].to_str().unwrap();
    let (status, _, html) = page(&anybody, to.strip_prefix(&server.url).unwrap_or(to)).await;
    assert_eq!(status, 200);
    assert!(to.contains("__err=") && html.contains("E-mail or password is wrong"), "{to}: {html}");
    assert_eq!(send("application/json").send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn every_page_has_a_status_a_heading_and_a_policy() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let job = ada.train(json!({"dataset": "iris", "epochs": 3})).await;
    let done = ada.wait_for(&job, "COMPLETED").await;
    let model = done["model_id"].as_str().unwrap();
    let dataset = done["dataset_id"].as_str().unwrap();
    for (path, heading) in [
        ("/".to_owned(), "Dashboard"),
        ("/datasets".to_owned(), "Datasets"),
        (format!("/datasets/{dataset}"), "iris"),
        (format!("/train?dataset={dataset}"), "Train a model"),
        ("/jobs".to_owned(), "Jobs"),
        (format!("/jobs/{job}"), "iris · mlp"),
        ("/models".to_owned(), "Models"),
        (format!("/models/{model}"), "iris · mlp"),
    ] {
        let (status, _, html) = page(&ada, &path).await;
        assert_eq!(status, 200, "{path}");
        let html = html.replace("<bdi>", "");
        assert!(html.contains(&format!("<h1>{heading}")), "{path}: no heading {heading}");
        assert!(html.contains("· Athanor</title>"), "{path}");
    }
    for path in ["/nope", "/jobs/x", &format!("/jobs/{dataset}"), "/datasets/x", "/models/x"] {
        let (status, _, html) = page(&ada, path).await;
        assert_eq!(status, 404, "{path}");
        assert!(html.contains("not found</h1>"), "{path}");
    }
    let response = ada.request(Method::GET, "/").header("accept", "text/html").send().await.unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'nonce-") && policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("unsafe-inline"));
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn a_form_is_a_page_also_when_its_job_could_not_be_trained() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let (_, kept) = ada.upload("/api/datasets/upload", "few.csv", "a,b\n1,2\n3,4\n5,6\n").await;
    let few = kept["dataset"]["id"].as_str().unwrap();
    let job = ada.train(json!({"dataset": "iris", "epochs": 2})).await;
    let done = ada.wait_for(&job, "COMPLETED").await;
    let model = done["model_id"].as_str().unwrap();
    for path in [format!("/train?dataset={few}"), format!("/train?dataset=wine&from={model}")] {
        for accept in ["*/*", "application/json", "text/html"] {
            let shown = ada.request(Method::GET, &path).header("accept", accept).send().await.unwrap();
            assert_eq!(shown.status(), 200, "{path} {accept}");
            assert!(shown.text().await.unwrap().contains("Not yet."), "{path} {accept}");
        }
    }
    let asked = ada.request(Method::POST, "/api/fn/estimate_job").header("content-type", "application/json");
    let asked = asked.header("accept", "application/json").body(json!({"form": {"dataset": few}}).to_string());
    assert_eq!(asked.send().await.unwrap().status(), 422, "who asks for the estimate alone is refused");
}

#[tokio::test]
async fn jobs_of_different_tasks_are_not_compared_without_a_word() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut jobs = Vec::new();
    for dataset in ["iris", "iris", "sample_dataset"] {
        jobs.push(ada.train(json!({"dataset": dataset, "epochs": 1})).await);
    }
    let word = "do not learn the same task (multiclass, regression)";
    for (jobs, said) in [(&jobs[..2], false), (&jobs[1..], true)] {
        let (status, _, html) = page(&ada, &format!("/compare?jobs={}", jobs.join(","))).await;
        assert_eq!((status, html.contains(word)), (200, said));
    }
}

#[tokio::test]
async fn what_cannot_be_read_and_what_cannot_be_is_said_at_once_and_at_its_setting() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let form = "dataset=iris&model=mlp&epochs=many&lr=-3&settings%5Bmlp.dropout%5D=0.95&settings%5Bmlp.members%5D=all";
    let sent = ada.request(Method::POST, "/api/fn/submit_job").header("accept", "application/json");
    let sent = sent.header("content-type", "application/x-www-form-urlencoded").body(form);
    let refused = crate::harness::answer(sent).await;
    assert_eq!((refused.0, &refused.1["code"]), (422, &serde_json::json!("validation_failed")), "{}", refused.1);
    let fields: Vec<&String> = refused.1["fields"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["epochs", "lr", "model.dropout", "model.members"], "{}", refused.1);
}

#[tokio::test]
async fn the_theme_that_was_chosen_is_in_the_document() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let choose = |theme: &str| {
        ada.request(Method::POST, "/api/fn/set_theme")
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("referer", format!("{}/jobs", server.url))
            .body(format!("theme={theme}"))
    };
    let chosen = choose("dark").send().await.unwrap();
    assert_eq!(chosen.status(), 302);
    assert!(chosen.headers()["location"].to_str().unwrap().trim_end_matches('?').ends_with("/jobs"));
    let cookie = chosen.headers()["set-cookie"].to_str().unwrap();
    assert_eq!(cookie, "athanor_theme=dark; Path=/; SameSite=Lax; Max-Age=31536000");
    assert!(!choose("purple").send().await.unwrap().headers().contains_key("set-cookie"));
    for path in ["/", "/login", "/nope"] {
        let shown = async |cookie: &str| {
            let request = ada.request(Method::GET, path).header("accept", "text/html").header("cookie", cookie);
            request.send().await.unwrap().text().await.unwrap()
        };
        assert!(shown("athanor_theme=dark").await.contains(" data-theme=\"dark\""), "{path}");
        assert!(shown("a=b; athanor_theme=light").await.contains(" data-theme=\"light\""), "{path}");
        for none in ["athanor_theme=", "athanor_theme=\"><script>", "a=b"] {
            assert!(!shown(none).await.contains("data-theme"), "{path} {none}");
        }
    }
}

#[tokio::test]
async fn pages_are_written_in_the_language_that_was_chosen_or_is_asked_for() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let choose = |language: &str| {
        ada.request(Method::POST, "/api/fn/set_language")
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("referer", format!("{}/jobs", server.url))
            .body(format!("language={language}"))
    };
    let chosen = choose("fa").send().await.unwrap();
    assert_eq!(chosen.status(), 302);
    let cookie = chosen.headers()["set-cookie"].to_str().unwrap();
    assert_eq!(cookie, "athanor_language=fa; Path=/; SameSite=Lax; Max-Age=31536000");
    assert!(!choose("de").send().await.unwrap().headers().contains_key("set-cookie"));
    let anybody = server.anybody();
    let (english, persian) = ("<html lang=\"en\" dir=\"ltr\"", "<html lang=\"fa\" dir=\"rtl\"");
    for (path, title, heading) in
        [("/", "Dashboard", "پیشخوان"), ("/login", "Log in", "ورود"), ("/jobs", "Jobs", "کارها")]
    {
        for (cookie, asked, persian_is_shown) in [
            ("athanor_language=fa", "", true),
            ("a=b; athanor_language=fa", "en", true),
            ("athanor_language=en", "fa", false),
            ("a=b", "fa-IR,fa;q=0.9,en;q=0.8", true),
            ("athanor_language=de", "de,en;q=0.5,fa;q=0.4", false),
            ("a=b", "", false),
        ] {
            let person = if path == "/login" { &anybody } else { &ada };
            let request = person.request(Method::GET, path).header("accept", "text/html").header("cookie", cookie);
            let html = request.header("accept-language", asked).send().await.unwrap().text().await.unwrap();
            let (document, text) = if persian_is_shown { (persian, heading) } else { (english, title) };
            assert!(html.contains(document), "{path} {cookie} {asked}");
            assert!(html.contains(&format!("<h1>{text}</h1>")), "{path} {cookie} {asked}: no {text}");
        }
    }
}

#[tokio::test]
async fn files_of_the_page_and_the_documentation_are_served() {
    let server = Server::start();
    let anybody = server.anybody();
    let icon = anybody.request(Method::GET, "/favicon.svg").send().await.unwrap();
    assert_eq!((icon.status().as_u16(), icon.headers()["content-type"].to_str().unwrap()), (200, "image/svg+xml"));
    let etag = icon.headers()["etag"].clone();
    let again = anybody.request(Method::GET, "/favicon.svg").header("if-none-match", etag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    let (status, document) = anybody.get("/api/openapi.json").await;
    assert_eq!((status, document["openapi"].as_str().map(|version| &version[..3])), (200, Some("3.1")));
    let docs = anybody.request(Method::GET, "/api/docs/").send().await.unwrap();
    assert_eq!(docs.status(), 200);
    assert!(docs.text().await.unwrap().contains("swagger"));
}
