//! Where a password is typed: the one that somebody has, and one that is chosen.

use leptos::prelude::*;

use super::field::Field;

/// For the password that one has.
#[component]
pub fn Password(
    label: &'static str,
    for_id: &'static str,
    #[prop(default = "password")] name: &'static str,
    /// What to think of before it is typed.
    #[prop(optional)]
    hint: &'static str,
    #[prop(optional, into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let input =
        view! { <input id=for_id name=name type="password" dir="ltr" autocomplete="current-password" required /> };
    if hint.is_empty() {
        view! { <Field label for_id error>{input}</Field> }.into_any()
    } else {
        view! { <Field label for_id hint error>{input}</Field> }.into_any()
    }
}

/// For one that is chosen.
#[component]
pub fn NewPassword(
    label: &'static str,
    for_id: &'static str,
    #[prop(default = "password")] name: &'static str,
    error: Signal<Option<String>>,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    view! {
        <Field label for_id hint=t!("At least 8 characters.") error>
            <input
                id=for_id
                name=name
                type="password"
                dir="ltr"
                autocomplete="new-password"
                minlength="8"
                required
                autofocus=autofocus
            />
        </Field>
    }
}
