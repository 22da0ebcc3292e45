//! Notes as HTML. What somebody wrote is text wherever Markdown would let it be HTML, and links lead to the web or to mail.

use pulldown_cmark::{Alignment, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html::push_html};

/// HTML that is safe to put into a page.
pub fn to_html(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let inert = Parser::new_ext(markdown, options).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        // It writes `mailto:` itself.
        Event::Start(Tag::Link { link_type: LinkType::Email, .. }) => event,
        // The page's policy allows no inline style.
        Event::Start(Tag::Table(columns)) => Event::Start(Tag::Table(vec![Alignment::None; columns.len()])),
        // The page has a title of its own.
        Event::Start(Tag::Heading { level, id, classes, attrs }) => {
            Event::Start(Tag::Heading { level: below(level), id, classes, attrs })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(below(level))),
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

fn below(level: HeadingLevel) -> HeadingLevel {
    HeadingLevel::try_from(level as usize + 1).unwrap_or(HeadingLevel::H6)
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
        assert_eq!(to_html("# A\n\n*b* `c`"), "<h2>A</h2>\n<p><em>b</em> <code>c</code></p>\n");
        assert_eq!(to_html("[a](/jobs)"), "<p><a href=\"/jobs\">a</a></p>\n");
        let table = to_html("|a|b|\n|-:|-|\n|1|2|");
        assert!(table.contains("<table>") && !table.contains("style"), "{table}");
        assert!(to_html("<me@example.org>").contains("mailto:me@example.org"));
        assert!(to_html("###### A").contains("<h6>A</h6>"));
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
