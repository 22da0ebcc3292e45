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
    let element = element.trim_start_matches('/').trim_end_matches('/');
    let (name, attributes) = element.split_once(' ').unwrap_or((element, ""));
    KNOWN.contains(&name) && attributes_are_harmless(attributes)
}

/// One after the other, because what looks like an attribute may be the text of another.
fn attributes_are_harmless(mut rest: &str) -> bool {
    loop {
        rest = rest.trim_start();
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return after.is_empty();
        }
        let (value, after) = match after.strip_prefix("=\"") {
            Some(quoted) => match quoted.split_once('"') {
                Some(split) => split,
                None => return false,
            },
            None => ("", after),
        };
        let harmless = match name {
            "href" => leads_to_the_web(&value.to_ascii_lowercase()),
            "src" | "disabled" | "checked" => value.is_empty(),
            "type" => value == "checkbox",
            "start" => value.bytes().all(|digit| digit.is_ascii_digit()),
            "alt" | "title" | "class" | "id" => true,
            _ => false,
        };
        if !harmless {
            return false;
        }
        rest = after;
    }
}

fn leads_to_the_web(address: &str) -> bool {
    address.is_empty()
        || (address.starts_with('/') && !address.starts_with("//"))
        || ["https://", "http://", "mailto:", "#"].iter().any(|begin| address.starts_with(begin))
}
