//! What is wrong with the training form, above its button: in the order of its fields, each with a way to it.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;

use crate::{
    api::jobs::SubmitJob,
    components::error::{FormError, reasons},
    language::said,
};

/// Has the focus once something is found wrong, so that nobody has to look for it (WCAG 3.3.1).
#[component]
pub fn Wrong(
    submit: ServerAction<SubmitJob>,
    error: FormError,
    /// The chosen model, whose settings the form shows.
    model: RwSignal<String>,
) -> impl IntoView {
    let place = NodeRef::<html::Div>::new();
    // It is not found again by being shown in another language.
    let before = submit.version().get_untracked();
    Effect::new(move |_| {
        let found = error.get().is_some() && submit.version().get() > before;
        if let Some(place) = place.get().filter(|_| found) {
            // Whoever sees it can go there, if this fails.
            let _ = place.focus();
        }
    });
    move || {
        error.get().map(|error| {
            let reasons = reasons(&error);
            let none = reasons.is_empty();
            let each = reasons.into_iter().map(|(field, why)| {
                let text = match control(&field, &model.get_untracked()) {
                    Some(id) => {
                        let address = format!("#{id}");
                        let go = move |event: web_sys::MouseEvent| {
                            event.prevent_default();
                            go_to(&id);
                        };
                        view! { <a href=address on:click=go>{why}</a> }.into_any()
                    }
                    None => why.into_any(),
                };
                view! { <li>{text}</li> }
            });
            let each = each.collect_view();
            view! {
                <div class="alert wrong-fields" role="alert" tabindex="-1" node_ref=place>
                    {none.then(|| view! { <p>{said(&error.0.message)}</p> })}
                    {(!none).then(|| view! { <p>{t!("This cannot be trained yet.")}</p> <ul>{each}</ul> })}
                </div>
            }
        })
    }
}

/// The id of the control of a field, where the form has one.
fn control(field: &str, model: &str) -> Option<String> {
    if let Some(setting) = field.strip_prefix("model.") {
        return (!model.is_empty()).then(|| format!("{model}-{setting}"));
    }
    match field {
        "name" => Some("run-name".to_owned()),
        "features" => Some("feature-0".to_owned()),
        "task" | "start_from" => None,
        other => Some(other.to_owned()),
    }
}

/// Opens what a control is folded away in, and gives it the focus.
fn go_to(id: &str) {
    let Some(control) = document().get_element_by_id(id) else { return };
    if let Ok(Some(folded)) = control.closest("details") {
        // A valid name, so it cannot fail.
        let _ = folded.set_attribute("open", "");
    }
    if let Ok(control) = control.dyn_into::<web_sys::HtmlElement>() {
        // What cannot have the focus is at least shown.
        let _ = control.focus();
    }
}

#[cfg(test)]
mod tests {
    use super::control;

    #[test]
    fn a_setting_is_that_of_the_chosen_model() {
        assert_eq!(control("model.hidden", "mlp").as_deref(), Some("mlp-hidden"));
        assert_eq!([control("model.hidden", ""), control("task", "mlp")], [None, None]);
        assert_eq!(control("lr", "mlp").as_deref(), Some("lr"));
    }
}
