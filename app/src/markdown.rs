//! Notes as HTML. What somebody wrote is text wherever Markdown would let it be HTML, and links lead to the web or to mail.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, html::push_html};

/// HTML that is safe to put into a page.
pub fn to_html(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let inert = Parser::new_ext(markdown, options).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: harmless(dest_url), title, id })
        }
        // The page's policy loads pictures from nowhere else, and a picture would tell its host who reads this.
        Event::Start(Tag::Image { link_type, title, id, .. }) => {
            Event::Start(Tag::Image { link_type, dest_url: "".into(), title, id })
        }
        other => other,
    });
    let mut html = String::new();
    push_html(&mut html, inert);
    html
}

fn harmless(address: CowStr<'_>) -> CowStr<'_> {
    let lower = address.to_ascii_lowercase();
    let own = lower.starts_with('/') && !lower.starts_with("//");
    let known = ["https://", "http://", "mailto:", "#"].iter().any(|begin| lower.starts_with(begin));
    if own || known { address } else { "".into() }
}

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn markdown_becomes_html() {
        assert_eq!(to_html("# A\n\n*b* `c`"), "<h1>A</h1>\n<p><em>b</em> <code>c</code></p>\n");
        assert_eq!(to_html("[a](/jobs)"), "<p><a href=\"/jobs\">a</a></p>\n");
        assert!(to_html("|a|b|\n|-|-|\n|1|2|").contains("<table>"));
    }

    #[test]
    fn nothing_in_it_runs() {
        for evil in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[a](javascript:alert(1))",
            "[a](JaVaScRiPt:alert(1))",
            "[a](data:text/html,x)",
            "[a](//evil.example)",
            "<javascript:alert(1)>",
            "![a](https://evil.example/x.png)",
            "a <b onclick=alert(1)>b</b>",
        ] {
            let html = to_html(evil).to_lowercase();
            let inert =
                ["<script", "<img src=x", "<b ", "href=\"javascript", "href=\"data", "href=\"//", "evil.example/x"];
            assert!(!inert.iter().any(|bad| html.contains(bad)), "{evil} became {html}");
        }
    }
}
