//! What is taken away: files open nowhere, tables come back as they were, and nobody is led to another site.
//! RELIABILITY S39a to S39c.

use reqwest::Method;
use serde_json::json;

use super::{encoded, get, status};
use crate::harness::{Server, assert_refused};

/// A table whose cells a spreadsheet would compute, were they not data.
const FORMULAS: &str = "name,\"=1+1\",y\n=cmd|' /C calc'!A0,1,yes\n\"=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\",2,no\n\
    +1+1,3,yes\n-2+3,4,no\n@SUM(1),5,yes\n\"\t=1\",6,no\n'quoted,7,yes\n-3.5,8,no\n\
    a,9,yes\nb,10,no\nc,11,yes\nd,12,no\n";

#[tokio::test]
async fn downloads_are_files_and_no_pages() {
    let server = Server::start();
    let ada = server.person("ada").await;
    // JupyterLab CVE-2018-21030, CVE-2019-9644: what somebody uploads is shown as a page of the site.
    let page = format!("<script>alert(1)</script>,y\n{}", "<svg onload=alert(1)>,1\nx,2\n".repeat(8));
    let (status, told) = ada.upload("/api/datasets/upload", "evil.html.svg.csv", page.clone()).await;
    assert_eq!(status, 201, "{told}");
    let dataset = told["dataset"]["id"].as_str().unwrap().to_owned();
    let job = ada.train(json!({"dataset": "iris", "epochs": 1, "model": "linear"})).await;
    let model = ada.wait_for(&job, "COMPLETED").await["model_id"].as_str().unwrap().to_owned();
    let mut paths = vec![
        format!("/api/datasets/{dataset}/download"),
        format!("/api/models/{model}/download"),
        format!("/api/training/{job}/download"),
    ];
    let files = ["model.safetensors", "model.onnx", "encoder.json", "model.json", "report.json", "model-card.md"];
    paths.extend(files.map(|name| format!("/api/models/{model}/files/{name}")));
    for path in paths {
        for accept in ["*/*", "text/html"] {
            let answer = ada.request(Method::GET, &path).header("accept", accept).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
            let header = |name: &str| answer.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
            assert!(header("content-disposition").starts_with("attachment; filename=\""), "{path}");
            assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
            assert!(header("content-security-policy").contains("sandbox"), "{path}");
            assert!(!header("content-type").contains("html") && !header("content-type").contains("svg"), "{path}");
        }
    }
    let kept = ada.request(Method::GET, &format!("/api/datasets/{dataset}/download")).send().await.unwrap();
    assert_eq!(kept.text().await.unwrap(), page);
}

