//! Notes in Markdown become HTML in which nothing runs.
#![no_main]

use libfuzzer_sys::fuzz_target;

// The file itself: with its crate comes all of Leptos.
#[path = "../../app/src/markdown.rs"]
mod markdown;

fuzz_target!(|text: &str| {
    fuzz::within(64, || {
        let html = markdown::to_html(text);
        elements(&html).for_each(|element| assert!(is_harmless(element), "{element} in {html}"));
    });
});

/// What is between `<` and `>`. Both are escaped wherever they are text.
fn elements(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).map(|rest| rest.split_once('>').map_or(rest, |(element, _)| element))
}

/// Elements that Markdown knows, and attributes that it gives them.
fn is_harmless(element: &str) -> bool {
    const KNOWN: [&str; 32] = [
        "p", "em", "strong", "del", "code", "pre", "a", "img", "ul", "ol", "li", "blockquote", "hr", "br", "h1", "h2",
        "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "input", "sup", "sub", "div", "dl", "dt",
    ];
    let name = element.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
    let lower = element.to_ascii_lowercase();
    let address = lower.split_once("href=\"").map(|(_, rest)| rest.split('"').next().unwrap_or_default());
    let led = address.is_none_or(|address| {
        address.is_empty()
            || (address.starts_with('/') && !address.starts_with("//"))
            || ["https://", "http://", "mailto:", "#"].iter().any(|begin| address.starts_with(begin))
    });
    KNOWN.contains(&name) && led && !lower.contains("style=") && !lower.contains("src=\"h")
}
