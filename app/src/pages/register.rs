//! Making an account.

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
pub fn RegisterPage() -> impl IntoView {
    let session = use_session();
    let query = use_query_map();
    let next = move || safe_path(&query.with(|query| query.get("next")).unwrap_or_default()).to_owned();
    let error = FormError::of(session.register);
    in_language(move || {
        view! {
            <Title text=t!("Create an account") />
            <section class="entrance">
                <h1>{t!("Create an account")}</h1>
                <p class="lead">
                    {t!("Train models on your own data, on this server. The first account is its administrator.")}
                </p>
                <ActionForm action=session.register attr:class="form">
                    <input type="hidden" name="next" value=next />
                    <Field label=t!("E-mail") for_id="email" error=error.field("email")>
                        <input id="email" name="email" type="email" dir="ltr" autocomplete="username" required autofocus />
                    </Field>
                    <Field
                        label=t!("Name")
                        for_id="name"
                        hint=t!("What others see; may be left out.")
                        error=error.field("name")
                    >
                        <input id="name" name="name" type="text" dir="auto" autocomplete="name" maxlength="100" />
                    </Field>
                    <Field
                        label=t!("Password")
                        for_id="password"
                        hint=t!("At least 8 characters.")
                        error=error.field("password")
                    >
                        <input
                            id="password"
                            name="password"
                            type="password"
                            dir="ltr"
                            autocomplete="new-password"
                            minlength="8"
                            required
                        />
                    </Field>
                    <FormAlert error />
                    <button class="button primary" type="submit" disabled=session.register.pending()>
                        {t!("Create account")}
                    </button>
                </ActionForm>
                <p class="aside">
                    {t!("Have an account?")} " "
                    <A href=move || format!("/login?next={}", encode_component(&next()))>{t!("Log in")}</A>
                </p>
            </section>
        }
    })
}
