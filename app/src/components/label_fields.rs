//! The fields in which people say what a job or an experiment is. `form` begins their ids, as a page may have several forms.

use leptos::prelude::*;

use super::{error::FormError, field::Field};

#[component]
pub fn NameField(form: &'static str, value: String, error: FormError) -> impl IntoView {
    let id = format!("{form}-name");
    view! {
        <Field label=t!("Name") for_id=id.clone() error=error.field("name")>
            <input id=id name="name" type="text" dir="auto" maxlength="200" required value=value />
        </Field>
    }
}

#[component]
pub fn TagsField(form: &'static str, tags: Vec<String>, error: FormError) -> impl IntoView {
    let id = format!("{form}-tags");
    view! {
        <Field label=t!("Tags") for_id=id.clone() hint=t!("With commas between them.") error=error.field("tags")>
            <input id=id name="tags" type="text" dir="auto" value=tags.join(", ") />
        </Field>
    }
}

#[component]
pub fn NoteField(
    form: &'static str,
    note: String,
    hint: &'static str,
    rows: &'static str,
    error: FormError,
) -> impl IntoView {
    let id = format!("{form}-note");
    view! {
        <Field label=t!("Note") for_id=id.clone() hint=hint error=error.field("note")>
            <textarea id=id name="note" dir="auto" rows=rows>{crate::components::textarea::content(note)}</textarea>
        </Field>
    }
}
