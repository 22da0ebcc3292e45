//! The tokens, read from the style sheet that defines them, and what has no token: type and motion.

use leptos::prelude::*;

use crate::components::progress::ProgressBar;

const SHEET: &str = include_str!("../../../../style/tokens.css");

/// One custom property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Token {
    name: &'static str,
    value: &'static str,
}

impl Token {
    fn is_colour(self) -> bool {
        ["light-dark(", "#", "var("].iter().any(|start| self.value.starts_with(start))
    }

    fn is_length(self) -> bool {
        self.value.strip_suffix("px").is_some_and(|pixels| pixels.parse::<f64>().is_ok())
    }
}

/// In the order of the sheet. A value that is broken into several lines is not found, and none is.
fn tokens(sheet: &'static str) -> Vec<Token> {
    let token = |line: &'static str| {
        let (name, value) = line.trim().strip_suffix(';')?.split_once(": ")?;
        name.starts_with("--").then_some(Token { name, value })
    };
    sheet.lines().filter_map(token).collect()
}

#[component]
pub fn Tokens() -> impl IntoView {
    let (colours, others): (Vec<_>, Vec<_>) = tokens(SHEET).into_iter().partition(|token| token.is_colour());
    let (lengths, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|token| token.is_length());
    let colour = |Token { name, value }: Token| {
        view! {
            <div>
                <dt><code>{name}</code></dt>
                <dd class="row">
                    <svg width="48" height="24" aria-hidden="true">
                        <rect width="48" height="24" rx="4" fill=format!("var({name})") stroke="var(--line-strong)"></rect>
                    </svg>
                    <code>{value}</code>
                </dd>
            </div>
        }
    };
    let length = |Token { name, value }: Token| {
        view! {
            <div>
                <dt><code>{name}</code></dt>
                <dd class="row">
                    <svg width="48" height="48" aria-hidden="true">
                        <rect width="100%" height="100%" rx=value fill="var(--raised)" stroke="var(--line-strong)"></rect>
                        <rect width=value height="4" fill="var(--ember)"></rect>
                    </svg>
                    <code>{value}</code>
                </dd>
            </div>
        }
    };
    let other = |Token { name, value }: Token| {
        view! { <div><dt><code>{name}</code></dt><dd><code>{value}</code></dd></div> }
    };
    view! {
        <h2>"Colours"</h2>
        <dl class="facts">{colours.into_iter().map(colour).collect_view()}</dl>
        <h2>"Space and radius"</h2>
        <p class="sub">"A grid of 4 px. As a width below, and as the radius of the corners behind it."</p>
        <dl class="facts">{lengths.into_iter().map(length).collect_view()}</dl>
        <h2>"Type"</h2>
        <dl class="facts">
            {others.into_iter().map(other).collect_view()}
            <div><dt>"h2"</dt><dd><h2>"Sixteen, on a line of 24"</h2></dd></div>
            <div><dt>"h3"</dt><dd><h3>"Fourteen, on a line of 20"</h3></dd></div>
            <div><dt>"text"</dt><dd>"Fourteen, on a line of 20; 0123456789 are as wide as each other"</dd></div>
            <div><dt><code>".sub"</code></dt><dd class="sub">"Beside what matters more"</dd></div>
            <div><dt><code>".hint"</code></dt><dd class="hint">"Twelve, on a line of 16"</dd></div>
            <div><dt><code>"code"</code></dt><dd><code>"lr<0.01 batch_size=32"</code></dd></div>
            <div><dt><code>"kbd"</code></dt><dd><kbd>"g"</kbd><kbd>"j"</kbd></dd></div>
            <div><dt>"link"</dt><dd><a href="/design">"This page"</a></dd></div>
        </dl>
        <h2>"Motion"</h2>
        <p class="sub">"None of it where less motion is asked for."</p>
        <dl class="facts">
            <div><dt>"0.12 s"</dt><dd><button class="button" type="button">"Under the pointer"</button></dd></div>
            <div><dt>"0.15 s"</dt><dd><Moving /></dd></div>
            <div><dt>"1.6 s, again and again"</dt><dd><div class="skeleton" aria-hidden="true"><i></i></div></dd></div>
        </dl>
    }
}

/// A bar that a button moves.
#[component]
fn Moving() -> impl IntoView {
    let percent = RwSignal::new(30.0);
    let further = move |_| percent.update(|percent| *percent = (*percent + 25.0) % 100.0);
    view! {
        <ProgressBar percent label="A bar that moves" active=true />
        <button class="button quiet" type="button" on:click=further>"Further"</button>
    }
}

#[cfg(test)]
mod tests {
    use super::{SHEET, Token, tokens};

    #[test]
    fn every_token_of_the_sheet_is_shown() {
        let found = tokens(SHEET);
        assert_eq!(found.len(), SHEET.matches("\n  --").count());
        let of = |name: &str| found.iter().copied().find(|token| token.name == name).unwrap();
        assert!(of("--ground").is_colour() && of("--series-1").is_colour());
        assert!(of("--radius").is_length() && !of("--radius").is_colour());
        assert!(!of("--sans").is_length() && !of("--sans").is_colour());
    }

    #[test]
    fn what_is_no_property_is_none() {
        let sheet = ":root {\n  color-scheme: light;\n  --a: 8px;\n}\n";
        assert_eq!(tokens(sheet), [Token { name: "--a", value: "8px" }]);
    }
}
