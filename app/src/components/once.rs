//! What is shown once: a token, a link, recovery codes. Copied by a button, or by hand.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

use super::scripted::scripted;

/// Says where there is no script that the answer would be lost.
#[component]
pub fn NeedsScript() -> impl IntoView {
    view! { <p class="hint no-script">{t!("This needs JavaScript: what is made is shown once, on this page.")}</p> }
}

/// Sends a form whose answer is shown once: a script has to be there to show it, and one answer at a time is enough.
#[component]
pub fn OnceButton(class: &'static str, pending: Memo<bool>, text: &'static str) -> impl IntoView {
    let ready = scripted();
    view! {
        <button class=class type="submit" disabled=move || !ready.get() || pending.get()>{text}</button>
    }
}

/// One line of it.
#[component]
pub fn Once(#[prop(into)] id: String, label: &'static str, #[prop(into)] text: String) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let copied = RwSignal::new(None);
    let copy = move |_| {
        if let Some(input) = input.get_untracked() {
            input.select();
            copied.set(Some(copy_selection()));
        }
    };
    view! {
        <div class="field once">
            <label for=id.clone()>{label}</label>
            <div class="once-line">
                <input id=id node_ref=input type="text" dir="ltr" readonly autocomplete="off" spellcheck="false" value=text />
                <button class="button" type="button" on:click=copy>{t!("Copy")}</button>
            </div>
            <p class="hint" role="status">{move || copied.get().map(outcome)}</p>
        </div>
    }
}

/// Several lines of it, which may be kept as a file.
#[component]
pub fn OnceLines(
    id: &'static str,
    label: &'static str,
    lines: Vec<String>,
    /// Name of the file.
    file: &'static str,
) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    let copied = RwSignal::new(None);
    let copy = move |_| {
        if let Some(area) = area.get_untracked() {
            area.select();
            copied.set(Some(copy_selection()));
        }
    };
    let (rows, text) = (lines.len().to_string(), lines.join("\n"));
    let address = format!("data:text/plain;charset=utf-8,{}", crate::return_to::encode_component(&text));
    view! {
        <div class="field once">
            <label for=id>{label}</label>
            <textarea id=id node_ref=area class="once-lines" dir="ltr" readonly rows=rows spellcheck="false">{crate::components::textarea::content(text)}</textarea>
            <div class="row">
                <button class="button" type="button" on:click=copy>{t!("Copy")}</button>
                <a class="button" href=address download=file rel="external">{t!("Download")}</a>
            </div>
            <p class="hint" role="status">{move || copied.get().map(outcome)}</p>
        </div>
    }
}

/// The old way, because the new one (`navigator.clipboard`) is there only where pages come by HTTPS.
fn copy_selection() -> bool {
    let document = document();
    let Some(document) = document.dyn_ref::<HtmlDocument>() else { return false };
    document.exec_command("copy").unwrap_or(false)
}

fn outcome(copied: bool) -> &'static str {
    if copied { t!("Copied.") } else { t!("The browser does not copy it: it is marked, so copy it by hand.") }
}
