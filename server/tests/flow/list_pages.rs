//! The pages of datasets, models and experiments, whose lists go on: links that need no script.

use serde_json::json;

use crate::harness::{Person, Server};

async fn shown(person: &Person, path: &str) -> String {
    let request = person.request(reqwest::Method::GET, path).header("accept", "text/html");
    let answered = request.send().await.unwrap();
    assert_eq!(answered.status(), 200, "{path}");
    answered.text().await.unwrap()
}

/// Where the link with this `rel` leads.
fn link(html: &str, rel: &str) -> Option<String> {
    let mut tags = html.split("<a ").skip(1).filter_map(|rest| Some(rest.split_once('>')?.0));
    let tag = tags.find(|tag| tag.contains(&format!("rel=\"{rel}\"")))?;
    let (_, address) = tag.split_once("href=\"")?;
    Some(address.split_once('"')?.0.replace("&amp;", "&"))
}

fn rows(html: &str) -> usize {
    html.split("<tbody>").skip(1).map(|table| table.split("</tbody>").next().unwrap().matches("<tr").count()).sum()
}

#[tokio::test]
async fn a_list_that_goes_on_has_links_there_and_back() {
    let server = Server::start();
    let ada = server.person("ada").await;
    for path in ["/datasets", "/models", "/experiments"] {
        let html = shown(&ada, path).await;
        assert_eq!((link(&html, "next"), link(&html, "prev")), (None, None), "{path} is one page");
        let wrong = shown(&ada, &format!("{path}?cursor=x")).await;
        assert!(wrong.contains("Use next_cursor of the page before, of the same list."), "{path}: {wrong}");
    }
    for number in 0..101 {
        let made = ada.post("/api/experiments", &json!({"name": format!("number {number}")})).await;
        assert_eq!(made.0, 201, "{}", made.1);
    }
    let first = shown(&ada, "/experiments?of=all").await;
    assert_eq!((rows(&first), link(&first, "prev")), (50, None));
    let to_second = link(&first, "next").unwrap();
    assert!(to_second.contains("of=all"), "what else is asked is kept: {to_second}");
    let second = shown(&ada, &to_second).await;
    assert_eq!(rows(&second), 50);
    assert_eq!(link(&second, "prev").as_deref(), Some("/experiments?of=all"));
    let third = shown(&ada, &link(&second, "next").unwrap()).await;
    assert_eq!((rows(&third), link(&third, "next")), (1, None));
    assert_eq!(rows(&shown(&ada, &link(&third, "prev").unwrap()).await), 50);
    assert!(third.contains("number 0<") && second.contains("number 50<") && first.contains("number 100<"));
}
