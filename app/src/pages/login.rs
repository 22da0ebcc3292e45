//! Signing in.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};

use crate::{
    components::{
        error::{FormAlert, FormError},
        field::Field,
    },
    language::in_language,
    return_to::{encode_component, safe_path},
    session::use_session,
};

#[component]
pub fn LoginPage() -> impl IntoView {
    let session = use_session();
    let query = use_query_map();
    let next = move || safe_path(&query.with(|query| query.get("next")).unwrap_or_default()).to_owned();
    let error = FormError::of(session.login);
    in_language(move || {
        view! {
            <Title text=t!("Log in") />
            <section class="entrance">
                <h1>{t!("Log in")}</h1>
                <ActionForm action=session.login attr:class="form">
                    <input type="hidden" name="next" value=next />
                    <Field label=t!("E-mail") for_id="email">
                        <input id="email" name="email" type="email" dir="ltr" autocomplete="username" required autofocus />
                    </Field>
                    <Field label=t!("Password") for_id="password">
                        <input
                            id="password"
                            name="password"
                            type="password"
                            dir="ltr"
                            autocomplete="current-password"
                            required
                        />
                    </Field>
                    <FormAlert error />
                    <button class="button primary" type="submit" disabled=session.login.pending()>{t!("Log in")}</button>
                </ActionForm>
                <p class="aside">
                    {t!("New here?")} " "
                    <A href=move || format!("/register?next={}", encode_component(&next()))>{t!("Create an account")}</A>
                </p>
            </section>
        }
    })
}
