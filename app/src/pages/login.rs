//! Signing in.

use domain::{ErrorCode, access::Entrance};
use leptos::{form::ActionForm, html, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};

use crate::{
    api::people::way_in,
    components::{
        error::{FormAlert, FormError},
        field::Field,
        password::Password,
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
    let entrance = Resource::new_blocking(|| (), |()| way_in());
    // Once it was asked for, the field stays, whatever else is wrong.
    let wants_code = Memo::new(move |before: Option<&bool>| {
        before.is_some_and(|asked| *asked) || error.get().is_some_and(|error| error.0.code == ErrorCode::CodeRequired)
    });
    // What is said beside the field is not said again.
    let elsewhere = move || error.field("code").get().is_none();
    in_language(move || {
        let newcomers = move || {
            Suspend::new(async move {
                matches!(entrance.await, Ok(Entrance::Open)).then(|| {
                    view! {
                        <p class="aside">
                            {t!("New here?")} " "
                            <A href=move || format!("/register?next={}", encode_component(&next()))>
                                {t!("Create an account")}
                            </A>
                        </p>
                    }
                })
            })
        };
        view! {
            <Title text=t!("Log in") />
            <section class="entrance">
                <h1>{t!("Log in")}</h1>
                <ActionForm action=session.login attr:class="form">
                    <input type="hidden" name="next" value=next />
                    <Field label=t!("E-mail") for_id="email">
                        <input id="email" name="email" type="email" dir="ltr" autocomplete="username" required autofocus />
                    </Field>
                    <Password label=t!("Password") for_id="password" />
                    <Show when=move || wants_code.get()>
                        <CodeField error />
                    </Show>
                    <Show when=elsewhere>
                        <FormAlert error />
                    </Show>
                    <button class="button primary" type="submit" disabled=session.login.pending()>{t!("Log in")}</button>
                </ActionForm>
                <Transition fallback=|| ()>{newcomers}</Transition>
            </section>
        }
    })
}

/// For the second factor. It comes when it is needed, and has the focus then.
#[component]
fn CodeField(error: FormError) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            // Whoever is to type it can click, if this fails.
            let _ = input.focus();
        }
    });
    view! {
        <Field
            label=t!("Code")
            for_id="code"
            hint=t!("From your app, or one of your recovery codes.")
            error=error.field("code")
        >
            <input
                id="code"
                name="code"
                node_ref=input
                type="text"
                dir="ltr"
                inputmode="numeric"
                autocomplete="one-time-code"
                autocapitalize="off"
                spellcheck="false"
                required
            />
        </Field>
    }
}
