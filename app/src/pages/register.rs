//! Making an account.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};

use crate::{
    components::{
        error::{FormAlert, FormError},
        field::Field,
    },
    return_to::{encode_component, safe_path},
    session::use_session,
};

#[component]
pub fn RegisterPage() -> impl IntoView {
    let session = use_session();
    let query = use_query_map();
    let next = move || safe_path(&query.with(|query| query.get("next")).unwrap_or_default()).to_owned();
    let error = FormError::of(session.register);
    view! {
        <Title text="Create an account" />
        <section class="entrance">
            <h1>"Create an account"</h1>
            <p class="lead">"Train models on your own data, on this server. The first account is its administrator."</p>
            <ActionForm action=session.register attr:class="form">
                <input type="hidden" name="next" value=next />
                <Field label="E-mail" for_id="email" error=error.field("email")>
                    <input id="email" name="email" type="email" autocomplete="username" required autofocus />
                </Field>
                <Field label="Name" for_id="name" hint="What others see; may be left out." error=error.field("name")>
                    <input id="name" name="name" type="text" autocomplete="name" maxlength="100" />
                </Field>
                <Field label="Password" for_id="password" hint="At least 8 characters." error=error.field("password")>
                    <input id="password" name="password" type="password" autocomplete="new-password" minlength="8" required />
                </Field>
                <FormAlert error />
                <button class="button primary" type="submit" disabled=session.register.pending()>"Create account"</button>
            </ActionForm>
            <p class="aside">
                "Have an account? "
                <A href=move || format!("/login?next={}", encode_component(&next()))>"Log in"</A>
            </p>
        </section>
    }
}
