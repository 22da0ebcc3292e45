//! Making an account: where everybody may, or with an invitation.

use domain::access::{Entrance, FIRST_ACCOUNT};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};

use crate::{
    api::people::way_in,
    components::{
        error::{FormAlert, FormError},
        field::Field,
        loaded::loaded,
        password::NewPassword,
    },
    language::in_language,
    return_to::{encode_component, safe_path},
    session::use_session,
};

#[component]
pub fn RegisterPage() -> impl IntoView {
    let query = use_query_map();
    let next = Memo::new(move |_| safe_path(&query.with(|query| query.get("next")).unwrap_or_default()).to_owned());
    let invitation = Memo::new(move |_| query.with(|query| query.get("invitation")).unwrap_or_default());
    let entrance = Resource::new_blocking(|| (), |()| way_in());
    in_language(move || {
        let form = move |entrance: Entrance| {
            let invitation = invitation.get_untracked();
            match entrance {
                Entrance::OnTheMachine => view! {
                    <p class="lead">
                        {t!("Nobody has an account yet. The first one, the administrator's, is made on the machine of the server:")}
                    </p>
                    <pre dir="ltr">{FIRST_ACCOUNT}</pre>
                }
                .into_any(),
                Entrance::ByInvitation | Entrance::Closed if invitation.is_empty() => view! {
                    <p class="lead">{t!("Accounts are made by administrators here. Ask one of them for an invitation.")}</p>
                }
                .into_any(),
                _ => view! { <RegistrationForm next=next.get_untracked() invitation /> }.into_any(),
            }
        };
        view! {
            <Title text=t!("Create an account") />
            <section class="entrance">
                <h1>{t!("Create an account")}</h1>
                {loaded(entrance, marked!("Page"), form)}
                <p class="aside">
                    {t!("Have an account?")} " "
                    <A href=move || format!("/login?next={}", encode_component(&next.get()))>{t!("Log in")}</A>
                </p>
            </section>
        }
    })
}

#[component]
fn RegistrationForm(next: String, invitation: String) -> impl IntoView {
    let session = use_session();
    let error = FormError::of(session.register);
    let lead = if invitation.is_empty() {
        t!("Train models on your own data, on this server. The first account is its administrator.")
    } else {
        t!("You have been invited to train models on this server.")
    };
    view! {
        <p class="lead">{lead}</p>
        <ActionForm action=session.register attr:class="form">
            <input type="hidden" name="next" value=next />
            <input type="hidden" name="invitation" value=invitation />
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
            <NewPassword label=t!("Password") for_id="password" error=error.field("password") />
            <FormAlert error />
            <button class="button primary" type="submit" disabled=session.register.pending()>
                {t!("Create account")}
            </button>
        </ActionForm>
    }
}