/// A table is data for programs: a sign put before what begins like a formula would make `-3.5` a word and change what is
/// learned when it is uploaded again. So nothing is put there (docs/API.md says so), and what comes back is what was sent.
#[tokio::test]
async fn formulas_are_data_and_come_back_as_they_were() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let (status, told) = ada.upload("/api/datasets/upload", "formulas.csv", FORMULAS).await;
    assert_eq!(status, 201, "{told}");
    let path = format!("/api/datasets/{}", told["dataset"]["id"].as_str().unwrap());
    let download = ada.request(Method::GET, &format!("{path}/download")).send().await.unwrap();
    assert!(download.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let text = download.text().await.unwrap();
    assert_eq!(text, FORMULAS);
    let (_, again) = ada.upload("/api/datasets/upload", "again.csv", text).await;
    assert_eq!(again["dataset"]["sha256"], told["dataset"]["sha256"]);
    let (_, preview) = ada.get(&format!("{path}/preview")).await;
    assert_eq!(preview["rows"][0][0], "=cmd|' /C calc'!A0", "{preview}");
    assert_eq!(preview["columns"][1], "=1+1");
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let anybody = server.anybody();
    // JupyterHub CVE-2020-26215, CVE-2020-26275, jupyter_server CVE-2023-39968.
    let evil = [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "///evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "\t//evil.example",
        "/%09/evil.example",
        " //evil.example",
        "/\n/evil.example",
        "data:text/html,x",
        "//evil.example@127.0.0.1",
        "/..//evil.example",
        "%2f%2fevil.example",
        "http:///evil.example",
        "/\u{0}/evil.example",
        "@evil.example",
        ".evil.example",
    ];
    for next in evil {
        for form in ["login", "register"] {
            let email = if form == "login" { ada.email.clone() } else { format!("x{}@example.org", next.len()) };
            let fields = [("email", email.as_str()), ("password", "correct horse"), ("name", "x"), ("next", next)];
            let request = anybody.request(Method::POST, &format!("/api/fn/{form}")).header("accept", "text/html");
            let request = request.header("content-type", "application/x-www-form-urlencoded").body(encoded(&fields));
            let answer = request.header("referer", format!("{}/{form}", server.url)).send().await.unwrap();
            let to = answer.headers().get("location").map_or("", |to| to.to_str().unwrap());
            let base = reqwest::Url::parse(&server.url).unwrap();
            let led = base.join(to).unwrap();
            assert_eq!((led.host_str(), led.port()), (base.host_str(), base.port()), "{form} {next:?} leads to {to}");
        }
        // The form that carries it shows no such address.
        let asked = format!("{}/login?{}", server.url, encoded(&[("next", next)]));
        let html = anybody.client.get(asked).header("accept", "text/html").send().await.unwrap().text().await.unwrap();
        let value = html.split("name=\"next\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        assert!(
            value.starts_with('/') && !value.starts_with("//") && !value.contains(['\\', '\t', '\n']),
            "{next:?}: {value}"
        );
    }
    for target in ["//evil.example", "/%2f/evil.example", "/\\evil.example", "//evil.example/..", "/.//evil.example"] {
        let said = get(&anybody, target, "Accept: text/html\r\n").await;
        let to = said.lines().find_map(|line| line.to_lowercase().strip_prefix("location: ").map(str::to_owned));
        assert!(status(&said) < 500 && to.is_none_or(|to| to.starts_with("/login")), "{target}: {said:.300}");
    }
    // Another site's form is refused before anything leads back to it.
    let theme = ada.request(Method::POST, "/api/fn/set_theme").header("accept", "text/html");
    let theme = theme.header("content-type", "application/x-www-form-urlencoded").body("theme=dark");
    let theme = theme.header("referer", "https://evil.example/").header("origin", "https://evil.example");
    let mut request = theme.build().unwrap();
    // As a browser would: a cookie, no token.
    request.headers_mut().remove("authorization");
    let answered = ada.client.execute(request).await.unwrap();
    assert_eq!(answered.status(), 403);
    assert!(!answered.headers().contains_key("location"));
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_as_data() {
    let server = Server::start();
    let ada = server.person("ada").await;
    // MLflow CVE-2023-6568 wrote the Content-Type into a page.
    let evil = "<script>alert(1)</script>";
    for kind in [format!("application/{evil}"), evil.to_owned(), format!("multipart/form-data; boundary={evil}")] {
        for path in ["/api/training", "/api/datasets/upload", "/api/auth/login"] {
            let request = ada.request(Method::POST, path).header("content-type", &kind).body("x");
            for accept in ["*/*", "text/html"] {
                let answer = request.try_clone().unwrap().header("accept", accept).send().await.unwrap();
                let said = answer.headers()["content-type"].to_str().unwrap().to_owned();
                assert!(
                    (400..500).contains(&answer.status().as_u16()) && !said.contains("html"),
                    "{path} {kind}: {said}"
                );
                assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
            }
        }
    }
    assert_refused(&ada.get(&format!("/api/{evil}")).await, 404, "not_found");
    assert_refused(&ada.get(&format!("/api/training/jobs?limit={evil}")).await, 422, "validation_failed");
}
