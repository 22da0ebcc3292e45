//! A labelled form field with its hint and its error.

use leptos::{children::Children, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlFormElement;

/// Wraps one control, whose id is `for_id`. `error` appears under it.
#[component]
pub fn Field(
    #[prop(into)] label: String,
    #[prop(into)] for_id: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    let error_id = format!("{for_id}-error");
    let (control, said_by) = (for_id.clone(), error_id.clone());
    // Whoever hears the form hears at the control what is wrong with it.
    Effect::new(move |_| {
        let wrong = error.with(Option::is_some);
        let Some(control) = document().get_element_by_id(&control) else { return };
        for (name, value) in [("aria-invalid", "true"), ("aria-describedby", said_by.as_str())] {
            // Valid names, so neither can fail.
            let _ = if wrong { control.set_attribute(name, value) } else { control.remove_attribute(name) };
        }
    });
    view! {
        <div class="field" class:wrong=move || error.get().is_some()>
            <label for=for_id><bdi>{label}</bdi></label>
            {children()}
            {hint.map(|hint| view! { <p class="hint">{hint}</p> })}
            {move || error.get().map(|error| view! { <p class="field-error" id=error_id.clone()>{error}</p> })}
        </div>
    }
}

/// The form in which something happened.
pub fn form_of(event: &web_sys::Event) -> Option<HtmlFormElement> {
    let control = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    control.closest("form").ok()??.dyn_into().ok()
}
