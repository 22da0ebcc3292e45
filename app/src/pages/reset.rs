//! Choosing a new password by a link that an administrator made.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};

use crate::{
    components::{
        error::{FormAlert, FormError},
        password::NewPassword,
    },
    language::in_language,
    session::use_session,
};

#[component]
pub fn ResetPage() -> impl IntoView {
    let query = use_query_map();
    let link = Memo::new(move |_| query.with(|query| query.get("link")).unwrap_or_default());
    in_language(move || {
        let form = move || {
            let link = link.get();
            if link.is_empty() {
                view! { <p class="lead">{t!("This address is not complete. Open the link as it was given to you.")}</p> }
                    .into_any()
            } else {
                view! { <ResetForm link /> }.into_any()
            }
        };
        view! {
            <Title text=t!("Choose a new password") />
            <section class="entrance">
                <h1>{t!("Choose a new password")}</h1>
                {form}
                <p class="aside"><A href="/login">{t!("Log in")}</A></p>
            </section>
        }
    })
}

#[component]
fn ResetForm(link: String) -> impl IntoView {
    let reset = use_session().reset;
    let error = FormError::of(reset);
    view! {
        <p class="lead">{t!("You are signed out everywhere, and your API tokens end.")}</p>
        <ActionForm action=reset attr:class="form">
            <input type="hidden" name="link" value=link />
            <NewPassword label=t!("New password") for_id="password" error=error.field("password") autofocus=true />
            <FormAlert error />
            <button class="button primary" type="submit" disabled=reset.pending()>{t!("Set password")}</button>
        </ActionForm>
    }
}
